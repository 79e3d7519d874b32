#include "view/rates_overlay.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "view/drawing.h"

namespace minivmm::view {
namespace {

// In the desktop's units.
constexpr double kWidth = 340;
constexpr double kMargin = 14;
constexpr double kInside = kWidth - 2 * kMargin;
constexpr double kFromEdge = 12;  // Of the window.
constexpr double kTitleHeight = 34;
constexpr double kPlotHeight = 120;
constexpr double kRow = 18;
constexpr double kGap = 10;

constexpr Colour kBack{0.08, 0.09, 0.11, 0.82};
constexpr Colour kGrid{1, 1, 1, 0.14};
constexpr Drawing::Style kTitle{.size = 14, .weight = Weight::kBold};
constexpr Drawing::Style kWords{.size = 12};
constexpr Drawing::Style kSoftWords{.size = 11, .colour = palette::kSoft};

// Told apart by brightness too, for those who see few colours.
constexpr std::array<Colour, RateHistory::kDevices + 1> kSeriesColours{{{0.36, 0.68, 1.00, 0.90},
                                                                        {1.00, 0.66, 0.25, 0.90},
                                                                        {0.45, 0.83, 0.45, 0.90},
                                                                        {0.93, 0.45, 0.55, 0.90},
                                                                        {0.75, 0.60, 0.98, 0.90},
                                                                        {0.95, 0.88, 0.40, 0.90},
                                                                        {0.62, 0.64, 0.68, 0.90}}};

Colour colour_of(LiveSample::CpuState state) {
  switch (state) {
    case LiveSample::CpuState::kRunning:
      return {0.30, 0.68, 0.36, 0.85};
    case LiveSample::CpuState::kPaused:
      return {0.85, 0.60, 0.15, 0.85};
    case LiveSample::CpuState::kIdle:
      break;
  }
  return {0.45, 0.47, 0.52, 0.85};
}

const char* name_of(LiveSample::CpuState state) {
  switch (state) {
    case LiveSample::CpuState::kRunning:
      return "running";
    case LiveSample::CpuState::kPaused:
      return "paused";
    case LiveSample::CpuState::kIdle:
      break;
  }
  return "idle";
}

int pixels(double units) {
  return static_cast<int>(std::lround(units));
}

// How the processors are shown: each with all that is known, or, where they are many, a cell each.
struct CpuGrid {
  explicit CpuGrid(const LiveSample& sample)
      : count(std::min<std::size_t>(sample.cpu_count, 64)),
        columns(count <= 8 ? 1 : 4),
        rows((count + columns - 1) / columns) {}
  std::size_t count;
  std::size_t columns;
  std::size_t rows;
  [[nodiscard]] double width() const { return kInside / static_cast<double>(columns); }
};

// The plot: time goes to the right, the newest second ends at the right edge.
class Plot {
 public:
  Plot(Drawing& drawing, double top, std::uint64_t end)
      : drawing_(drawing), top_(top), end_(static_cast<double>(end)) {}

  void grid() const {
    for (const double part : {0.0, 0.5, 1.0}) {
      const double y = top_ + kPlotHeight * (1 - part);
      drawing_.polygon(
          {{kMargin, y}, {kMargin + kInside, y}, {kMargin + kInside, y + 1}, {kMargin, y + 1}},
          kGrid);
    }
  }
  void scale() const {
    drawing_.text(kMargin + 3, top_ + 11, fmt::format("{:.0f}/s", end_), kSoftWords);
    drawing_.text(kMargin + 3, top_ + kPlotHeight / 2 + 11, fmt::format("{:.0f}/s", end_ / 2),
                  kSoftWords);
  }
  // On top of what was drawn before.
  void area(const RateHistory::Series& series) {
    below_.resize(series.rates.size());
    std::vector<Drawing::Point> outline;
    for (std::size_t i = 0; i < series.rates.size(); ++i) outline.push_back(point(i));
    for (std::size_t i = series.rates.size(); i-- > 0;) {
      below_[i] += series.rates[i];
      outline.push_back(point(i));
    }
    drawing_.polygon(outline, kSeriesColours.at(series.colour));
  }

 private:
  [[nodiscard]] Drawing::Point point(std::size_t second) const {
    const auto ago = static_cast<double>(below_.size() - 1 - second);
    const double step = kInside / (RateHistory::kSeconds - 1);
    return {kMargin + kInside - ago * step,
            top_ + kPlotHeight * (1 - static_cast<double>(below_[second]) / end_)};
  }
  Drawing& drawing_;
  const double top_;
  const double end_;
  std::vector<std::uint64_t> below_;  // Sums of the series drawn so far, by second.
};

void draw_legend(Drawing& drawing, const RateHistory& history, double top) {
  constexpr double kSquare = 9;
  for (std::size_t i = 0; i < history.series().size(); ++i) {
    const RateHistory::Series& series = history.series()[i];
    const double x = kMargin + (i % 2 == 0 ? 0 : kInside / 2 + kGap / 2);
    const std::size_t row = i / 2;
    const double y = top + static_cast<double>(row) * kRow;
    drawing.box(x, y + 4, kSquare, kSquare, 2, kSeriesColours.at(series.colour));
    drawing.text(x + kSquare + 6, y + 13, series.name, kWords);
    Drawing::Style right = kWords;
    right.align = Align::kRight;
    drawing.text(x + (kInside - kGap) / 2, y + 13, fmt::format("{}/s", series.rates.back()), right);
  }
}

void draw_cpu(Drawing& drawing, const LiveSample::Cpu& cpu, std::size_t number, double x, double y,
              double width) {
  const double share = static_cast<double>(cpu.busy) / LiveSample::kWholeCpu;
  const bool wide = width > kInside / 2;
  const double bar = wide ? width : width - 4;
  drawing.box(x, y + 1, bar, kRow - 3, 3, kGrid);
  if (bar * share > 6) drawing.box(x, y + 1, bar * share, kRow - 3, 3, colour_of(cpu.state));
  drawing.text(x + 5, y + 13,
               wide ? fmt::format("vCPU {}  {}  {:.0f}%", number, name_of(cpu.state), share * 100)
                    : fmt::format("{}  {:.0f}%", number, share * 100),
               kWords);
  if (!wide) return;
  Drawing::Style right = kWords;
  right.align = Align::kRight;
  drawing.text(x + bar - 5, y + 13, fmt::format("{}/s", cpu.exits), right);
}

void draw_cpus(Drawing& drawing, const LiveSample& sample, double top) {
  const CpuGrid grid(sample);
  for (std::size_t i = 0; i < grid.count; ++i) {
    const double x = kMargin + static_cast<double>(i % grid.columns) * grid.width();
    const auto row = i / grid.columns;
    const double y = top + static_cast<double>(row) * kRow;
    draw_cpu(drawing, sample.cpus[i], i, x, y, grid.width());
  }
}

}  // namespace

std::uint64_t axis_end(std::uint32_t largest) {
  for (std::uint64_t power = 10;; power *= 10) {
    for (const std::uint64_t step : {1u, 2u, 5u}) {
      if (step * power >= largest) return step * power;
    }
  }
}

Layer draw_rates(const RateHistory& history, SDL_Point window, double scale) {
  const bool any = history.seconds() > 0;
  const std::size_t legend_rows = (history.series().size() + 1) / 2;
  const double legend = static_cast<double>(legend_rows) * kRow;
  const double cpus = any ? static_cast<double>(CpuGrid(history.latest()).rows) * kRow : 0;
  const double height =
      kTitleHeight + (any ? kPlotHeight + kGap + legend + kGap + cpus : 0) + kMargin / 2;
  scale =
      std::min({scale, window.x / (kWidth + 2 * kFromEdge), window.y / (height + 2 * kFromEdge)});

  Drawing drawing({pixels(kWidth * scale), pixels(height * scale)}, scale);
  drawing.box(0, 0, kWidth, height, 10, kBack);
  drawing.outline(0, 0, kWidth, height, 10, palette::kEdge);
  drawing.text(kMargin, 22, any ? "Exits per second" : "Counting exits ...", kTitle);
  if (any) {
    Drawing::Style right = kTitle;
    right.align = Align::kRight;
    drawing.text(kWidth - kMargin, 22, fmt::format("{}/s", history.latest().exits), right);
    Plot plot(drawing, kTitleHeight, axis_end(history.most()));
    plot.grid();
    for (const auto& series : history.series()) plot.area(series);
    plot.scale();
    draw_legend(drawing, history, kTitleHeight + kPlotHeight + kGap);
    draw_cpus(drawing, history.latest(), kTitleHeight + kPlotHeight + kGap + legend + kGap);
  }
  return {.surface = drawing.finish(),
          .at = {window.x - pixels((kWidth + kFromEdge) * scale), pixels(kFromEdge * scale)}};
}

}  // namespace minivmm::view
