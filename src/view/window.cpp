#include "view/window.h"

#include <algorithm>
#include <cmath>

#include "minivmm/error.h"
#include "view/rates_overlay.h"

namespace minivmm::view {
namespace {

constexpr PictureSize kWhileOff{.width = 720, .height = 400};
constexpr SDL_Point kSmallest{320, 200};

PictureSize or_default(PictureSize size) {
  return size == PictureSize{} ? kWhileOff : size;
}

// In the desktop's units: whole pixels of the guest, and not more than the desktop has room for.
SDL_Point wanted_size(PictureSize picture, double scale, int display) {
  const double factor = std::max(1.0, std::round(scale)) / scale;
  double width = picture.width * factor;
  double height = picture.height * factor;
  SDL_Rect room{};
  constexpr int kFrame = 40;  // Of the window's frame, which SDL knows only later.
  if (SDL_GetDisplayUsableBounds(std::max(display, 0), &room) == 0) {
    const double fits = std::min({1.0, room.w / width, std::max(room.h - kFrame, 1) / height});
    width *= fits;
    height *= fits;
  }
  return {std::max(static_cast<int>(width), 1), std::max(static_cast<int>(height), 1)};
}

}  // namespace

Window::Window(PictureSize first) : picture_(or_default(first)) {
  wanted_ = wanted_size(picture_, 1, 0);
  window_.reset(SDL_CreateWindow("minivmm", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                 wanted_.x, wanted_.y,
                                 SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI));
  if (window_) canvas_ = make_canvas(*window_);
  if (!canvas_) throw HostError(std::string("cannot open a window: ") + SDL_GetError());
  SDL_SetWindowMinimumSize(window_.get(), kSmallest.x, kSmallest.y);
  if (scale() != 1) fit();
}

double Window::scale() const {
  int width = 0;
  SDL_GetWindowSize(window_.get(), &width, nullptr);
  return width > 0 ? std::max(0.5, static_cast<double>(canvas_->size().x) / width) : 1;
}

void Window::fit() {
  const Uint32 flags = SDL_GetWindowFlags(window_.get());
  if ((flags & (SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_MAXIMIZED)) != 0) return;
  wanted_ = wanted_size(picture_, scale(), SDL_GetWindowDisplayIndex(window_.get()));
  SDL_SetWindowSize(window_.get(), wanted_.x, wanted_.y);
}

void Window::set_frame(const FrameView* frame) {
  canvas_->set_frame(frame);
  exposed_ = true;
  if (frame == nullptr) return;
  const bool other_size = picture_ != frame->size();
  picture_ = frame->size();
  if (other_size && follows_guest_) fit();
}

void Window::take_rows(const std::vector<RowRange>& rows) {
  if (rows.empty()) return;
  canvas_->take_rows(rows);
  rows_taken_ = true;
}

void Window::set_panel(Panel* panel) {
  panel_ = panel;
  exposed_ = true;
}

void Window::set_notice(const std::string& notice) {
  if (notice == notice_) return;
  notice_ = notice;
  exposed_ = true;
}

void Window::set_rates(const RateHistory* rates) {
  rates_ = rates;
  exposed_ = true;
}

bool Window::full_screen() const {
  return (SDL_GetWindowFlags(window_.get()) & SDL_WINDOW_FULLSCREEN) != 0;
}

void Window::toggle_full_screen() {
  SDL_SetWindowFullscreen(window_.get(), full_screen() ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
  exposed_ = true;
}

void Window::toggle_scaling() {
  scaling_ = scaling_ == Scaling::kSmooth ? Scaling::kInteger : Scaling::kSmooth;
  exposed_ = true;
}

void Window::use_actual_size() {
  if (full_screen()) toggle_full_screen();
  SDL_RestoreWindow(window_.get());
  follows_guest_ = true;
  fit();
}

void Window::resized() {
  exposed_ = true;
  SDL_Point size{};
  SDL_GetWindowSize(window_.get(), &size.x, &size.y);
  if (!full_screen() && (size.x != wanted_.x || size.y != wanted_.y)) follows_guest_ = false;
}

void Window::show() {
  if (!exposed_ && !rows_taken_) return;
  if (exposed_) draw_layers();
  canvas_->present(placement(), layers_,
                   exposed_ ? Canvas::Changed::kEverything : Canvas::Changed::kRowsTaken);
  exposed_ = false;
  rows_taken_ = false;
}

void Window::draw_layers() {
  layers_.clear();
  if (rates_ != nullptr) layers_.push_back(draw_rates(*rates_, canvas_->size(), scale()));
  if (panel_ != nullptr) {
    panel_->lay_out(canvas_->size(), scale());
    layers_.push_back(panel_->draw());
  } else if (!notice_.empty()) {
    layers_.push_back(draw_notice(notice_, canvas_->size(), scale()));
  }
}

Placement Window::placement() const {
  return place(picture_, canvas_->size(), scaling_);
}

SDL_Point Window::pixel_at(int x, int y) const {
  const double factor = scale();
  return {static_cast<int>(x * factor), static_cast<int>(y * factor)};
}

}  // namespace minivmm::view
