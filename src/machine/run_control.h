#pragma once
// What a person asks of the running machine: the window's wishes, carried out by the machine.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "host/event_fd.h"
#include "machine/cd_wishes.h"
#include "machine/stop_control.h"
#include "minivmm/machine_control.h"

namespace minivmm {

enum class CdDrive { kNo, kYes };

/// Holds the vCPUs' threads while the machine is paused, and keeps wishes for the machine's thread,
/// which alone knows the board that there is at the moment.
///
/// Threads: as each function says; MachineControl's from any.
class RunControl final : public MachineControl {
 public:
  explicit RunControl(StopControl& stop, CdDrive cd_drive = CdDrive::kNo) : stop_(stop) {
    if (cd_drive == CdDrive::kYes) cd_.emplace(wishes_);
  }

  void press_power_button() override;
  void press_reset() override { stop_.request({.kind = StopKind::kReset}); }
  void stop_now() override { stop_.request({.kind = StopKind::kUserQuit}); }
  void pause() override { set_paused(true); }
  void resume() override { set_paused(false); }
  [[nodiscard]] State state() const override { return paused() ? State::kPaused : State::kRunning; }
  void when_changed(std::function<void()> changed) override;
  [[nodiscard]] CdControl* cd() override { return cd_ ? &*cd_ : nullptr; }

  // --- For the machine's thread ---

  /// Readable while there are wishes.
  [[nodiscard]] int fd() const { return wishes_.fd(); }
  struct Wishes {
    bool power_button = false;
    bool kick = false;  ///< vCPUs are to come out of the guest, and find that they are to wait.
    std::vector<CdWish> cd{};
  };
  [[nodiscard]] Wishes take_wishes();
  /// After StopControl was requested: nobody is held any longer.
  void let_go() { wake(); }

  // --- For the vCPUs' threads ---

  [[nodiscard]] bool paused() const { return paused_.load(std::memory_order_acquire); }
  /// Returns when the machine is not paused, or stops, or this vCPU is called() elsewhere.
  void wait_while_paused(const std::function<bool()>& called);

  // --- For whoever calls ---

  /// Lets vCPUs that wait look again whether they are called.
  void wake();

 private:
  void set_paused(bool paused);

  StopControl& stop_;
  EventFd wishes_;
  std::optional<CdWishes> cd_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> power_button_{false};
  std::mutex mutex_;
  std::condition_variable released_;
  std::function<void()> changed_;  // Guarded by mutex_.
};

}  // namespace minivmm
