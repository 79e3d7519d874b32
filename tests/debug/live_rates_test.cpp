// Exits per second, as they are told while somebody looks.

#include "debug/live_rates.h"

#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

namespace minivmm::debug {
namespace {

using namespace std::chrono_literals;

struct Watched {
  explicit Watched(unsigned cpus = 2) : rates(cpus) { rates.begin(now); }

  void write(unsigned cpu, std::uint64_t port, unsigned times = 1) {
    exit(cpu, {.kind = ExitKind::kPioOut, .width = 1, .address = port}, times);
  }
  void exit(unsigned cpu, const ExitRecord& record, unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i) rates.on_exit(cpu, record, {}, now);
  }
  LiveSample after(std::chrono::nanoseconds time) {
    now += std::chrono::duration_cast<ExitObserver::Time::duration>(time);
    LiveSample sample;
    rates.take(
        now,
        [this](AddressSpace space, std::uint64_t address, Access access) {
          if (space != AddressSpace::kPorts || address != 0x3f8) return DevicePlace{};
          return DevicePlace{"com1", access == Access::kRead ? "RBR" : thr};
        },
        sample);
    return sample;
  }

  ExitObserver::Time now{1000s};
  std::string thr = "THR";
  LiveRates rates;
};

// "com1.THR write 3, ..."
std::string registers(const LiveSample& sample) {
  static constexpr std::array kAccess{"read", "write", "none"};
  std::string text;
  for (std::uint32_t i = 0; i < sample.register_count; ++i) {
    const auto& one = sample.registers[i];
    text += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", text_of(one.name),
                        kAccess.at(static_cast<std::size_t>(one.access)), one.exits);
  }
  return text;
}

std::string devices(const LiveSample& sample) {
  std::string text;
  for (std::uint32_t i = 0; i < sample.device_count; ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", text_of(sample.devices[i].name),
                        sample.devices[i].exits);
  return text;
}

TEST_CASE("exits of a second are told by device, by register and by vCPU, the most first") {
  Watched machine;
  machine.write(0, 0x3f8, 3);
  machine.write(1, 0x3f8, 2);
  machine.exit(1, {.kind = ExitKind::kPioIn, .width = 1, .address = 0x3f8});
  machine.exit(1, {.kind = ExitKind::kHalt}, 4);
  const LiveSample sample = machine.after(1s);
  CHECK(sample.exits == 10);
  CHECK(devices(sample) == "com1 6, processor 4");
  CHECK(registers(sample) == "com1.THR write 5, processor.halt none 4, com1.RBR read 1");
  CHECK(sample.cpus[0].exits == 3);
  CHECK(sample.cpus[1].exits == 7);
}

TEST_CASE("each sample tells of its own time, and of that as of a second") {
  Watched machine;
  machine.write(0, 0x3f8, 100);
  CHECK(machine.after(1s).exits == 100);
  machine.write(0, 0x3f8, 100);
  CHECK(machine.after(500ms).exits == 200);
  const LiveSample idle = machine.after(1s);
  CHECK(idle.exits == 0);
  CHECK(idle.device_count == 0);
  CHECK(idle.register_count == 0);
}

TEST_CASE("what happened while nobody looked is not told when somebody looks again") {
  Watched machine;
  machine.write(0, 0x3f8, 5);
  machine.now += 100s;
  machine.rates.begin(machine.now);
  machine.write(0, 0x3f8, 2);
  CHECK(machine.after(1s).exits == 2);
}

TEST_CASE("what nobody answers is told by its address") {
  Watched machine;
  machine.write(0, 0x80, 2);
  machine.exit(0, {.kind = ExitKind::kMmioRead, .width = 4, .address = 0xfed00000});
  const LiveSample sample = machine.after(1s);
  CHECK(devices(sample) == "(nobody) 3");
  CHECK(registers(sample) == "(nobody) port 0x80 write 2, (nobody) memory 0xfed00000 read 1");
}

TEST_CASE("a register without a name is told by its device and address") {
  Watched machine;
  machine.thr = "";
  machine.write(0, 0x3f8);
  CHECK(registers(machine.after(1s)) == "com1 port 0x3f8 write 1");
}

TEST_CASE("the same address as port and as memory, read and written, are four places") {
  Watched machine;
  for (const ExitKind kind :
       {ExitKind::kPioIn, ExitKind::kPioOut, ExitKind::kMmioRead, ExitKind::kMmioWrite})
    machine.exit(0, {.kind = kind, .width = 1, .address = 0x3f8});
  CHECK(machine.after(1s).register_count == 4);
}

TEST_CASE("a guest that touches more addresses than there is room for is counted all the same") {
  Watched machine;
  constexpr unsigned kMany = 50'000;
  for (unsigned i = 0; i < kMany; ++i)
    machine.exit(0, {.kind = ExitKind::kMmioWrite, .width = 4, .address = 0xe000'0000 + 4 * i});
  const LiveSample sample = machine.after(1s);
  CHECK(sample.exits == kMany);
  CHECK(sample.register_count == LiveSample::kMostRegisters);
  CHECK(text_of(sample.devices[0].name) == "(elsewhere)");
  // The places that are known are still told apart.
  machine.exit(0, {.kind = ExitKind::kMmioWrite, .width = 4, .address = 0xe000'0000}, 7);
  CHECK(registers(machine.after(1s)) == "(nobody) memory 0xe0000000 write 7");
}

TEST_CASE("more vCPUs than a sample lists are in its sum") {
  Watched machine(LiveSample::kMostCpus + 1);
  machine.write(LiveSample::kMostCpus, 0x3f8, 9);
  CHECK(machine.after(1s).exits == 9);
}

}  // namespace
}  // namespace minivmm::debug
