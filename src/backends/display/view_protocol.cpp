#include "backends/display/view_protocol.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "backends/display/shared_frame.h"
#include "backends/stats/sample_protocol.h"
#include "minivmm/input.h"

namespace minivmm::view {
namespace {

// A message's kind; numbers are never used again for something else.
template <typename Message>
constexpr std::uint32_t kKind = 0;
template <>
constexpr std::uint32_t kKind<Hello> = 1;
template <>
constexpr std::uint32_t kKind<Seen> = 2;
template <>
constexpr std::uint32_t kKind<Key> = 3;
template <>
constexpr std::uint32_t kKind<Motion> = 4;
template <>
constexpr std::uint32_t kKind<Position> = 5;
template <>
constexpr std::uint32_t kKind<Button> = 6;
template <>
constexpr std::uint32_t kKind<Wheel> = 7;
template <>
constexpr std::uint32_t kKind<ReleaseAll> = 8;
template <>
constexpr std::uint32_t kKind<Command> = 9;
template <>
constexpr std::uint32_t kKind<AskSample> = 10;
template <>
constexpr std::uint32_t kKind<InsertCd> = 11;
template <>
constexpr std::uint32_t kKind<Welcome> = 101;
template <>
constexpr std::uint32_t kKind<Update> = 102;
template <>
constexpr std::uint32_t kKind<Bye> = 103;
template <>
constexpr std::uint32_t kKind<LiveSample> = 104;
template <>
constexpr std::uint32_t kKind<Drive> = 105;

// It ends, and nothing comes behind its end.
bool ends(const PathText& path) {
  const auto end = std::ranges::find(path, '\0');
  return end != path.end() && std::all_of(end, path.end(), [](char c) { return c == '\0'; });
}
bool is_absolute(const PathText& path) {
  return path.front() == '/' && ends(path);
}
bool is_absolute_or_none(const PathText& path) {
  return is_absolute(path) || (path.front() == '\0' && ends(path));
}

bool near(std::int32_t value) {
  return value >= -kFarthest && value <= kFarthest;
}

bool valid(const Hello& hello) {
  return hello.magic == kMagic;
}
bool valid(const Seen& /*seen*/) {
  return true;  // Any number; whether it is the one that is waited for is seen later.
}
bool valid(const Key& key) {
  return key.code <= kLastKey && key.down <= 1;
}
bool valid(const Motion& motion) {
  return near(motion.dx) && near(motion.dy);
}
bool valid(const Position& position) {
  return position.x <= PointerPosition::kEnd && position.y <= PointerPosition::kEnd;
}
bool valid(const Button& button) {
  return button.button <= static_cast<std::uint32_t>(PointerButton::kExtra) && button.down <= 1;
}
bool valid(const Wheel& wheel) {
  return near(wheel.vertical) && near(wheel.horizontal);
}
bool valid(const ReleaseAll& release) {
  return release.reserved == 0;
}
bool valid(const Command& command) {
  return static_cast<std::uint32_t>(command.wish) < kWishes;
}
bool valid(const AskSample& ask) {
  return ask.reserved == 0;
}
bool valid(const InsertCd& insert) {
  return is_absolute(insert.path);
}

bool valid(const Welcome& welcome) {
  return welcome.magic == kMagic && welcome.guest_name.back() == '\0';
}
bool valid(const Update& update) {
  const PictureSize size{update.width, update.height};
  const bool off = size == PictureSize{};
  if (update.new_frame > 1 || (update.state & ~kStateBits) != 0) return false;
  if (!off && (!can_be_shown(size) || update.stride != frame_stride(size))) return false;
  if (update.range_count > kMostRanges) return false;
  unsigned row = 0;
  for (const RowRange& range : std::span(update.ranges).first(update.range_count)) {
    if (range.first < row || range.end <= range.first || range.end > size.height) return false;
    row = range.end;
  }
  return true;
}
bool valid(const Bye& bye) {
  return bye.why <= Parting::kReplaced;
}
bool valid(const Drive& drive) {
  return drive.answers <= 1 && is_absolute_or_none(drive.disc) &&
         is_absolute_or_none(drive.folder) && drive.error.back() == '\0';
}
bool valid(const LiveSample& sample) {
  return stats::is_valid(sample);
}

template <typename Message>
std::optional<Message> read_as(std::span<const std::byte> body) {
  Message message{};
  if (body.size() != sizeof message) return std::nullopt;
  std::memcpy(static_cast<void*>(&message), body.data(), sizeof message);
  return valid(message) ? std::optional(message) : std::nullopt;
}

// The first of the variant's alternatives that has this kind, if its body is right.
template <typename Variant, std::size_t... kIndex>
std::optional<Variant> parse_any(std::span<const std::byte> bytes,
                                 std::index_sequence<kIndex...> /*indices*/) {
  std::uint32_t kind = 0;
  if (bytes.size() < sizeof kind) return std::nullopt;
  std::memcpy(&kind, bytes.data(), sizeof kind);
  const auto body = bytes.subspan(sizeof kind);
  std::optional<Variant> parsed;
  const auto try_one = [&]<typename Message>(std::type_identity<Message>) {
    if (kKind<Message> != kind) return;
    if (const auto message = read_as<Message>(body)) parsed = Variant(*message);
  };
  (try_one(std::type_identity<std::variant_alternative_t<kIndex, Variant>>{}), ...);
  return parsed;
}

template <typename Variant>
std::optional<Variant> parse(std::span<const std::byte> bytes) {
  return parse_any<Variant>(bytes, std::make_index_sequence<std::variant_size_v<Variant>>{});
}

}  // namespace

template <typename Message>
Packet::Packet(const Message& message) : bytes_(sizeof(std::uint32_t) + sizeof message) {
  static_assert(std::has_unique_object_representations_v<Message>, "padding would tell secrets");
  static_assert(sizeof(std::uint32_t) + sizeof message <= kLongestMessage);
  const std::uint32_t kind = kKind<Message>;
  std::memcpy(bytes_.data(), &kind, sizeof kind);
  std::memcpy(bytes_.data() + sizeof kind, &message, sizeof message);
}

template Packet::Packet(const Hello&);
template Packet::Packet(const Seen&);
template Packet::Packet(const Key&);
template Packet::Packet(const Motion&);
template Packet::Packet(const Position&);
template Packet::Packet(const Button&);
template Packet::Packet(const Wheel&);
template Packet::Packet(const ReleaseAll&);
template Packet::Packet(const Command&);
template Packet::Packet(const AskSample&);
template Packet::Packet(const Welcome&);
template Packet::Packet(const Update&);
template Packet::Packet(const Bye&);
template Packet::Packet(const LiveSample&);
template Packet::Packet(const InsertCd&);
template Packet::Packet(const Drive&);

std::optional<PathText> path_text(std::string_view path) {
  PathText text{};
  if (path.size() >= text.size()) return std::nullopt;
  std::ranges::copy(path, text.begin());
  return text;
}

std::optional<FromViewer> parse_from_viewer(std::span<const std::byte> bytes) {
  return parse<FromViewer>(bytes);
}

std::optional<FromMachine> parse_from_machine(std::span<const std::byte> bytes) {
  return parse<FromMachine>(bytes);
}

std::vector<RowRange> few_ranges(std::vector<RowRange> ranges) {
  std::ranges::sort(ranges, {}, &RowRange::first);
  std::vector<RowRange> few;
  for (const RowRange& range : ranges) {
    const bool touches = !few.empty() && range.first <= few.back().end;
    if (touches || few.size() == kMostRanges)
      few.back().end = std::max(few.back().end, range.end);
    else
      few.push_back(range);
  }
  return few;
}

}  // namespace minivmm::view
