#include "kvm/busy_pages.h"

#include <array>
#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

using namespace std::chrono_literals;
using Log = std::array<std::uint64_t, 2>;

// A guest that writes, and KVM's log of it: what is kept back stays in the log.
struct Writer {
  Writer() { pages.reset(128); }

  // What is reset in the log after the guest wrote `written`.
  Log look(const Log& written, std::chrono::milliseconds later = 16ms) {
    now += later;
    for (std::size_t i = 0; i < log.size(); ++i) log[i] |= written[i];
    Log reset = log;
    pages.keep_back(reset, now);
    for (std::size_t i = 0; i < log.size(); ++i) log[i] &= ~reset[i];
    return reset;
  }
  [[nodiscard]] bool all_watched() const { return log == Log{}; }

  BusyPages pages;
  BusyPages::Time now{1h};
  Log log{};
};

constexpr Log kAll{~0ull, ~0ull};
constexpr Log kOne{1, 0};

}  // namespace

TEST_CASE("A page that is written now and then is always watched") {
  Writer writer;
  for (int round = 0; round < 20; ++round) {
    CHECK(writer.look(kOne) == kOne);
    writer.look({});
  }
}

TEST_CASE("A page that is written in every look stays writable for most of them") {
  Writer writer;
  int resets = 0;
  for (int round = 0; round < 250; ++round) resets += writer.look(kOne) == kOne ? 1 : 0;
  CHECK(resets >= 250 / 25);
  CHECK(resets <= 250 / 25 + 3);
}

TEST_CASE("Pages that are all busy are not watched again all at once") {
  Writer writer;
  for (unsigned round = 0; round < BusyPages::kOnEnd; ++round) writer.look(kAll);
  for (int round = 0; round < 60; ++round) {
    const Log reset = writer.look(kAll);
    CHECK(__builtin_popcountll(reset[0]) <= 3);
    CHECK(__builtin_popcountll(reset[1]) <= 3);
  }
}

TEST_CASE("Pages of a guest that redraws everything, but not within a look, become busy too") {
  Writer writer;
  int resets = 0;
  for (int round = 0; round < 100; ++round) {
    const Log reset = writer.look(round % 2 == 0 ? Log{~0ull, 0} : Log{0, ~0ull});
    resets += __builtin_popcountll(reset[0]) + __builtin_popcountll(reset[1]);
  }
  CHECK(resets < 100 * 64 / 5);
}

TEST_CASE("Many pages that are written once stay watched") {
  Writer writer;
  CHECK(writer.look(kAll) == kAll);
  writer.look({});
  CHECK(writer.look(kAll) == kAll);
}

TEST_CASE("When a guest stops to write, all its pages are soon watched") {
  Writer writer;
  for (int round = 0; round < 50; ++round) writer.look(kAll);
  REQUIRE_FALSE(writer.all_watched());
  for (unsigned round = 0; round <= BusyPages::kKept; ++round) writer.look({});
  CHECK(writer.all_watched());
}

TEST_CASE("After a pause nothing is busy") {
  Writer writer;
  for (int round = 0; round < 50; ++round) writer.look(kAll);
  writer.look({}, BusyPages::kPause);
  CHECK(writer.all_watched());
}

TEST_CASE("A page that is written a few times a second is always watched") {
  Writer writer;
  for (int round = 0; round < 50; ++round) CHECK(writer.look(kOne, 200ms) == kOne);
}

TEST_CASE("Looks at almost the same time are one") {
  Writer writer;
  for (int round = 0; round < 7; ++round) CHECK(writer.look(kOne, 1ms) == kOne);
}

}  // namespace minivmm::kvm
