// How far a long copy is, as a terminal sees it.

#include "cli/disk/progress.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <string>

namespace minivmm::cli::disk {
namespace {

using Catch::Contains;
using std::chrono::milliseconds;

/// A terminal that keeps what is written to it, and a clock that a test moves.
struct Terminal {
  Terminal() : file(std::tmpfile(), std::fclose) {}
  [[nodiscard]] Progress::Place place() {
    return {.terminal = file.get(), .now = [this] { return now; }};
  }
  /// What was written since the last call.
  std::string take() {
    std::fflush(file.get());
    std::string text(static_cast<std::size_t>(std::ftell(file.get()) - taken), '\0');
    std::fseek(file.get(), taken, SEEK_SET);
    REQUIRE(std::fread(text.data(), 1, text.size(), file.get()) == text.size());
    taken += static_cast<long>(text.size());
    std::fseek(file.get(), 0, SEEK_END);
    return text;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
  Progress::Clock::time_point now{};
  long taken = 0;
};

}  // namespace

TEST_CASE("What is done within a second shows nothing") {
  Terminal terminal;
  {
    Progress progress(1 << 20, terminal.place());
    terminal.now += milliseconds(999);
    progress.show(1 << 19);
  }
  CHECK(terminal.take().empty());
}

TEST_CASE("From a second on there is a bar with the part, the sizes and the speed") {
  Terminal terminal;
  Progress progress(8ull << 30, terminal.place());
  terminal.now += milliseconds(2000);
  progress.show(2ull << 30);
  const std::string bar = terminal.take();
  CHECK_THAT(bar, Contains("[=======                       ]") && Contains(" 25 %"));
  CHECK_THAT(bar, Contains("2 GiB of 8 GiB, 1 GiB a second"));
  CHECK(bar.starts_with("\r"));
}

TEST_CASE("The bar is written ten times a second at most, over itself, and goes away at the end") {
  Terminal terminal;
  {
    Progress progress(100, terminal.place());
    terminal.now += milliseconds(1000);
    progress.show(10);
    CHECK_THAT(terminal.take(), Contains(" 10 %"));
    terminal.now += milliseconds(99);
    progress.show(20);
    CHECK(terminal.take().empty());
    terminal.now += milliseconds(1);
    progress.show(30);
    CHECK_THAT(terminal.take(), Contains(" 30 %") && !Contains("\n"));
  }
  CHECK(terminal.take() == "\r\x1b[K");
}

TEST_CASE("Where there is no terminal nothing is written") {
  Progress progress(100, {.terminal = nullptr, .now = [] {
                            static Progress::Clock::time_point now{};
                            return now += milliseconds(5000);
                          }});
  progress.show(50);
  SUCCEED();
}

}  // namespace minivmm::cli::disk
