#include "devices/vga/text_rows.h"

#include <string>

#include "devices/vga/code_page_437.h"

namespace minivmm::vga {

namespace {

constexpr std::uint8_t kBlinks = 0x80;

}  // namespace

std::vector<TextRow> text_rows(const DisplayMode& mode) {
  std::vector<TextRow> rows;
  Line before;
  for (unsigned y = 0; y < mode.size.height; ++y) {
    const Line line = mode.crtc.line(y);
    const bool same = !rows.empty() && y != mode.crtc.split_line &&
                      line.counter == before.counter && line.row_scan >= before.row_scan;
    if (!same) rows.push_back({y, y, line.counter});
    rows.back().end = y + 1;
    before = line;
  }
  return rows;
}

std::vector<Cell> text_cells(const DisplayMode& mode, const TextRow& row, const Cursor& cursor,
                             const LegacyWindow& planes, bool lit) {
  std::vector<Cell> cells(mode.crtc.columns + (mode.crtc.pan != 0 ? 1 : 0));
  std::uint32_t counter = row.counter;
  for (Cell& cell : cells) {
    const PlaneWord word = planes.fetch(mode.crtc.address(counter, 0));
    cell.character = static_cast<std::uint8_t>(word);
    cell.attribute = static_cast<std::uint8_t>(word >> 8);
    cell.cursor = lit && cursor.shown && counter == cursor.counter;
    cell.hidden = !lit && mode.text.blink && (cell.attribute & kBlinks) != 0;
    counter = (counter + 1) & mode.crtc.counter_mask;
  }
  return cells;
}

TextScreen text_screen(const DisplayMode& mode, const LegacyWindow& planes) {
  TextScreen screen;
  screen.columns = mode.crtc.columns;
  for (const TextRow& row : text_rows(mode)) {
    std::vector<Cell> cells = text_cells(mode, row, {}, planes, true);
    cells.resize(mode.crtc.columns);
    std::string text;
    std::size_t kept = 0;  // Up to the last character that is not a space.
    for (const Cell& cell : cells) {
      text += utf8_of_437(cell.character);
      if (text.back() != ' ') kept = text.size();
    }
    text.resize(kept);
    screen.rows.push_back(std::move(text));
  }
  return screen;
}

}  // namespace minivmm::vga
