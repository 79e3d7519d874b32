#include "top/layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "support/live_samples.h"
#include "top/full_screen.h"
#include "top/report.h"

namespace minivmm::top {
namespace {

using Catch::Contains;
using test::make_sample;

std::string text_of(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += row.text + "\n";
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a terminal of the usual size shows processors, devices and registers side by side") {
  const auto rows = lay_out("echo.elf (17)", make_sample(), {.columns = 90, .rows = 24});
  CHECK(rows.front().look == Row::Look::kTitle);
  const std::string text = text_of(rows);
  CHECK_THAT(text, Contains("minivmm top: echo.elf (17)"));
  CHECK_THAT(text, Contains("1000 exits/s   10M in memory, guest 64M"));
  CHECK_THAT(text, Contains("   0  running   99%       1000  ####################\n"));
  CHECK_THAT(text, Contains("   1  idle       0%          0"));
  CHECK_THAT(text, Contains("device0              500  #####       device0.register0            "
                            "write      400\n"));
  CHECK_THAT(text, Contains("virtio-blk0 4321 requests/s, disk-0 12%\n"));
}

TEST_CASE("a narrow terminal has registers below devices, cut to its width") {
  const auto rows = lay_out("echo.elf (17)", make_sample(), {.columns = 40, .rows = 24});
  const std::string text = text_of(rows);
  CHECK_THAT(text, Contains("device2              498  #####\n"));
  CHECK_THAT(text, Contains("device0.register3            write      \n"));
}

TEST_CASE("every size is filled and never exceeded") {
  const LiveSample sample = make_sample({.cpus = 64, .devices = 24, .registers = 40});
  for (unsigned rows = 1; rows < 100; ++rows) {
    for (const unsigned columns : {1u, 20u, 79u, 80u, 132u}) {
      CAPTURE(rows, columns);
      const auto page = lay_out("echo.elf", sample, {.columns = columns, .rows = rows});
      CHECK(page.size() == rows);
      CHECK(std::ranges::all_of(page, [&](const Row& row) { return row.text.size() <= columns; }));
    }
  }
}

TEST_CASE("where room is short the rest is counted, and everybody has some") {
  const LiveSample sample = make_sample({.cpus = 64, .devices = 24, .registers = 40});
  const std::string text = text_of(lay_out("echo.elf", sample, {.columns = 100, .rows = 24}));
  CHECK_THAT(text, Contains("(59 more)"));  // Of 64 vCPUs: 7 rows, a heading and this among them.
  CHECK_THAT(text, Contains("device11 "));
  CHECK_THAT(text, Contains("(12 more)"));
  CHECK_THAT(text, Contains("(28 more)"));
}

TEST_CASE("a page for all of it leaves nothing out, but vCPUs that a sample doesn't list") {
  for (const unsigned columns : {60u, 100u}) {
    LiveSample sample = make_sample({.cpus = 9, .devices = 24, .registers = 40});
    const std::string text = text_of(lay_out("x", sample, size_of_all(sample, columns)));
    CHECK_FALSE(contains(text, "more)"));
    CHECK_THAT(text, Contains("device23 "));
    CHECK_THAT(text, Contains("register39 "));
    sample.all_cpus = 11;
    CHECK_THAT(text_of(lay_out("x", sample, size_of_all(sample, columns))), Contains("(2 more)"));
  }
}

TEST_CASE("a machine that does nothing has headings and no rows") {
  const LiveSample idle{.all_cpus = 1, .cpu_count = 1};
  const std::string text = text_of(lay_out("x", idle, size_of_all(idle, 100)));
  CHECK_THAT(text, Contains("0 exits/s"));
  CHECK_THAT(text, Contains("device           exits/s"));
}

TEST_CASE("a terminal is painted row by row, each erased before it is written") {
  const std::string text = painted({{"title", Row::Look::kTitle}, {"one", Row::Look::kPlain}});
  CHECK(text == "\x1b[H\x1b[m\x1b[K\x1b[7mtitle\x1b[m\r\n\x1b[m\x1b[K\x1b[mone\x1b[m");
}

TEST_CASE("programs are told everything in a line of JSON") {
  CHECK(json_line({"echo.elf", 17}, make_sample({.cpus = 2, .devices = 1, .registers = 1})) ==
        R"({"machine":"echo.elf","pid":17,"exits":1000,"memory":67108864,"resident":10485760,)"
        R"("vcpus":2,"cpus":[{"state":"running","busy":0.987,"exits":1000},)"
        R"({"state":"idle","busy":0.000,"exits":0}],"devices":[{"name":"device0","exits":500}],)"
        R"("registers":[{"name":"device0.register0","access":"write","exits":400}],)"
        R"("queues":[{"name":"virtio-blk0","requests":4321}],)"
        R"("threads":[{"name":"disk-0","busy":0.120}]})");
}

TEST_CASE("quotes in a name stay inside of its string") {
  LiveSample sample = make_sample({.cpus = 1, .devices = 1, .registers = 0});
  set_text(sample.devices[0].name, R"(a"b\c)");
  CHECK_THAT(json_line({"x", 1}, sample), Contains(R"("a\"b\\c")"));
}

}  // namespace
}  // namespace minivmm::top
