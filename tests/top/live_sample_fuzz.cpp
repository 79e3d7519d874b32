// Whatever comes over the statistics' socket: it is refused, or can be printed at any size.

#include <algorithm>
#include <cstring>
#include <span>

#include "backends/stats/sample_protocol.h"
#include "support/live_samples.h"
#include "support/sample_checks.h"
#include "top/layout.h"
#include "top/report.h"

using namespace minivmm;

namespace {

// A right answer with the input's bytes at some place of it: it would take a fuzzer long to make
// one by itself.
stats::Answer changed_answer(std::span<const std::uint8_t> input) {
  stats::Answer answer{.sample = test::make_sample({.cpus = 5, .devices = 9, .registers = 12})};
  if (input.size() < 2) return answer;
  const std::size_t at = (input[0] | input[1] << 8) % sizeof answer;
  const std::size_t size = std::min(input.size() - 2, sizeof answer - at);
  std::memcpy(reinterpret_cast<std::byte*>(&answer) + at, input.data() + 2, size);
  return answer;
}

void require_layout(const LiveSample& sample, top::Size size) {
  const auto rows = top::lay_out("machine", sample, size);
  test::require(rows.size() == size.rows);
  for (const top::Row& row : rows) test::require(row.text.size() <= size.columns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::span(data, size);
  (void)stats::parse_answer(std::as_bytes(input));
  (void)stats::is_ask(std::as_bytes(input));
  const stats::Answer answer = changed_answer(input);
  const auto sample = stats::parse_answer(std::as_bytes(std::span(&answer, 1)));
  if (!sample) return 0;
  test::require_printable(*sample);
  for (const unsigned rows : {1u, 3u, 4u, 7u, 24u, 70u}) {
    for (const unsigned columns : {1u, 30u, 80u, 200u})
      require_layout(*sample, {.columns = columns, .rows = rows});
  }
  require_layout(*sample, top::size_of_all(*sample, 100));
  (void)top::json_line({"machine", 1}, *sample);
  return 0;
}
