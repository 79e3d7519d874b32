#pragma once
// How a run comes to its end: whoever wants it says why, the first one is heard.

#include <atomic>
#include <mutex>

#include "host/event_fd.h"
#include "minivmm/power_control.h"
#include "minivmm/stop_reason.h"

namespace minivmm {

/// Threads: every function from any thread, with or without a device's lock; nothing blocks.
class StopControl final : public PowerControl {
 public:
  /// Ends the run for this reason, unless another came first.
  void request(StopReason reason);

  void power_off() override { request({.kind = StopKind::kPowerOff}); }
  void reset() override { request({.kind = StopKind::kReset}); }
  void debug_exit(std::uint32_t value) override {
    request({.kind = StopKind::kDebugExit, .detail = value});
  }

  [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_acquire); }
  /// Readable from the request on; for whoever kicks the vCPUs.
  [[nodiscard]] int fd() const { return event_.fd(); }
  [[nodiscard]] StopReason reason() const;

  /// Forgets a request that was answered by resetting the guest.
  void rearm();

 private:
  EventFd event_;
  std::atomic<bool> requested_{false};
  mutable std::mutex mutex_;
  StopReason reason_;  // Guarded by mutex_.
};

}  // namespace minivmm
