// How a machine's sockets are found.

#include "backends/display/view_sockets.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "minivmm/error.h"
#include "support/temp_folder.h"

namespace minivmm::view {
namespace {

// A user's folder for sockets that is this test's alone.
class RuntimeFolder {
 public:
  RuntimeFolder() {
    const char* const former = std::getenv("XDG_RUNTIME_DIR");
    if (former != nullptr) former_ = former;
    ::setenv("XDG_RUNTIME_DIR", folder_.path("").c_str(), 1);
  }
  ~RuntimeFolder() {
    if (former_.empty())
      ::unsetenv("XDG_RUNTIME_DIR");
    else
      ::setenv("XDG_RUNTIME_DIR", former_.c_str(), 1);
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

 private:
  test::TempFolder folder_;
  std::string former_;
};

TEST_CASE("a machine's screen and its statistics are found each by its own socket") {
  const RuntimeFolder folder;
  const UniqueFd screen = listen_at(socket_path("with.a.screen", 7));
  const UniqueFd first = listen_at(socket_path("with.a.screen", 7, Door::kStatistics));
  const UniqueFd second = listen_at(socket_path("without", 8, Door::kStatistics));
  const auto screens = running_machines();
  REQUIRE(screens.size() == 1);
  CHECK(screens.front().name == "with.a.screen");
  CHECK(screens.front().pid == 7);
  const auto statistics = running_machines(Door::kStatistics);
  REQUIRE(statistics.size() == 2);
  CHECK(statistics[0].name == "with.a.screen");
  CHECK(statistics[0].pid == 7);
  CHECK(statistics[1].name == "without");
  CHECK(statistics[1].path == socket_path("without", 8, Door::kStatistics));
}

TEST_CASE("a dead machine's sockets are removed when somebody looks for them") {
  const RuntimeFolder folder;
  const std::string path = socket_path("dead", 9, Door::kStatistics);
  { const UniqueFd dead = listen_at(path); }
  REQUIRE(std::filesystem::exists(path));
  CHECK(running_machines(Door::kStatistics).empty());
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("one machine is meant, or it is said which there are") {
  using Catch::Contains;
  const std::vector<RunningMachine> all{{"debian.img", 7, "/a"}, {"memtest", 9, "/c"}};
  CHECK(the_machine("memtest", all, "top").path == "/c");
  CHECK(the_machine("7", all, "top").path == "/a");
  CHECK(the_machine("", {all[1]}, "top").path == "/c");
  CHECK_THROWS_WITH(the_machine("", all, "top"), Contains("7 (debian.img), 9 (memtest)"));
  CHECK_THROWS_WITH(the_machine("windows", all, "top"), Contains("minivmm top --list"));
  CHECK_THROWS_AS(the_machine("", {}, "top"), ConfigError);
}

}  // namespace
}  // namespace minivmm::view
