#pragma once
// What a virtio device or transport is wired to in tests: each remembers what was done to it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/virtio/virtio_device.h"
#include "host/event_fd.h"
#include "minivmm/doorbell.h"
#include "minivmm/irq_line.h"

namespace minivmm::test {

/// The transport as a device sees it.
class FakeTransport final : public virtio::Transport {
 public:
  void interrupt_queue(std::uint16_t queue) override {
    interrupts.push_back(queue);
    if (on_interrupt) on_interrupt();
  }
  [[nodiscard]] int interrupt_fd(std::uint16_t /*queue*/) const override { return direct; }
  void needs_reset(std::string_view why) override { reason = why; }
  void config_changed() override { ++config_changes; }

  std::vector<std::uint16_t> interrupts{};  ///< The queues, in order.
  int direct = -1;                          ///< Each queue's interrupt_fd().
  std::string reason{};                     ///< Of the last needs_reset().
  unsigned config_changes = 0;
  std::function<void()> on_interrupt{};  ///< What the driver does then.
};

class FakeDoorbell final : public Doorbell {
 public:
  /// Lives longer than the doorbell.
  struct Record {
    std::optional<GuestAddress> bound{};
    unsigned binds = 0;
    unsigned unbinds = 0;
    unsigned rings = 0;
  };
  explicit FakeDoorbell(Record& record) : record_(record) {}

  void bind(GuestAddress address) override {
    record_.bound = address;
    ++record_.binds;
  }
  void unbind() override {
    record_.bound.reset();
    ++record_.unbinds;
  }
  void ring() override {
    ++record_.rings;
    event_.signal();
  }
  [[nodiscard]] int fd() const override { return event_.fd(); }

 private:
  Record& record_;
  EventFd event_{};
};

/// Remembers the messages sent by any of its vectors.
class FakeMsiVectors final : public MsiVectorSource {
 public:
  std::unique_ptr<MsiVector> allocate() override { return std::make_unique<Vector>(*this); }

  std::vector<MsiMessage> sent{};
  int fd = -1;  ///< Each vector's.

 private:
  class Vector final : public MsiVector {
   public:
    explicit Vector(FakeMsiVectors& owner) : owner_(owner) {}
    void set_message(const MsiMessage& message) override { message_ = message; }
    void signal() override { owner_.sent.push_back(message_); }
    [[nodiscard]] int fd() const override { return owner_.fd; }

   private:
    FakeMsiVectors& owner_;
    MsiMessage message_{};
  };
};

/// An INTx wire.
class FakeWire final : public IrqLine {
 public:
  void set(bool on) override { asserted = on; }
  bool asserted = false;
};

}  // namespace minivmm::test
