#include "view/viewer.h"

#include <fmt/core.h>

#include <algorithm>

#include "host/log.h"
#include "view/typing.h"

namespace minivmm::view {
namespace {

// A keyboard's own pace, so that the guest's driver keeps up with a clipboard's text.
constexpr std::chrono::milliseconds kKeyTime{8};
constexpr std::chrono::seconds kNoticeTime{4};

Uint32 news_event() {
  static const Uint32 type = SDL_RegisterEvents(1);
  return type;
}

}  // namespace

Viewer::Viewer(UniqueFd socket)
    : link_(std::move(socket),
            [type = news_event()] {
              SDL_Event event{};
              event.type = type;
              SDL_PushEvent(&event);
            }),
      keyboard_({.send = [this](const Key& key) { link_.send(key); },
                 .is_shortcut = [](SDL_Keycode key) { return action_of(key).has_value(); }}) {}

Viewer::~Viewer() = default;

void Viewer::run() {
  while (!ended_) {
    SDL_Event event{};
    if (SDL_WaitEventTimeout(&event, wait_milliseconds()) != 0) {
      do {
        take_event(event);
      } while (!ended_ && SDL_PollEvent(&event) != 0);
    }
    do_what_is_due();
    if (mouse_) mouse_->flush();
    if (window_ && !ended_) window_->show();
  }
}

// --- From the machine ----------------------------------------------------------------------------

void Viewer::take_news() {
  while (!ended_) {
    auto news = link_.take();
    if (!news) return;
    take(*news);
  }
}

void Viewer::take(MachineLink::News& news) {
  if (!news.message) {
    ended_ = true;
  } else if (const auto* welcome = std::get_if<Welcome>(&*news.message)) {
    guest_name_ = welcome->guest_name.data();
    machine_ = std::to_string(welcome->pid);
  } else if (const auto* update = std::get_if<Update>(&*news.message)) {
    take_update(*update, news.frame);
  } else if (const auto* sample = std::get_if<LiveSample>(&*news.message)) {
    take_sample(*sample);
  } else if (const auto* drive = std::get_if<Drive>(&*news.message)) {
    take_drive(*drive);
  } else if (const auto* bye = std::get_if<Bye>(&*news.message)) {
    if (bye->why == Parting::kReplaced)
      log::warning("another window shows {} now: this one closes", guest_name_);
    ended_ = true;
  }
}

void Viewer::take_update(const Update& update, std::optional<FrameView>& frame) {
  if (!window_) {
    window_.emplace(PictureSize{update.width, update.height});
    mouse_.emplace(link_, window_->sdl());
  }
  if (update.new_frame != 0) {
    window_->set_frame(nullptr);
    frame_ = std::move(frame);
    window_->set_frame(frame_ ? &*frame_ : nullptr);
  }
  const auto ranges = std::span(update.ranges).first(update.range_count);
  if (frame_) window_->take_rows({ranges.begin(), ranges.end()});
  link_.send(Seen{update.serial});
  const bool off = !frame_;
  if (off != screen_off_ || update.state != state_ || update.serial == 1) {
    screen_off_ = off;
    take_state(update.state);
  }
}

void Viewer::take_state(std::uint32_t state) {
  state_ = state;
  mouse_->set_takes_positions((state & kTakesPositions) != 0);
  if (!notice_end_) notify({});
  update_title();
}

void Viewer::take_sample(const LiveSample& sample) {
  sample_asked_ = false;
  if (!rates_) return;
  rates_->add(sample);
  window_->set_rates(&*rates_);
  ask_sample();
}

ViewState Viewer::state() const {
  return {.paused = (state_ & kPaused) != 0,
          .full_screen = window_->full_screen(),
          .integer_scaling = window_->scaling() == Scaling::kInteger,
          .takes_positions = mouse_->takes_positions(),
          .mouse_held = mouse_->held(),
          .shows_rates = rates_.has_value(),
          .has_cd = (state_ & kHasCd) != 0};
}

void Viewer::update_title() {
  std::string title = guest_name_ + " - minivmm";
  if ((state_ & kPaused) != 0) title += " [paused]";
  if (mouse_->held())
    title += " [Ctrl-Alt releases the mouse]";
  else
    title += " [Ctrl-Alt-M: menu]";
  window_->set_title(title);
}

// Says text for a while; then, and for no text, what holds all the time.
void Viewer::notify(const std::string& text) {
  notice_end_.reset();
  if (!text.empty()) {
    notice_end_ = Clock::now() + kNoticeTime;
    window_->set_notice(text);
  } else if ((state_ & kPaused) != 0) {
    window_->set_notice("Paused · Ctrl-Alt-P goes on");
  } else {
    window_->set_notice(screen_off_ ? "The screen is off" : "");
  }
}

// --- Later ---------------------------------------------------------------------------------------

int Viewer::wait_milliseconds() const {
  constexpr int kForever = -1;
  std::optional<Clock::time_point> next = notice_end_;
  if (!typing_.empty()) next = next ? std::min(*next, next_key_) : next_key_;
  if (!next) return kForever;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Viewer::do_what_is_due() {
  const Clock::time_point now = Clock::now();
  if (notice_end_ && now >= *notice_end_) notify({});
  if (typing_.empty() || now < next_key_) return;
  link_.send(typing_.front());
  typing_.pop_front();
  next_key_ = now + kKeyTime;
}

// --- From the user -------------------------------------------------------------------------------

void Viewer::take_event(const SDL_Event& event) {
  if (event.type == news_event()) return take_news();
  if (!window_) return;
  switch (event.type) {
    case SDL_QUIT:
      return ask_to_close();
    case SDL_WINDOWEVENT:
      return take_window_event(event.window);
    case SDL_KEYDOWN:
    case SDL_KEYUP:
      return take_key(event.key);
    case SDL_MOUSEMOTION:
      return take_motion(event.motion);
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
      return take_button(event.button);
    case SDL_MOUSEWHEEL:
      if (!dialog_) mouse_->wheel(event.wheel);
      return;
    case SDL_DROPFILE:
      return insert_disc(Owned<char>(event.drop.file).get());
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
      // The graphics card forgot its textures.
      window_->set_frame(frame_ ? &*frame_ : nullptr);
      if (frame_) window_->take_rows({{0, frame_->size().height}});
      return;
    default:
      return;
  }
}

void Viewer::take_window_event(const SDL_WindowEvent& event) {
  switch (event.event) {
    case SDL_WINDOWEVENT_SIZE_CHANGED:
      return window_->resized();
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_SHOWN:
      return window_->expose();
    case SDL_WINDOWEVENT_FOCUS_LOST:
      return release_all();
    case SDL_WINDOWEVENT_LEAVE:
      return mouse_->show_pointer(true);
    default:
      return;
  }
}

void Viewer::take_key(const SDL_KeyboardEvent& event) {
  if (event.repeat != 0 && !dialog_) return;  // The guest's keyboard repeats by itself.
  const bool down = event.type == SDL_KEYDOWN;
  if (dialog_) {
    if (down) return take_answer(dialog_->key(event.keysym.sym));
    keyboard_.forget();
    return;
  }
  const auto meaning = down ? keyboard_.down(event.keysym) : keyboard_.up(event.keysym);
  if (meaning == Keyboard::Meaning::kShortcut) act(*action_of(event.keysym.sym));
  if (meaning != Keyboard::Meaning::kCtrlAlt || !mouse_->held()) return;
  mouse_->let_go();
  update_title();
}

void Viewer::take_motion(const SDL_MouseMotionEvent& event) {
  const SDL_Point pixel = window_->pixel_at(event.x, event.y);
  if (dialog_) return take_answer(dialog_->moved(pixel));
  mouse_->moved(event, pixel, window_->placement());
}

void Viewer::take_button(const SDL_MouseButtonEvent& event) {
  const SDL_Point pixel = window_->pixel_at(event.x, event.y);
  if (dialog_) {
    if (event.state == SDL_PRESSED && event.button == SDL_BUTTON_LEFT)
      take_answer(dialog_->clicked(pixel));
    return;
  }
  const bool held = mouse_->held();
  mouse_->button(event, pixel, window_->placement());
  if (mouse_->held() != held) update_title();
}

void Viewer::take_answer(const Dialog::Answer& answer) {
  if (answer.changed) window_->expose();
  if (answer.closed) {
    window_->set_panel(nullptr);
    dialog_.reset();
  }
  if (answer.action == Action::kInsertThis) return insert_disc(offered_.at(answer.item).path);
  if (answer.action) act(*answer.action);
}

void Viewer::open(Dialog dialog) {
  release_all();
  dialog_.emplace(std::move(dialog));
  window_->set_panel(&dialog_->panel());
  mouse_->show_pointer(true);
}

void Viewer::ask_to_close() {
  open(Dialog::close_question(guest_name_, machine_));
}

void Viewer::release_all() {
  keyboard_.forget();
  typing_.clear();
  mouse_->let_go();
  link_.send(ReleaseAll{});
  update_title();
}

}  // namespace minivmm::view
