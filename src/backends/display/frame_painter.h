#pragma once
// Brings a display device's picture into the shared frame.

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backends/display/shared_frame.h"
#include "minivmm/scanout.h"

namespace minivmm {

/// Threads: one.
class FramePainter {
 public:
  enum class Text { kNo, kYes };
  struct Painted {
    bool new_frame = false;          ///< frame() is another one, or there is none any more.
    std::vector<RowRange> rows{};    ///< Of frame(); ascending, disjoint.
    std::optional<TextScreen> text;  ///< Of the same moment, where it was asked for.
  };

  /// Draws what changed, under the device's lock, and asks to be told of the next change.
  Painted paint(Scanout& scanout, std::mutex& lock, const std::function<void()>& changed,
                Text text);

  /// Another device is drawn from now on: its first picture is drawn whole.
  void start_anew() { redraw_ = Scanout::Redraw::kEverything; }

  /// Null while the screen is off, or shows what can't be shown.
  [[nodiscard]] const SharedFrame* frame() const { return frame_.get(); }

 private:
  void fit_frame(PictureSize size);

  std::unique_ptr<SharedFrame> frame_;
  Scanout::Redraw redraw_ = Scanout::Redraw::kEverything;
};

}  // namespace minivmm
