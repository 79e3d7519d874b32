#pragma once
// What stands behind the guest's devices on the host: opened once, kept through the guest's resets.

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "backends/block/disk_image.h"
#include "backends/char/expect_tap.h"
#include "backends/share/share_server.h"
#include "host/epoll_loop.h"
#include "machine/cd_tray.h"
#include "machine/screen_side.h"
#include "minivmm/char_backend.h"
#include "minivmm/machine_config.h"
#include "minivmm/net_backend.h"

namespace minivmm {

/// The event loop with its thread, the disks' images (locked), the networks, the screen with its
/// viewers, the serial lines, the console, shared folders and the debug port.
///
/// Threads: constructor, destructor and on_loop() from the machine's thread.
/// Errors: the constructor throws ConfigError or HostError.
class HostSide {
 public:
  struct Events {
    std::function<void()> on_quit;      ///< The user typed Ctrl-A x.
    std::function<void()> on_hangup;    ///< The terminal was closed.
    std::function<void()> on_debug;     ///< The user typed Ctrl-A d.
    std::function<void()> on_expected;  ///< --expect's text came, or --expect-screen's.
    std::function<void(ScreenSide::Deliver)> ask_sample{};  ///< As ScreenSide's.
  };

  /// control: for the window.
  HostSide(const MachineConfig& config, const Events& events, MachineControl& control);
  ~HostSide();
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;

  [[nodiscard]] EpollLoop& loop() { return loop_; }
  [[nodiscard]] const std::vector<std::unique_ptr<DiskImage>>& images() const { return images_; }
  /// Null: the machine has no CD-ROM drive.
  [[nodiscard]] CdTray* cd_tray() { return cd_tray_ ? &*cd_tray_ : nullptr; }
  /// A network card each, with its address.
  struct Network {
    MacAddress mac{};
    std::unique_ptr<NetBackend> backend{};
  };
  [[nodiscard]] const std::vector<Network>& networks() const { return networks_; }
  /// COM1 to COM4; null where there is no port.
  [[nodiscard]] CharBackend* serial(unsigned com) const {
    return com < serials_.size() ? serials_[com].get() : nullptr;
  }
  /// The virtio console's; null: there is none.
  [[nodiscard]] CharBackend* console() const { return console_.get(); }
  [[nodiscard]] const std::vector<std::unique_ptr<share::ShareServer>>& shares() const {
    return shares_;
  }
  /// Null: there is none.
  [[nodiscard]] CharBackend* debug_port() const { return debug_port_.get(); }

  /// Null: the machine has none.
  [[nodiscard]] ScreenSide* screen() const { return screen_.get(); }

  /// Starts the loop's thread; before, nothing is read from anywhere.
  void start();
  /// Runs function on the loop's thread and waits for it.
  void on_loop(const std::function<void()>& function);
  /// The machine stops: nobody waits any longer for a slow reader of a serial line.
  void stop_waiting();
  /// The debugger's prompt takes the terminal from the serial line that is on it, or gives it back.
  void lend_terminal(bool lent);
  /// The debugger writes to standard output next. While the vCPUs stand.
  void end_line();
  /// Whether --expect's text came, at the latest with the last, unfinished line, or
  /// --expect-screen's is on the screen. Before the board goes.
  [[nodiscard]] bool expectation_met() const {
    return (expect_ != nullptr && expect_->matched_at_end()) ||
           (screen_ != nullptr && screen_->expectation_met());
  }

 private:
  void open_networks(const MachineConfig& config);
  void open_serials(const MachineConfig& config, const Events& events);
  void open_console(const MachineConfig& config, const Events& events);

  EpollLoop loop_;
  std::vector<std::unique_ptr<DiskImage>> images_;
  std::optional<CdTray> cd_tray_;
  std::vector<Network> networks_;
  std::vector<std::unique_ptr<share::ShareServer>> shares_;
  std::unique_ptr<ScreenSide> screen_;
  std::vector<std::unique_ptr<CharBackend>> serials_;
  std::unique_ptr<CharBackend> console_;
  std::unique_ptr<CharBackend> debug_port_;
  ExpectTap* expect_ = nullptr;  // Inside serials_[0].
  std::thread thread_;
};

}  // namespace minivmm
