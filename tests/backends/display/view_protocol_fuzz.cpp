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

// Nothing is read behind the end, and no path is taken for one below the machine's own folder.
void check_path(const view::PathText& path) {
  require(path.back() == '\0' && (path.front() == '/' || path.front() == '\0'));
}

// A message that is right but for the input's bytes at some place.
template <typename Message>
std::vector<std::byte> spoilt(const Message& message, std::span<const std::byte> input) {
  const view::Packet packet(message);
  std::vector<std::byte> changed(packet.bytes().begin(), packet.bytes().end());
  if (input.size() < 2) return changed;
  const std::size_t at = sizeof(std::uint32_t) + std::to_integer<std::size_t>(input[0]) +
                         (std::to_integer<std::size_t>(input[1]) << 8);
  for (std::size_t i = 2; i < input.size(); ++i) changed[(at + i) % changed.size()] = input[i];
  return changed;
}

void check_drives(std::span<const std::byte> input) {
  const view::PathText path = view::path_text("/folder/disc.iso").value();
  if (const auto message = view::parse_from_viewer(spoilt(view::InsertCd{.path = path}, input))) {
    if (const auto* insert = std::get_if<view::InsertCd>(&*message)) {
      check_path(insert->path);
      require(insert->path.front() == '/');
    }
  }
  const view::Drive told{.answers = 1, .disc = path, .folder = path};
  if (const auto message = view::parse_from_machine(spoilt(told, input))) {
    const auto* drive = std::get_if<view::Drive>(&*message);
    if (drive == nullptr) return;
    check_path(drive->disc);
    check_path(drive->folder);
    require(drive->error.back() == '\0');
  }
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
  // These are long: too long to be found by chance.
  check_drives(bytes);
  if (const auto message = view::parse_from_machine(spoilt(LiveSample{}, bytes))) {
    if (const auto* told = std::get_if<LiveSample>(&*message)) test::require_printable(*told);
  }
  return 0;
}
