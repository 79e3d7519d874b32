#pragma once
// Message signalled interrupts that arrive in a list.

#include <memory>
#include <vector>

#include "minivmm/error.h"
#include "minivmm/irq_line.h"

namespace minivmm::test {

class FakeMsiSource final : public MsiVectorSource {
 public:
  std::unique_ptr<MsiVector> allocate() override {
    if (refuse) throw HostError("no more interrupt routes");
    ++allocated;
    return std::make_unique<Vector>(*this);
  }

  std::vector<MsiMessage> received{};  ///< What reached the vCPUs, in order.
  int allocated = 0;                   ///< Vectors given out so far.
  bool refuse = false;                 ///< The host has no more.
  int fd = -1;                         ///< Each vector's.

 private:
  class Vector final : public MsiVector {
   public:
    explicit Vector(FakeMsiSource& source) : source_(source) {}
    void set_message(const MsiMessage& message) override { message_ = message; }
    void signal() override { source_.received.push_back(message_); }
    [[nodiscard]] int fd() const override { return source_.fd; }

   private:
    FakeMsiSource& source_;
    MsiMessage message_{};
  };
};

}  // namespace minivmm::test
