#include "backends/display/view_protocol.h"

#include <catch2/catch.hpp>
#include <vector>

#include "support/live_samples.h"

namespace minivmm::view {
namespace {

template <typename Message>
bool machine_takes(const Message& message) {
  return parse_from_viewer(Packet(message).bytes()).has_value();
}
template <typename Message>
bool viewer_takes(const Message& message) {
  return parse_from_machine(Packet(message).bytes()).has_value();
}

Update update_of(PictureSize size, std::vector<RowRange> rows) {
  Update update{.width = size.width,
                .height = size.height,
                .stride = (size.width + 15) / 16 * 16,
                .range_count = static_cast<std::uint32_t>(rows.size())};
  std::copy(rows.begin(), rows.end(), update.ranges.begin());
  return update;
}

TEST_CASE("what a viewer says comes back as it was said") {
  const auto key = parse_from_viewer(Packet(Key{30, 1}).bytes());
  REQUIRE(key);
  CHECK(std::get<Key>(*key).code == 30);
  CHECK(std::get<Key>(*key).down == 1);
  const auto motion = parse_from_viewer(Packet(Motion{-3, 7}).bytes());
  REQUIRE(motion);
  CHECK(std::get<Motion>(*motion).dx == -3);
  CHECK(std::get<Motion>(*motion).dy == 7);
}

TEST_CASE("a viewer's values out of their range are refused") {
  CHECK(machine_takes(Key{kLastKey, 1}));
  CHECK_FALSE(machine_takes(Key{kLastKey + 1, 1}));
  CHECK_FALSE(machine_takes(Key{30, 2}));
  CHECK_FALSE(machine_takes(Hello{kMagic + 1}));
  CHECK(machine_takes(Position{32767, 0}));
  CHECK_FALSE(machine_takes(Position{32768, 0}));
  CHECK_FALSE(machine_takes(Motion{kFarthest + 1, 0}));
  CHECK_FALSE(machine_takes(Motion{0, INT32_MIN}));
  CHECK_FALSE(machine_takes(Wheel{INT32_MAX, 0}));
  CHECK_FALSE(machine_takes(Button{5, 1}));
  CHECK(machine_takes(Command{Wish::kResume}));
  CHECK_FALSE(machine_takes(Command{static_cast<Wish>(kWishes)}));
}

TEST_CASE("a disc's path is absolute, ends, and has nothing behind its end") {
  InsertCd insert{.path = path_text("/a b/x.iso").value()};
  CHECK(machine_takes(insert));
  insert.path[100] = 'x';
  CHECK_FALSE(machine_takes(insert));
  insert.path.fill('/');
  CHECK_FALSE(machine_takes(insert));
  CHECK_FALSE(machine_takes(InsertCd{}));
  CHECK_FALSE(machine_takes(InsertCd{.path = path_text("x.iso").value()}));
  CHECK(machine_takes(InsertCd{.path = path_text("/" + std::string(4094, 'x')).value()}));
  CHECK_FALSE(path_text("/" + std::string(4095, 'x')));
}

TEST_CASE("a drive's paths are absolute or none, and its error ends") {
  Drive drive{};
  CHECK(viewer_takes(drive));
  drive.disc = path_text("/x.iso").value();
  drive.answers = 1;
  CHECK(viewer_takes(drive));
  drive.answers = 2;
  CHECK_FALSE(viewer_takes(drive));
  drive.answers = 0;
  drive.folder = path_text("here").value();
  CHECK_FALSE(viewer_takes(drive));
  drive.folder = {};
  drive.error.fill('x');
  CHECK_FALSE(viewer_takes(drive));
}

TEST_CASE("a message of another length, or of no kind, is refused") {
  const Packet key(Key{30, 1});
  for (std::size_t size = 0; size < key.bytes().size(); ++size)
    CHECK_FALSE(parse_from_viewer(key.bytes().first(size)));
  std::vector<std::byte> longer(key.bytes().begin(), key.bytes().end());
  longer.push_back(std::byte{0});
  CHECK_FALSE(parse_from_viewer(longer));
  CHECK_FALSE(parse_from_viewer(std::vector<std::byte>(8, std::byte{0xff})));
  CHECK_FALSE(parse_from_viewer(Packet(Update{}).bytes()));
  CHECK_FALSE(parse_from_machine(key.bytes()));
}

TEST_CASE("an update that its frame can't hold is refused") {
  const PictureSize size{640, 400};
  CHECK(viewer_takes(update_of(size, {{0, 400}})));
  CHECK(viewer_takes(update_of(size, {{0, 1}, {1, 2}, {399, 400}})));
  CHECK(viewer_takes(Update{}));
  CHECK_FALSE(viewer_takes(update_of(size, {{0, 401}})));
  CHECK_FALSE(viewer_takes(update_of(size, {{5, 5}})));
  CHECK_FALSE(viewer_takes(update_of(size, {{5, 9}, {8, 12}})));
  CHECK_FALSE(viewer_takes(update_of({640, 0}, {})));
  CHECK_FALSE(viewer_takes(update_of({16385, 1}, {})));
  CHECK_FALSE(viewer_takes(update_of({16384, 16384}, {})));
  Update wrong = update_of(size, {});
  wrong.stride = 639;
  CHECK_FALSE(viewer_takes(wrong));
  wrong = update_of(size, {});
  wrong.range_count = kMostRanges + 1;
  CHECK_FALSE(viewer_takes(wrong));
}

TEST_CASE("a guest's name without an end is refused") {
  Welcome welcome;
  CHECK(viewer_takes(welcome));
  welcome.guest_name.fill('x');
  CHECK_FALSE(viewer_takes(welcome));
}

TEST_CASE("a sample is taken where it can be shown") {
  LiveSample sample = test::make_sample();
  CHECK(viewer_takes(sample));
  sample.cpu_count = LiveSample::kMostCpus + 1;
  CHECK_FALSE(viewer_takes(sample));
  CHECK(machine_takes(AskSample{}));
  CHECK_FALSE(machine_takes(AskSample{1}));
}

TEST_CASE("rows that changed are told in few ranges that hold all of them") {
  CHECK(few_ranges({{8, 9}, {0, 2}, {2, 4}}) == std::vector<RowRange>{{0, 4}, {8, 9}});
  std::vector<RowRange> many;
  for (unsigned row = 0; row < 100; row += 2) many.push_back({row, row + 1});
  const std::vector<RowRange> few = few_ranges(many);
  CHECK(few.size() == kMostRanges);
  CHECK(few.front() == RowRange{0, 1});
  CHECK(few.back() == RowRange{30, 99});
}

}  // namespace
}  // namespace minivmm::view
