// Whatever comes over a viewer's socket, in either direction: it is refused, or safe to use.

#include <cassert>
#include <cstdlib>
#include <span>

#include "backends/display/shared_frame.h"
#include "backends/display/view_protocol.h"

using namespace minivmm;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const view::Update& update) {
  require(update.range_count <= update.ranges.size());
  for (const RowRange& range : std::span(update.ranges).first(update.range_count))
    require(range.first < range.end && range.end <= update.height);
  require(update.width == 0 || can_be_shown({update.width, update.height}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto message = view::parse_from_viewer(bytes)) {
    if (const auto* key = std::get_if<view::Key>(&*message)) require(key->code <= view::kLastKey);
    if (const auto* button = std::get_if<view::Button>(&*message)) require(button->button < 5);
  }
  if (const auto message = view::parse_from_machine(bytes)) {
    if (const auto* update = std::get_if<view::Update>(&*message)) check(*update);
  }
  return 0;
}
