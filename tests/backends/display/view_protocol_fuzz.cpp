// Whatever comes over a viewer's socket, in either direction: it is refused, or safe to use.

#include <span>
#include <vector>

#include "backends/display/shared_frame.h"
#include "backends/display/view_protocol.h"
#include "support/sample_checks.h"

using namespace minivmm;

namespace {

using test::require;

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
  // Samples are long: one that is right but for the input's bytes at some place.
  view::Packet sample(LiveSample{});
  std::vector<std::byte> changed(sample.bytes().begin(), sample.bytes().end());
  if (size >= 2) {
    const std::size_t at = sizeof(std::uint32_t) + static_cast<std::size_t>(data[0] | data[1] << 8);
    for (std::size_t i = 2; i < size; ++i) changed[(at + i) % changed.size()] = bytes[i];
  }
  if (const auto message = view::parse_from_machine(changed)) {
    if (const auto* told = std::get_if<LiveSample>(&*message)) test::require_printable(*told);
  }
  return 0;
}
