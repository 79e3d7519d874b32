#include "devices/vga/screen.h"

#include <algorithm>

#include "devices/vga/planes.h"

namespace minivmm::vga {

namespace {

constexpr std::uint8_t kAttributeBlinks = 0x80;

std::span<std::uint32_t> row_of(const Picture& picture, unsigned y) {
  return picture.pixels.subspan(y * picture.stride, picture.size.width);
}

bool fits(const Picture& picture, PictureSize size) {
  return picture.size == size && picture.stride >= size.width &&
         picture.pixels.size() >= picture.stride * size.height;
}

/// Whether a row looks different in the other phase.
bool blinking(const DisplayMode& mode, const TextRow& row, const std::vector<Cell>& cells,
              const Cursor& cursor) {
  std::uint32_t counter = row.counter;
  for (const Cell& cell : cells) {
    if (cursor.shown && counter == cursor.counter) return true;
    if (mode.text.blink && (cell.attribute & kAttributeBlinks) != 0) return true;
    counter = (counter + 1) & mode.crtc.counter_mask;
  }
  return false;
}

void touch(std::vector<RowRange>& rows, unsigned first, unsigned end) {
  if (!rows.empty() && rows.back().end == first) {
    rows.back().end = end;
  } else {
    rows.push_back({first, end});
  }
}

}  // namespace

Screen::~Screen() {
  wiring_.framebuffer.when_written({});
  wiring_.legacy.when_written({});
}

// --- What changed -------------------------------------------------------------------------------

void Screen::changed() {
  state_.changed = true;
  notice_.give();
}

void Screen::reset() {
  state_.drawn.reset();
  changed();
}

void Screen::take_dirty() {
  wiring_.framebuffer.take_dirty(wiring_.written.words());
  wiring_.legacy.take_dirty(wiring_.written.words());
}

void Screen::when_changed(std::function<void()> changed) {
  if (!changed) {
    notice_.set({});
    wiring_.framebuffer.when_written({});
    wiring_.legacy.when_written({});
    return;
  }
  notice_.set(std::move(changed));
  take_dirty();
  wiring_.framebuffer.when_written([this] { notice_.give(); });
  wiring_.legacy.when_written([this] { notice_.give(); });
  // What was written between the two may count for neither.
  take_dirty();
  if (state_.changed || !wiring_.written.empty()) notice_.give();
}

std::int64_t Screen::blink_phase() const {
  return wiring_.clock.monotonic() / kBlinkPhase;
}

std::optional<std::chrono::nanoseconds> Screen::next_change_due() const {
  if (!state_.blinks) return std::nullopt;
  return kBlinkPhase * (state_.phase + 1);
}

// --- What is shown ------------------------------------------------------------------------------

DisplayMode Screen::mode() const {
  return display_mode(wiring_.registers, wiring_.dispi, wiring_.byte_order, wiring_.vram.size());
}

PictureSize Screen::size() const {
  return mode().size;
}

std::optional<TextScreen> Screen::text() const {
  const DisplayMode now = mode();
  if (now.kind != ModeKind::kText) return std::nullopt;
  return text_screen(now, wiring_.planes);
}

Screen::Look Screen::look(const DisplayMode& mode) const {
  Look look;
  look.mode = mode;
  look.palette = palette_of(wiring_.registers, mode.kind);
  if (mode.kind == ModeKind::kText) {
    // Scrolling and moving the cursor change characters, which are compared one by one.
    const Cursor cursor = text_cursor(wiring_.registers);
    look.mode.crtc.start = 0;
    look.cursor_first = cursor.first_scan;
    look.cursor_last = cursor.last_scan;
  }
  return look;
}

std::vector<RowRange> Screen::draw(const Picture& picture, Redraw redraw) {
  const DisplayMode now = mode();
  if (!fits(picture, now.size)) {
    // The mode changed since the viewer asked for the size: it will find out, and ask again.
    state_.drawn.reset();
    state_.changed = true;
    return {};
  }
  take_dirty();
  const Look look_now = look(now);
  Job job{picture, redraw == Redraw::kEverything || state_.drawn != look_now};
  state_.drawn = look_now;
  state_.blinks = false;
  draw_kind(now, job);
  wiring_.written.clear();
  state_.changed = false;
  return job.touched;
}

void Screen::draw_kind(const DisplayMode& mode, Job& job) {
  const bool nothing_written = !job.everything && wiring_.written.empty();
  switch (mode.kind) {
    case ModeKind::kOff:
      return;
    case ModeKind::kBlack:
      return draw_black(job);
    case ModeKind::kText:
      return draw_text(mode, job);
    case ModeKind::kLinear:
      return nothing_written ? void() : draw_linear(mode, job);
    default:
      return nothing_written ? void() : draw_graphics(mode, job);
  }
}

void Screen::draw_black(Job& job) {
  if (!job.everything) return;
  for (unsigned y = 0; y < job.picture.size.height; ++y) {
    std::ranges::fill(row_of(job.picture, y), 0u);
  }
  touch(job.touched, 0, job.picture.size.height);
}

// --- Text ---------------------------------------------------------------------------------------

bool Screen::font_written() const {
  // Characters go to the text memory once it is mapped; what else is written may be a font.
  return wiring_.written.any(0, kPlaneSize * kPlanes);
}

void Screen::draw_text(const DisplayMode& mode, Job& job) {
  state_.phase = blink_phase();
  const bool lit = state_.phase % 2 == 0;
  const Cursor cursor = text_cursor(wiring_.registers);
  const std::vector<TextRow> rows = text_rows(mode);
  const bool all = job.everything || font_written() || state_.cells.size() != rows.size();
  state_.cells.resize(rows.size());
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const TextRow& row = rows[index];
    std::vector<Cell> cells = text_cells(mode, row, cursor, wiring_.planes, lit);
    state_.blinks = state_.blinks || blinking(mode, row, cells, cursor);
    if (!all && cells == state_.cells[index]) continue;
    draw_text_row(mode, row, cells, cursor, job);
    state_.cells[index] = std::move(cells);
  }
}

void Screen::draw_text_row(const DisplayMode& mode, const TextRow& row,
                           const std::vector<Cell>& cells, const Cursor& cursor, Job& job) {
  for (unsigned y = row.first; y < row.end; ++y) {
    const Line line = mode.crtc.line(y);
    text_pixels(mode, cells, cursor, line.row_scan, wiring_.vram, values_);
    show_values(mode, line.pan, values_, state_.drawn->palette, row_of(job.picture, y));
  }
  touch(job.touched, row.first, row.end);
}

// --- Graphics -----------------------------------------------------------------------------------

bool Screen::planes_written(const DisplayMode& mode, const Line& line) const {
  const CrtcMode& crtc = mode.crtc;
  const std::uint64_t end_of_text = wiring_.vram.size() + kPlaneSize;
  if (wiring_.written.any(wiring_.vram.size(), end_of_text)) return true;
  const std::uint64_t wraps_at = (crtc.counter_mask + std::uint64_t{1}) * kPlanes;
  if (crtc.word || crtc.cga_rows || crtc.hercules_rows) return wiring_.written.any(0, wraps_at);

  const std::uint64_t first = std::uint64_t{line.counter} * kPlanes;
  const std::uint64_t end = first + (crtc.columns + std::uint64_t{1}) * kPlanes;
  if (wiring_.written.any(first, std::min(end, wraps_at))) return true;
  return end > wraps_at && wiring_.written.any(0, end - wraps_at);
}

void Screen::draw_graphics(const DisplayMode& mode, Job& job) {
  for (unsigned y = 0; y < mode.size.height; ++y) {
    const Line line = mode.crtc.line(y);
    if (!job.everything && !planes_written(mode, line)) continue;
    graphics_pixels(mode, line, wiring_.planes, values_);
    show_values(mode, line.pan, values_, state_.drawn->palette, row_of(job.picture, y));
    touch(job.touched, y, y + 1);
  }
}

void Screen::draw_linear(const DisplayMode& mode, Job& job) {
  for (unsigned y = 0; y < mode.size.height; ++y) {
    if (draw_linear_row(mode, y, job)) touch(job.touched, y, y + 1);
  }
}

bool Screen::draw_linear_row(const DisplayMode& mode, unsigned y, const Job& job) {
  const std::uint64_t bytes = (mode.bits + 7) / 8;
  const std::uint64_t start = mode.start + y * mode.bytes_per_row;
  const std::uint64_t end = start + mode.size.width * bytes;
  const std::span<std::uint32_t> row = row_of(job.picture, y);
  const auto show = [&](std::uint64_t from, std::uint64_t until) {
    const std::uint64_t first = (std::max(from, start) - start) / bytes;
    const std::uint64_t last = (std::min(until, end) - start + bytes - 1) / bytes;
    linear_pixels(mode, y, static_cast<unsigned>(first), wiring_.vram, state_.drawn->palette,
                  row.subspan(first, last - first));
  };
  if (job.everything) {
    show(start, end);
    return true;
  }
  bool any = false;
  for (std::uint64_t page = start / PageSet::kPageSize; page * PageSet::kPageSize < end; ++page) {
    if (!wiring_.written.has(page)) continue;
    show(page * PageSet::kPageSize, (page + 1) * PageSet::kPageSize);
    any = true;
  }
  return any;
}

}  // namespace minivmm::vga
