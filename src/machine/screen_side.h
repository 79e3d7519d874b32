#pragma once
// The guest's screen on the host: its thread, its viewers, and the window that is started for it.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "backends/display/screen.h"
#include "backends/display/viewer_process.h"
#include "host/epoll_loop.h"
#include "minivmm/live_sample.h"
#include "minivmm/machine_config.h"
#include "minivmm/machine_control.h"

namespace minivmm {

/// What viewers call the guest: its first disk's file, or its kernel's.
[[nodiscard]] std::string guest_name(const MachineConfig& config);

/// Kept through the guest's resets.
///
/// Threads: every function from the machine's thread; the devices are drawn and given input on the
/// thread "screen", which lives as long as this object.
/// Errors: the constructor throws ConfigError or HostError.
class ScreenSide {
 public:
  using Deliver = std::function<void(const LiveSample&)>;
  struct Events {
    std::function<void()> on_expected;  ///< --expect-screen's text is there.
    /// The window wants a sample, given to Deliver on any thread, within this object's life.
    std::function<void(Deliver)> ask_sample{};
  };
  /// events are called on the thread "screen".
  ScreenSide(const MachineConfig& config, MachineControl& control, Events events);
  ~ScreenSide();
  ScreenSide(const ScreenSide&) = delete;
  ScreenSide& operator=(const ScreenSide&) = delete;

  /// Starts the window where there is to be one, side by side with the guest's start.
  void open_window();

  /// Whether open_window() opens one, or did.
  [[nodiscard]] bool has_window() const { return !viewer_program_.empty(); }

  void attach(const Screen::Devices& devices);
  void detach();
  void take_screenshot();
  /// At the end of a run, while the devices are attached: the last screenshot.
  void take_last_screenshot();
  [[nodiscard]] bool expectation_met();

 private:
  void listen();
  void choose_window(DisplayKind display);
  void window_ended(int status);
  void ask_sample();
  void on_loop(const std::function<void()>& function);

  const Events events_;
  EpollLoop loop_;
  const std::string name_;
  Screen screen_;
  std::string viewer_program_;  // Empty: no window.
  std::optional<view::ViewerProcess> window_;
  std::thread thread_;
};

}  // namespace minivmm
