#pragma once
// What a person may do to a running machine as a whole: from its window, later from a socket.

#include <functional>

#include "minivmm/cd_control.h"

namespace minivmm {

/// Threads: every function from any thread; each returns at once, what it asks for happens soon.
/// Errors: none.
class MachineControl {
 public:
  virtual ~MachineControl() = default;

  /// As a person presses it: the guest gets the chance to shut down.
  virtual void press_power_button() = 0;
  /// As the reset button does; under --no-reboot the run ends.
  virtual void press_reset() = 0;
  /// Ends the run without asking the guest: disks are flushed, what the guest had not written is
  /// lost.
  virtual void stop_now() = 0;
  /// No vCPU runs until resume(); devices finish what they began.
  virtual void pause() = 0;
  virtual void resume() = 0;

  enum class State { kRunning, kPaused };
  [[nodiscard]] virtual State state() const = 0;
  /// Calls changed whenever state() changed, from any thread; it may only wake somebody. Replaces
  /// an earlier one; empty: nobody.
  virtual void when_changed(std::function<void()> changed) = 0;

  /// Null: the machine has no CD-ROM drive. The same as long as the machine lives.
  [[nodiscard]] virtual CdControl* cd() { return nullptr; }
};

}  // namespace minivmm
