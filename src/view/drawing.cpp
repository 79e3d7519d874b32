#include "view/drawing.h"

#include <algorithm>
#include <cstdint>
#include <numbers>
#include <span>

namespace minivmm::view {
namespace {

constexpr int kBitsPerPixel = 32;

void choose_font(cairo_t* context, const Drawing::Style& style) {
  cairo_select_font_face(
      context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
      style.weight == Weight::kBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, style.size);
}

double advance(cairo_t* context, const std::string& words) {
  cairo_text_extents_t extents{};
  cairo_text_extents(context, words.c_str(), &extents);
  return extents.x_advance;
}

// cairo multiplies colours by their alpha (CAIRO_FORMAT_ARGB32), SDL's blending does that itself.
std::uint32_t straight(std::uint32_t pixel) {
  const std::uint32_t alpha = pixel >> 24;
  if (alpha == 0 || alpha == 0xff) return pixel;
  const auto channel = [&](unsigned shift) {
    return std::min<std::uint32_t>(((pixel >> shift) & 0xff) * 0xff / alpha, 0xff) << shift;
  };
  return (alpha << 24) | channel(16) | channel(8) | channel(0);
}

}  // namespace

Drawing::Drawing(SDL_Point pixels, double scale)
    : pixels_(SDL_CreateRGBSurfaceWithFormat(0, std::max(pixels.x, 1), std::max(pixels.y, 1),
                                             kBitsPerPixel, SDL_PIXELFORMAT_ARGB8888)),
      surface_(cairo_image_surface_create_for_data(static_cast<unsigned char*>(pixels_->pixels),
                                                   CAIRO_FORMAT_ARGB32, pixels_->w, pixels_->h,
                                                   pixels_->pitch)),
      context_(cairo_create(surface_.get())) {
  cairo_scale(context_.get(), scale, scale);
}

void Drawing::use(const Colour& colour) {
  cairo_set_source_rgba(context_.get(), colour.red, colour.green, colour.blue, colour.alpha);
}

void Drawing::fill(const Colour& colour) {
  use(colour);
  cairo_paint(context_.get());
}

void Drawing::path(double x, double y, double width, double height, double radius) {
  constexpr double kQuarter = std::numbers::pi / 2;
  cairo_t* const context = context_.get();
  cairo_new_sub_path(context);
  cairo_arc(context, x + width - radius, y + radius, radius, -kQuarter, 0);
  cairo_arc(context, x + width - radius, y + height - radius, radius, 0, kQuarter);
  cairo_arc(context, x + radius, y + height - radius, radius, kQuarter, 2 * kQuarter);
  cairo_arc(context, x + radius, y + radius, radius, 2 * kQuarter, 3 * kQuarter);
  cairo_close_path(context);
}

void Drawing::box(double x, double y, double width, double height, double radius,
                  const Colour& inside) {
  path(x, y, width, height, radius);
  use(inside);
  cairo_fill(context_.get());
}

void Drawing::outline(double x, double y, double width, double height, double radius,
                      const Colour& colour) {
  path(x + 0.5, y + 0.5, width - 1, height - 1, radius);
  use(colour);
  cairo_set_line_width(context_.get(), 1);
  cairo_stroke(context_.get());
}

void Drawing::polygon(const std::vector<Point>& corners, const Colour& inside) {
  cairo_new_path(context_.get());
  for (const Point& corner : corners) cairo_line_to(context_.get(), corner.x, corner.y);
  cairo_close_path(context_.get());
  use(inside);
  cairo_fill(context_.get());
}

void Drawing::text(double x, double y, const std::string& words, const Style& style) {
  choose_font(context_.get(), style);
  const double width = style.align == Align::kLeft ? 0 : advance(context_.get(), words);
  use(style.colour);
  cairo_move_to(context_.get(), x - (style.align == Align::kCentre ? width / 2 : width), y);
  cairo_show_text(context_.get(), words.c_str());
}

Owned<SDL_Surface> Drawing::finish() {
  cairo_surface_flush(surface_.get());
  context_.reset();
  surface_.reset();
  const auto bytes =
      static_cast<std::size_t>(pixels_->pitch) * static_cast<std::size_t>(pixels_->h);
  for (std::uint32_t& pixel :
       std::span(static_cast<std::uint32_t*>(pixels_->pixels), bytes / sizeof(std::uint32_t)))
    pixel = straight(pixel);
  return std::move(pixels_);
}

double text_width(const std::string& words, const Drawing::Style& style) {
  cairo_surface_t* const surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  cairo_t* const context = cairo_create(surface);
  choose_font(context, style);
  const double width = advance(context, words);
  cairo_destroy(context);
  cairo_surface_destroy(surface);
  return width;
}

}  // namespace minivmm::view
