#include "backends/display/frame_painter.h"

#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm {

FramePainter::Painted FramePainter::paint(Scanout& scanout, std::mutex& lock,
                                          const std::function<void()>& changed, Text text) {
  const std::lock_guard guard(lock);
  Painted painted;
  const PictureSize size = scanout.size();
  const PictureSize shown = frame_ ? frame_->size() : PictureSize{};
  if (size != shown) fit_frame(size);
  painted.new_frame = (frame_ ? frame_->size() : PictureSize{}) != shown;
  // A screen that is off is drawn too, so that it hears that it was looked at; one that can't be
  // shown is not: its picture has no room.
  if (frame_ || size == PictureSize{}) {
    painted.rows = scanout.draw(frame_ ? frame_->picture() : Picture{}, redraw_);
    redraw_ = Scanout::Redraw::kChangedRows;
  }
  if (text == Text::kYes) painted.text = scanout.text();
  scanout.when_changed(changed);
  return painted;
}

void FramePainter::fit_frame(PictureSize size) {
  frame_.reset();
  redraw_ = Scanout::Redraw::kEverything;
  if (!can_be_shown(size)) return;
  try {
    frame_ = std::make_unique<SharedFrame>(size);
  } catch (const HostError& error) {
    static log::RateLimit limit;
    if (limit.allow()) log::warning("{}", error.what());
  }
}

}  // namespace minivmm
