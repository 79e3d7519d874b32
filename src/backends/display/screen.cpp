#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 with a sanitizer takes a union inside its own <regex> for uninitialised.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "backends/display/screen.h"

#include <algorithm>
#include <utility>

#include "backends/display/png_file.h"
#include "backends/expression.h"
#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

std::optional<std::regex> compile(const std::optional<std::string>& pattern) {
  if (!pattern) return std::nullopt;
  return compile_expression("--expect-screen", *pattern, Lines::kMany);
}

std::string joined(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += row + '\n';
  return text;
}

bool contains(const std::optional<TextScreen>& screen, const std::regex& expression) {
  return screen && std::regex_search(joined(screen->rows), expression);
}

Press to_press(std::uint32_t down) {
  return down != 0 ? Press::kDown : Press::kUp;
}

}  // namespace

Screen::Screen(Configuration configuration, Wiring wiring)
    : configuration_(std::move(configuration)),
      expression_(compile(configuration_.expect)),
      wiring_(std::move(wiring)),
      server_(wiring_.loop, configuration_.guest_name,
              {.on_viewer =
                   [this] {
                     if (wiring_.control.cd() != nullptr) server_.tell(cd_changer_.drive());
                     show_everything();
                   },
               .on_ready = [this] { step(); },
               .on_input = [this](const view::FromViewer& message) { take_input(message); },
               .on_gone =
                   [this] {
                     sample_asked_ = false;
                     if (devices_) devices_->input.release_all();
                   }}),
      cd_changer_(wiring_.loop, wiring_.control, configuration_.disc,
                  [this](const view::Drive& drive) { server_.tell(drive); }) {
  timer_ = wiring_.loop.make_timer([this] {
    timer_armed_ = false;
    step();
  });
  if (!configuration_.screenshot.empty()) check_png_path(configuration_.screenshot);
  wiring_.control.when_changed([this] { watch_state(); });
}

Screen::~Screen() {
  detach();
  wiring_.control.when_changed({});
}

void Screen::attach(const Devices& devices) {
  devices_.emplace(devices);
  painter_.start_anew();
  changed_ = true;
  state_changed_ = true;
  devices_->input.when_changed([this] { watch_state(); });
  step();
}

void Screen::detach() {
  if (!devices_) return;
  {
    const std::lock_guard guard(devices_->lock);
    devices_->scanout.when_changed({});
  }
  devices_->input.when_changed({});
  devices_->input.release_all();
  devices_.reset();
  changed_ = false;
}

// Called from any thread, perhaps with a device's lock held.
void Screen::wake() {
  wiring_.loop.post([this] {
    // The first stroke on a screen that was idle: the others follow, and one look shows them all.
    if (!changed_) next_paint_ = std::max(next_paint_, wiring_.now() + kSettleTime);
    changed_ = true;
    step();
  });
}

void Screen::watch_state() {
  wiring_.loop.post([this] {
    state_changed_ = true;
    step();
  });
}

// Does what can be done now; whatever it waits for comes back here.
void Screen::step() {
  const bool expecting = expression_ && !matched_;
  if (devices_ && changed_ && (expecting || server_.ready())) {
    const Time now = wiring_.now();
    if (now >= next_paint_) {
      next_paint_ = now + kFrameTime;
      paint();
    } else if (!std::exchange(timer_armed_, true)) {
      timer_->arm(next_paint_);
    }
  }
  tell_viewer();
}

void Screen::paint() {
  changed_ = false;
  const bool expecting = expression_ && !matched_;
  const FramePainter::Painted painted = painter_.paint(
      devices_->scanout, devices_->lock, [this] { wake(); },
      expecting ? FramePainter::Text::kYes : FramePainter::Text::kNo);
  if (painted.new_frame) {
    new_frame_ = true;
    rows_.clear();
  }
  rows_.insert(rows_.end(), painted.rows.begin(), painted.rows.end());
  rows_ = view::few_ranges(std::move(rows_));
  if (expecting) look_for_text(painted.text);
}

void Screen::look_for_text(const std::optional<TextScreen>& text) {
  if (!contains(text, *expression_)) return;
  matched_ = true;
  save_frame();  // As it was found: the frame and the text are of the same moment.
  wiring_.on_expected();
}

void Screen::tell_viewer() {
  if (!server_.ready() || (!new_frame_ && !state_changed_ && rows_.empty())) return;
  view::Update update{.new_frame = new_frame_ ? 1u : 0u, .state = state_bits()};
  const SharedFrame* const frame = painter_.frame();
  if (frame != nullptr) {
    update.width = frame->size().width;
    update.height = frame->size().height;
    update.stride = frame_stride(frame->size());
    update.range_count = static_cast<std::uint32_t>(rows_.size());
    std::ranges::copy(rows_, update.ranges.begin());
  }
  const bool with_frame = new_frame_ && frame != nullptr;
  new_frame_ = false;
  state_changed_ = false;
  rows_.clear();
  server_.send(update, with_frame ? frame->fd() : -1);
}

void Screen::show_everything() {
  new_frame_ = true;
  rows_.clear();
  if (const SharedFrame* const frame = painter_.frame()) rows_ = {{0, frame->size().height}};
  step();
}

std::uint32_t Screen::state_bits() const {
  std::uint32_t bits = 0;
  if (wiring_.control.state() == MachineControl::State::kPaused) bits |= view::kPaused;
  if (wiring_.control.cd() != nullptr) bits |= view::kHasCd;
  if (!devices_) return bits;
  const InputSink::Leds leds = devices_->input.leds();
  if (leds.scroll_lock) bits |= view::kScrollLock;
  if (leds.num_lock) bits |= view::kNumLock;
  if (leds.caps_lock) bits |= view::kCapsLock;
  if (devices_->input.takes_positions()) bits |= view::kTakesPositions;
  return bits;
}

void Screen::take_input(const view::FromViewer& message) {
  if (const auto* command = std::get_if<view::Command>(&message)) return take_wish(command->wish);
  if (std::holds_alternative<view::AskSample>(message)) return ask_sample();
  if (const auto* insert = std::get_if<view::InsertCd>(&message))
    return cd_changer_.insert(insert->path.data());
  if (!devices_) return;
  InputSink& input = devices_->input;
  if (const auto* key = std::get_if<view::Key>(&message)) {
    input.key({static_cast<std::uint16_t>(key->code)}, to_press(key->down));
  } else if (const auto* motion = std::get_if<view::Motion>(&message)) {
    input.move(motion->dx, motion->dy);
  } else if (const auto* position = std::get_if<view::Position>(&message)) {
    // What was on its way while the guest's driver went: nothing to say it to.
    if (input.takes_positions())
      input.point(
          {static_cast<std::uint16_t>(position->x), static_cast<std::uint16_t>(position->y)});
  } else if (const auto* button = std::get_if<view::Button>(&message)) {
    input.button(static_cast<PointerButton>(button->button), to_press(button->down));
  } else if (const auto* wheel = std::get_if<view::Wheel>(&message)) {
    input.wheel(wheel->vertical, wheel->horizontal);
  } else if (std::holds_alternative<view::ReleaseAll>(message)) {
    input.release_all();
  }
}

void Screen::ask_sample() {
  if (!std::exchange(sample_asked_, true) && wiring_.ask_sample) wiring_.ask_sample();
}

void Screen::tell(const LiveSample& sample) {
  if (std::exchange(sample_asked_, false)) server_.tell(sample);
}

void Screen::take_wish(view::Wish wish) {
  switch (wish) {
    case view::Wish::kPowerButton:
      return wiring_.control.press_power_button();
    case view::Wish::kReset:
      return wiring_.control.press_reset();
    case view::Wish::kStopNow:
      return wiring_.control.stop_now();
    case view::Wish::kPause:
      return wiring_.control.pause();
    case view::Wish::kResume:
      return wiring_.control.resume();
    case view::Wish::kEjectCd:
      if (CdControl* const cd = wiring_.control.cd()) cd->eject();
      return;
  }
}

void Screen::take_screenshot() {
  if (devices_) paint();
  save_frame();
}

void Screen::save_frame() const {
  if (configuration_.screenshot.empty()) return;
  const SharedFrame* const frame = painter_.frame();
  if (frame == nullptr) {
    log::warning("the screen is off: no screenshot was written");
    return;
  }
  try {
    const Picture picture = frame->picture();
    write_png(configuration_.screenshot, picture.pixels, picture.size, picture.stride);
  } catch (const HostError& error) {
    log::error("{}", error.what());
  }
}

bool Screen::expectation_met() {
  if (matched_ || !expression_ || !devices_) return matched_;
  const std::lock_guard guard(devices_->lock);
  return contains(devices_->scanout.text(), *expression_);
}

}  // namespace minivmm
