#pragma once
// The guest's screen on the host's side: drawn while somebody looks, and only what changed.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "backends/display/cd_changer.h"
#include "backends/display/frame_painter.h"
#include "backends/display/view_server.h"
#include "minivmm/event_loop.h"
#include "minivmm/input.h"
#include "minivmm/machine_control.h"
#include "minivmm/scanout.h"

namespace minivmm {

/// Draws a display device's picture into a frame that viewers map, at most 60 times a second and
/// only while a viewer waits for it or a text is expected; passes on what a viewer's user does.
/// While nothing changes it does nothing at all.
///
/// Ownership: refers to loop, control and, between attach() and detach(), to the devices.
/// Threads: every function on the loop's thread, or on any while the loop doesn't run; callbacks
/// too. Takes the devices' locks.
/// Errors: the constructor throws ConfigError.
class Screen {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::nanoseconds kFrameTime{1'000'000'000 / 60};
  /// After a change of an idle screen: a guest's drawing is seldom done with its first stroke.
  static constexpr std::chrono::nanoseconds kSettleTime{4'000'000};

  struct Configuration {
    std::string guest_name{};
    std::string screenshot{};             ///< Where pictures go; empty: nowhere.
    std::optional<std::string> expect{};  ///< A regular expression on the text screen's rows.
    std::string disc{};                   ///< In the CD-ROM drive at the beginning; empty: none.
  };
  struct Wiring {
    EventLoop& loop;
    MachineControl& control;
    std::function<Time()> now;
    std::function<void()> on_expected;   ///< Once: the text is on the screen.
    std::function<void()> ask_sample{};  ///< The viewer waits for a tell().
  };
  Screen(Configuration configuration, Wiring wiring);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Devices {
    Scanout& scanout;
    std::mutex& lock;  ///< The scanout's.
    InputSink& input;
  };
  /// A board begins; viewers that watched the last one watch this one.
  void attach(const Devices& devices);
  /// The board is about to go; what it showed last stays on view.
  void detach();

  /// Where viewers come to.
  [[nodiscard]] view::Server& server() { return server_; }

  /// The viewer that asked is told; one that took its place meanwhile is not.
  void tell(const LiveSample& sample);

  /// Writes what is shown now to the file that was named; says in the log what prevents it.
  void take_screenshot();
  /// Whether the expected text is, or was, on the screen.
  [[nodiscard]] bool expectation_met();
  /// The same picture is in the file already: the text was found, and the screen saved with it.
  [[nodiscard]] bool saved_at_match() const { return matched_; }

 private:
  void wake();
  void step();
  void paint();
  void look_for_text(const std::optional<TextScreen>& text);
  void save_frame() const;
  void tell_viewer();
  [[nodiscard]] std::uint32_t state_bits() const;
  void take_input(const view::FromViewer& message);
  void take_wish(view::Wish wish);
  void ask_sample();
  void show_everything();
  void watch_state();

  // Configuration.
  const Configuration configuration_;
  const std::optional<std::regex> expression_;

  // Wiring.
  const Wiring wiring_;
  std::optional<Devices> devices_;

  // State.
  FramePainter painter_;
  bool changed_ = false;        // The device has more to draw.
  bool state_changed_ = false;  // LEDs, tablet, pause: the viewer doesn't know yet.
  bool new_frame_ = false;      // The same of the frame.
  std::vector<RowRange> rows_;  // The same of these rows.
  Time next_paint_{};
  bool timer_armed_ = false;
  bool matched_ = false;
  bool sample_asked_ = false;
  view::Server server_;
  view::CdChanger cd_changer_;               // Ends before the server that it tells.
  std::unique_ptr<EventLoop::Timer> timer_;  // Last: ends before what its callback uses.
};

}  // namespace minivmm
