#include "machine/onlookers.h"

#include <fmt/core.h>

#include <memory>
#include <utility>
#include <vector>

#include "debug/symbols.h"
#include "debug/trace/chrome_trace.h"
#include "debug/trace/exit_lines.h"
#include "machine/layout.h"

namespace minivmm {
namespace {

std::vector<std::unique_ptr<debug::TraceSink>> open_traces(const MachineConfig& config) {
  std::vector<std::unique_ptr<debug::TraceSink>> sinks;
  if (!config.trace.empty()) sinks.push_back(std::make_unique<debug::ChromeTrace>(config.trace));
  if (!config.trace_exits.empty())
    sinks.push_back(std::make_unique<debug::ExitLines>(config.trace_exits));
  return sinks;
}

}  // namespace

Onlookers::Onlookers(const MachineConfig& config, std::function<std::uint64_t(unsigned cpu)> rip) {
  if (config.stats) {
    auto names =
        std::make_shared<const debug::Symbols>(debug::Symbols::find(config.symbols, config.kernel));
    stats_.emplace(config.cpus,
                   debug::ExitStats::Sources{.rip = rip, .symbol = [names](std::uint64_t address) {
                                               return names->place(address);
                                             }});
    exits_.add(*stats_);
  }
  auto sinks = open_traces(config);
  if (sinks.empty()) return;
  recorder_.emplace(
      config.cpus, static_cast<unsigned>(config.disks.size()), std::move(sinks),
      debug::TraceRecorder::Sources{.rip = std::move(rip), .cards = layout::kMostNics});
  exits_.add(*recorder_);
}

void Onlookers::finish() {
  if (recorder_) recorder_->finish();
  if (stats_) fmt::print(stderr, "{}", stats_->report());
}

}  // namespace minivmm
