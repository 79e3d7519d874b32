#pragma once
// Several devices on one interrupt line: COM1 and COM3, or a PIRQ on an ISA interrupt.

#include <memory>
#include <mutex>

#include "minivmm/irq_line.h"

namespace minivmm {

/// A wired OR in front of a line: the line is asserted while any input is.
///
/// Ownership: refers to the line, which outlives it; it outlives its inputs.
/// Threads: connect() and the inputs' set() from any thread; the lock is below every device's.
class IrqFanIn {
 public:
  explicit IrqFanIn(IrqLine& line) : line_(line) {}
  IrqFanIn(const IrqFanIn&) = delete;
  IrqFanIn& operator=(const IrqFanIn&) = delete;

  /// One more input, not asserted. Destroying it releases it.
  [[nodiscard]] std::unique_ptr<IrqLine> connect() { return std::make_unique<Input>(*this); }

 private:
  class Input final : public IrqLine {
   public:
    explicit Input(IrqFanIn& fan_in) : fan_in_(fan_in) {}
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() override { set(false); }

    void set(bool asserted) override {
      const std::lock_guard guard(fan_in_.lock_);
      if (asserted == asserted_) return;
      asserted_ = asserted;
      fan_in_.asserted_ += asserted ? 1 : -1;
      fan_in_.line_.set(fan_in_.asserted_ != 0);
    }

   private:
    IrqFanIn& fan_in_;
    bool asserted_ = false;  // Guarded by the fan-in's lock.
  };

  // Wiring.
  IrqLine& line_;

  // State.
  std::mutex lock_;
  int asserted_ = 0;  // Guarded by lock_.
};

}  // namespace minivmm
