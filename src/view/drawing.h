#pragma once
// cairo over a surface of SDL's: shapes and text in units of the desktop.

#include <cairo.h>

#include <memory>
#include <string>
#include <vector>

#include "view/canvas.h"

namespace minivmm::view {

struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
  double alpha = 1;
};

namespace palette {
inline constexpr Colour kPanel{0.13, 0.14, 0.17, 0.97};
inline constexpr Colour kEdge{1, 1, 1, 0.12};
inline constexpr Colour kSelected{0.20, 0.45, 0.85, 1};
inline constexpr Colour kText{0.95, 0.95, 0.96, 1};
inline constexpr Colour kSoft{0.68, 0.70, 0.75, 1};
inline constexpr Colour kShade{0, 0, 0, 0.55};
}  // namespace palette

enum class Weight { kNormal, kBold };
enum class Align { kLeft, kRight, kCentre };

/// Draws on a transparent surface of that many pixels, scale of them to a unit.
class Drawing {
 public:
  Drawing(SDL_Point pixels, double scale);

  void fill(const Colour& colour);
  void box(double x, double y, double width, double height, double radius, const Colour& inside);
  void outline(double x, double y, double width, double height, double radius,
               const Colour& colour);
  struct Point {
    double x = 0;
    double y = 0;
  };
  void polygon(const std::vector<Point>& corners, const Colour& inside);
  struct Style {
    double size = 14;
    Colour colour = palette::kText;
    Weight weight = Weight::kNormal;
    Align align = Align::kLeft;
  };
  /// x is the left, right or middle of the text, y its baseline.
  void text(double x, double y, const std::string& words, const Style& style);

  /// The surface, with straight alpha as SDL blends it.
  [[nodiscard]] Owned<SDL_Surface> finish();

 private:
  struct Free {
    void operator()(cairo_t* context) const { cairo_destroy(context); }
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  };
  void path(double x, double y, double width, double height, double radius);
  void use(const Colour& colour);

  Owned<SDL_Surface> pixels_;
  std::unique_ptr<cairo_surface_t, Free> surface_;
  std::unique_ptr<cairo_t, Free> context_;
};

/// The width of a text in units.
[[nodiscard]] double text_width(const std::string& words, const Drawing::Style& style);

}  // namespace minivmm::view
