#include "view/panel.h"

#include <algorithm>
#include <cmath>

#include "view/drawing.h"

namespace minivmm::view {
namespace {

// In the desktop's units.
constexpr double kWidth = 430;
constexpr double kMargin = 22;
constexpr double kTitleHeight = 46;
constexpr double kFooterHeight = 36;
constexpr double kPlainRow = 30;
constexpr double kDetailedRow = 50;
constexpr double kRadius = 12;

constexpr Drawing::Style kTitle{.size = 17, .weight = Weight::kBold};
constexpr Drawing::Style kLabel{.size = 14};
constexpr Drawing::Style kSmall{.size = 12, .colour = palette::kSoft};
constexpr Colour kSoftOnSelected{0.86, 0.91, 1, 1};

int pixels(double units) {
  return static_cast<int>(std::lround(units));
}

}  // namespace

Panel::Panel(std::string title, std::vector<Choice> choices, std::string footer)
    : title_(std::move(title)), choices_(std::move(choices)), footer_(std::move(footer)) {}

double Panel::row_height(std::size_t choice) const {
  return choices_[choice].detail.empty() ? kPlainRow : kDetailedRow;
}

void Panel::lay_out(SDL_Point window, double scale) {
  double height = kMargin + kTitleHeight + kFooterHeight;
  for (std::size_t i = 0; i < choices_.size(); ++i) height += row_height(i);
  // A window too small for it gets a smaller panel.
  scale_ = std::min({scale, window.x / (kWidth + 16), window.y / (height + 16)});
  window_ = window;
  area_ = {.x = (window.x - pixels(kWidth * scale_)) / 2,
           .y = (window.y - pixels(height * scale_)) / 2,
           .w = pixels(kWidth * scale_),
           .h = pixels(height * scale_)};
  rows_.clear();
  double y = kMargin + kTitleHeight - 10;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    rows_.push_back({.x = area_.x + pixels((kMargin - 10) * scale_),
                     .y = area_.y + pixels(y * scale_),
                     .w = pixels((kWidth - 2 * kMargin + 20) * scale_),
                     .h = pixels(row_height(i) * scale_)});
    y += row_height(i);
  }
}

Layer Panel::draw() const {
  Drawing drawing(window_, scale_);
  drawing.fill(palette::kShade);
  const double left = area_.x / scale_;
  const double top = area_.y / scale_;
  const double height = area_.h / scale_;
  drawing.box(left, top, kWidth, height, kRadius, palette::kPanel);
  drawing.outline(left, top, kWidth, height, kRadius, palette::kEdge);
  drawing.text(left + kMargin, top + kMargin + 12, title_, kTitle);
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const SDL_Rect& row = rows_[i];
    const double y = row.y / scale_;
    const bool chosen = i == selected_;
    if (chosen)
      drawing.box(row.x / scale_, y, row.w / scale_, row_height(i), 7, palette::kSelected);
    Drawing::Style soft = kSmall;
    if (chosen) soft.colour = kSoftOnSelected;
    drawing.text(left + kMargin, y + 20, choices_[i].label, kLabel);
    drawing.text(left + kMargin, y + 39, choices_[i].detail, soft);
    soft.align = Align::kRight;
    drawing.text(left + kWidth - kMargin, y + 20, choices_[i].key, soft);
  }
  Drawing::Style footer = kSmall;
  footer.align = Align::kCentre;
  drawing.text(left + kWidth / 2, top + height - 15, footer_, footer);
  return {.surface = drawing.finish(), .at = {0, 0}};
}

void Panel::move(int by) {
  const auto count = static_cast<int>(choices_.size());
  selected_ = static_cast<std::size_t>((static_cast<int>(selected_) + by + count) % count);
}

std::optional<std::size_t> Panel::choice_at(SDL_Point pixel) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (SDL_PointInRect(&pixel, &rows_[i]) == SDL_TRUE) return i;
  }
  return std::nullopt;
}

Layer draw_notice(const std::string& text, SDL_Point window, double scale) {
  constexpr double kHeight = 34;
  constexpr double kPadding = 16;
  constexpr double kAbove = 18;  // The window's lower edge.
  Drawing::Style style = kLabel;
  style.size = 13;
  style.align = Align::kCentre;
  const double width = text_width(text, style) + 2 * kPadding;
  // A window too narrow for it gets a smaller text.
  scale = std::min(scale, window.x / (width + 16));
  Drawing drawing({pixels(width * scale), pixels(kHeight * scale)}, scale);
  drawing.box(0, 0, width, kHeight, kHeight / 2, palette::kPanel);
  drawing.outline(0, 0, width, kHeight, kHeight / 2 - 1, palette::kEdge);
  drawing.text(width / 2, 22, text, style);
  return {.surface = drawing.finish(),
          .at = {(window.x - pixels(width * scale)) / 2,
                 window.y - pixels((kHeight + kAbove) * scale)}};
}

}  // namespace minivmm::view
