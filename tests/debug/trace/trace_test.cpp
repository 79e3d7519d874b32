// Traces: what is written for each event, and that none is lost.

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "debug/trace/chrome_trace.h"
#include "debug/trace/exit_lines.h"
#include "debug/trace/recorder.h"
#include "minivmm/error.h"
#include "support/temp_folder.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;
using namespace std::chrono_literals;

const TraceTrack kCpu1{TraceTrack::Kind::kCpu, 1};
const TraceTrack kDisk0{TraceTrack::Kind::kDisk, 0};

TraceEvent serial_write() {
  return {.start = 1'000'500ns,
          .duration = 2'250ns,
          .what = TracedExit{
              .record = {.kind = ExitKind::kPioOut, .width = 1, .address = 0x3f8, .value = 0x41},
              .place = {"com1", "THR"},
              .rip = 0x100123}};
}

class CountingSink final : public TraceSink {
 public:
  struct Counts {
    std::size_t exits = 0, others = 0;
    bool finished = false;
  };
  explicit CountingSink(Counts& counts) : counts_(counts) {}
  void write(TraceTrack track, std::span<const TraceEvent> events) override {
    (track.kind == TraceTrack::Kind::kCpu ? counts_.exits : counts_.others) += events.size();
  }
  void finish() override { counts_.finished = true; }

 private:
  Counts& counts_;
};

TEST_CASE("an exit is one line of JSON") {
  const test::TempFolder folder;
  ExitLines lines(folder.path("t.jsonl"));
  const std::vector events{serial_write(),
                           TraceEvent{.start = 5ns, .what = TracedExit{{.kind = ExitKind::kHalt}}}};
  lines.write(kCpu1, events);
  lines.finish();
  CHECK(folder.content("t.jsonl") ==
        R"({"number":1,"cpu":1,"time_ns":1000500,"duration_ns":2250,"reason":"port write",)"
        R"("rip":"0x100123","space":"port","address":"0x3f8","device":"com1","register":"THR",)"
        R"("access":"write","width":1,"value":"0x41","count":1})"
        "\n"
        R"({"number":2,"cpu":1,"time_ns":5,"duration_ns":0,"reason":"halt","rip":"0x0"})"
        "\n");
}

TEST_CASE("a trace names its tracks once, and an exit is a slice on its vCPU's") {
  const test::TempFolder folder;
  ChromeTrace trace(folder.path("t.json"));
  const std::vector events{serial_write(), serial_write()};
  trace.write(kCpu1, events);
  trace.write(kCpu1, events);
  trace.finish();
  const std::string text = folder.content("t.json");
  CHECK_THAT(text, Contains(R"({"name":"write com1.THR","cat":"exit","ph":"X","pid":1,"tid":2,)"
                            R"("ts":1000.500,"dur":2.250,"args":{"reason":"port write",)"
                            R"("rip":"0x100123","address":"0x3f8","width":1,"value":"0x41",)"
                            R"("count":1}})"));
  const std::string name = R"("args":{"name":"vCPU 1"}})";
  CHECK_THAT(text, Contains(name));
  CHECK(text.find(name) == text.rfind(name));
  CHECK_THAT(text, Catch::EndsWith("\n]}\n"));
}

TEST_CASE("a request begins and ends, with one id") {
  const test::TempFolder folder;
  ChromeTrace trace(folder.path("t.json"));
  const std::vector events{
      TraceEvent{.start = 10us, .duration = 5us, .what = TracedRequest{"read", 1, 4096, 512, 0}},
      TraceEvent{.start = 9us, .duration = 7us, .what = TracedWork{.taken = 1, .answered = 2}}};
  trace.write(kDisk0, events);
  trace.finish();
  const std::string text = folder.content("t.json");
  CHECK_THAT(text, Contains(R"("id":"0x1","pid":1,"tid":10001,"ph":"b","ts":10.000,"args":)"
                            R"({"queue":1,"offset":"0x1000","bytes":512}})"));
  CHECK_THAT(text, Contains(R"("id":"0x1","pid":1,"tid":10001,"ph":"e","ts":15.000,"args":)"
                            R"({"errno":0}})"));
  CHECK_THAT(text, Contains(R"("args":{"taken":1,"answered":2}})"));
}

TEST_CASE("a trace that can't be written is refused with the option's name") {
  CHECK_THROWS_WITH(ChromeTrace("/nowhere/t.json"), Contains("--trace '/nowhere/t.json' can't"));
  CHECK_THROWS_AS(ExitLines("/nowhere/t.jsonl"), ConfigError);
}

TEST_CASE("a disk that is full ends the trace, and nothing else") {
  ExitLines lines("/dev/full");
  const std::vector events{serial_write()};
  lines.write(kCpu1, events);
  lines.write(kCpu1, events);
  lines.finish();
}

TEST_CASE("vCPUs that are quicker than the writer lose no exit") {
  constexpr unsigned kCpus = 2;
  constexpr std::size_t kExits = 40'000;
  CountingSink::Counts counts;
  std::vector<std::unique_ptr<TraceSink>> sinks;
  sinks.push_back(std::make_unique<CountingSink>(counts));
  TraceRecorder recorder(kCpus, 1, std::move(sinks),
                         {.rip = [](unsigned) { return std::uint64_t{0}; }});
  std::vector<std::thread> threads;
  for (unsigned cpu = 0; cpu < kCpus; ++cpu) {
    threads.emplace_back([&recorder, cpu] {
      for (std::size_t i = 0; i < kExits; ++i)
        recorder.on_exit(cpu, {.kind = ExitKind::kHalt}, {}, ExitObserver::Time::clock::now());
    });
  }
  for (std::size_t i = 0; i < 100; ++i) recorder.disk(0).on_request({.what = "read"});
  for (std::thread& thread : threads) thread.join();
  recorder.finish();
  CHECK(counts.exits == kCpus * kExits);
  CHECK(counts.others == 100);
  CHECK(counts.finished);
}

}  // namespace
}  // namespace minivmm::debug
