#pragma once
// A window on a running machine, from its first picture to its end.

#include <SDL.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "backends/display/shared_frame.h"
#include "view/actions.h"
#include "view/dialog.h"
#include "view/discs.h"
#include "view/keyboard.h"
#include "view/machine_link.h"
#include "view/mouse.h"
#include "view/rate_history.h"
#include "view/window.h"

namespace minivmm::view {

/// Sleeps until the machine or its user has something to say.
///
/// Threads: run() on the thread that made it, which is SDL's. Errors: HostError.
class Viewer {
 public:
  explicit Viewer(UniqueFd socket);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// Until the machine ends, or the user wants no window any more.
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  // From the machine.
  void take_news();
  void take(MachineLink::News& news);
  void take_update(const Update& update, std::optional<FrameView>& frame);
  void take_state(std::uint32_t state);
  void take_sample(const LiveSample& sample);
  void take_drive(const Drive& drive);

  // From the user.
  void take_event(const SDL_Event& event);
  void take_window_event(const SDL_WindowEvent& event);
  void take_key(const SDL_KeyboardEvent& event);
  void take_motion(const SDL_MouseMotionEvent& event);
  void take_button(const SDL_MouseButtonEvent& event);
  void take_answer(const Dialog::Answer& answer);
  void act(Action action);
  void act_on_machine(Action action);
  void act_on_window(Action action);
  void open(Dialog dialog);
  void release_all();
  void ask_to_close();
  void type_clipboard();
  void send_ctrl_alt_delete();
  void save_screenshot();
  void toggle_rates();
  void offer_discs();
  void insert_disc(const std::filesystem::path& path);
  void ask_sample();

  // What the window says.
  void notify(const std::string& text);
  void update_title();
  [[nodiscard]] ViewState state() const;

  // What happens by itself, later.
  [[nodiscard]] int wait_milliseconds() const;
  void do_what_is_due();

  MachineLink link_;
  Keyboard keyboard_;
  std::optional<FrameView> frame_;
  std::optional<Window> window_;  // From the first Update on.
  std::optional<Mouse> mouse_;
  std::optional<Dialog> dialog_;
  std::optional<RateHistory> rates_;  // While they are shown.
  bool sample_asked_ = false;

  std::string guest_name_ = "guest";
  std::string machine_;        // How "minivmm view" finds it.
  Drive drive_;                // As the machine told last.
  std::vector<Disc> offered_;  // What the list of discs shows.
  std::uint32_t state_ = 0;
  bool screen_off_ = true;
  bool ended_ = false;
  std::deque<Key> typing_;  // Keys on their way, one at a time.
  Clock::time_point next_key_{};
  std::optional<Clock::time_point> notice_end_;
};

}  // namespace minivmm::view
