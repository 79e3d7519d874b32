// What the window does when its user says so.

#include <SDL.h>
#include <fmt/chrono.h>
#include <linux/input-event-codes.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <utility>

#include "backends/display/png_file.h"
#include "minivmm/error.h"
#include "view/typing.h"
#include "view/viewer.h"

namespace minivmm::view {
namespace {

// The desktop's folder for pictures where there is one, else home.
std::filesystem::path picture_folder() {
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return ".";
  const auto pictures = std::filesystem::path(home) / "Pictures";
  std::error_code error;
  return std::filesystem::is_directory(pictures, error) ? pictures : std::filesystem::path(home);
}

}  // namespace

void Viewer::act(Action action) {
  act_on_machine(action);
  act_on_window(action);
}

void Viewer::act_on_machine(Action action) {
  switch (action) {
    case Action::kPause:
      return link_.send(Command{(state_ & kPaused) != 0 ? Wish::kResume : Wish::kPause});
    case Action::kPowerButton:
      link_.send(Command{Wish::kPowerButton});
      return notify("The power button was pressed: the guest is asked to shut down");
    case Action::kEjectCd:
      return link_.send(Command{Wish::kEjectCd});
    case Action::kReset:
      return link_.send(Command{Wish::kReset});
    case Action::kStopNow:
      return link_.send(Command{Wish::kStopNow});
    case Action::kSendCtrlAltDelete:
      return send_ctrl_alt_delete();
    case Action::kTypeClipboard:
      return type_clipboard();
    default:
      return;
  }
}

void Viewer::act_on_window(Action action) {
  switch (action) {
    case Action::kMenu:
      return open(Dialog::menu(guest_name_, state()));
    case Action::kAskReset:
      return open(Dialog::reset_question(guest_name_));
    case Action::kAskClose:
      return ask_to_close();
    case Action::kInsertCd:
      return offer_discs();
    case Action::kKeepRunning:
      ended_ = true;
      return;
    case Action::kFullScreen:
      return window_->toggle_full_screen();
    case Action::kScaling:
      return window_->toggle_scaling();
    case Action::kActualSize:
      return window_->use_actual_size();
    case Action::kHoldMouse:
      if (mouse_->held())
        mouse_->let_go();
      else
        mouse_->hold();
      return update_title();
    case Action::kScreenshot:
      return save_screenshot();
    case Action::kRates:
      return toggle_rates();
    default:
      return;
  }
}

void Viewer::send_ctrl_alt_delete() {
  release_all();
  for (const std::uint32_t down : {1u, 0u}) {
    for (const std::uint32_t key : {KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE})
      typing_.push_back({key, down});
  }
}

void Viewer::type_clipboard() {
  const Owned<char> text(SDL_GetClipboardText());
  release_all();  // Ctrl and Alt, which asked for this, among them.
  const auto keys = keys_for(text ? text.get() : "");
  typing_.assign(keys.begin(), keys.end());
  if (keys.empty()) notify("The clipboard has no text that a US keyboard could type");
}

void Viewer::save_screenshot() {
  if (!frame_) return notify("The screen is off: there is nothing to save");
  const std::string name =
      fmt::format("{}-{:%Y-%m-%d-%H%M%S}.png", guest_name_, fmt::localtime(std::time(nullptr)));
  const std::string path = picture_folder() / name;
  try {
    write_png(path, frame_->pixels(), frame_->size(), frame_->stride());
    notify("Screenshot: " + path);
  } catch (const HostError& error) {
    notify(error.what());
  }
}

void Viewer::toggle_rates() {
  if (rates_) {
    window_->set_rates(nullptr);
    rates_.reset();
    return;
  }
  rates_.emplace();
  window_->set_rates(&*rates_);
  ask_sample();
}

void Viewer::ask_sample() {
  if (!std::exchange(sample_asked_, true)) link_.send(AskSample{});
}

}  // namespace minivmm::view
