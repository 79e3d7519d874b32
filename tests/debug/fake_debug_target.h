#pragma once
// A machine of two vCPUs that stands and goes as a test says, for debuggers.

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/event_fd.h"
#include "minivmm/debug_target.h"
#include "support/paged_guest.h"

namespace minivmm::test {

/// 1 MiB of RAM, identity-mapped; RIP at 0x8000. Runs to the stops of `stops`, one after the other,
/// past exits that the filter doesn't want; without any left the machine has ended.
class FakeDebugTarget : public DebugTarget {
 public:
  FakeDebugTarget() {
    guest.identity_map();
    for (CpuRegisters& one : cpus) one.rip = 0x8000;
  }

  PagedGuest guest;
  std::array<CpuRegisters, 2> cpus{};
  std::deque<DebugStop> stops;
  std::vector<HardwareStop> hardware;
  std::vector<GuestAddress> planted;
  ExitFilter filter;
  StopSupport support{.kernel = {true, true, true, true}, .user = {true, true, true, true}};
  unsigned interrupts = 0;
  bool left = false;

  void set_exit_filter(ExitFilter wanted) override { filter = std::move(wanted); }
  StopSupport stop_support() override { return support; }
  bool set_hardware_stops(const std::vector<HardwareStop>& wanted) override {
    if (wanted.size() > 4) return false;
    hardware = wanted;
    return true;
  }
  void set_software_stops(const std::vector<GuestAddress>& wanted) override { planted = wanted; }
  bool set_msr_exits(const std::vector<std::uint32_t>& indices) override {
    return indices.size() <= 16;
  }

  DebugStop wait_for_stop() override { return next(); }
  int gone_fd() const override { return gone.fd(); }
  DebugStop resume() override {
    for (;;) {
      DebugStop stop = next();
      if (stop.reason != DebugStop::Reason::kExit) return stop;
      if (filter && filter(stop.cpu, stop.exit, stop.place)) return stop;
    }
  }
  DebugStop step_exit() override { return next(); }
  DebugStop step_instruction(unsigned cpu) override {
    ++cpus.at(cpu).rip;
    return {.reason = DebugStop::Reason::kStep, .cpu = cpu};
  }
  void interrupt() override { ++interrupts; }
  void quit() override { left = true; }
  void detach() override { left = true; }

  unsigned cpu_count() const override { return static_cast<unsigned>(cpus.size()); }
  CpuRegisters registers(unsigned cpu) const override { return cpus.at(cpu); }
  void set_registers(unsigned cpu, const CpuRegisters& registers) override {
    cpus.at(cpu) = registers;
  }
  CpuSpecialRegisters special_registers(unsigned) const override { return guest.registers; }
  bool set_special_registers(unsigned, const CpuSpecialRegisters& registers) override {
    guest.registers = registers;
    return true;
  }
  std::vector<std::uint32_t> msr_list() const override { return {0x10}; }
  std::optional<std::uint64_t> msr(unsigned, std::uint32_t index) const override {
    return index == 0x10 ? std::optional<std::uint64_t>(77) : std::nullopt;
  }
  bool set_msr(unsigned, std::uint32_t index, std::uint64_t) override { return index == 0x10; }
  std::string activity(unsigned) const override { return "running"; }
  std::optional<std::uint8_t> pending_vector(unsigned) const override { return std::nullopt; }
  LocalApicPage local_apic(unsigned) const override { return {}; }
  InterruptControllers interrupt_controllers() const override { return {}; }
  const GuestMemory& memory() const override { return guest.memory; }

  std::vector<DeviceRange> device_ranges() const override {
    return {{.device = "com1", .space = AddressSpace::kPorts, .range = {{0x3f8}, 8}}};
  }
  DevicePlace place(AddressSpace space, std::uint64_t address, Access) const override {
    const bool is_serial = space == AddressSpace::kPorts && address >= 0x3f8 && address < 0x400;
    return is_serial ? DevicePlace{"com1", address == 0x3fb ? "LCR" : "THR"} : DevicePlace{};
  }
  std::optional<std::vector<RegisterValue>> device_registers(
      const std::string& device) const override {
    if (device != "com1") return std::nullopt;
    return std::vector<RegisterValue>{{.name = "LCR", .value = 3, .meaning = "8N1"}};
  }
  std::vector<QueueView> device_queues(const std::string&) const override { return {}; }
  std::vector<std::string> device_names() const override { return {"com1"}; }

 private:
  DebugStop next() {
    if (stops.empty()) return {.reason = DebugStop::Reason::kEnded};
    DebugStop stop = stops.front();
    stops.pop_front();
    return stop;
  }
  EventFd gone;
};

}  // namespace minivmm::test
