#include "machine/debug_machine.h"

#include <algorithm>

#include "kvm/stop_support.h"
#include "minivmm/error.h"

namespace minivmm {

void DebugMachine::enter_board(const DebuggedBoard& board) {
  board_ = std::make_unique<DebuggedBoard>(board);
  // The debugger is outside: it waits for this board.
  if (wanted_.any()) apply(wanted_);
  if (!msrs_.empty() || board.unknown_msrs) (void)apply_msr_exits(msrs_);
  mirror_registers(gate_.attached());
  gate_.enter_board(*this);
}

void DebugMachine::leave_board() {
  gate_.leave_board();
  board_.reset();
}

void DebugMachine::apply(const kvm::GuestDebug& wanted) {
  for (const auto& one : board_->vcpus) kvm::set_guest_debug(board_->vm, *one, wanted);
}

// A debugger says at each stop what it wants, and mostly the same: that takes no system calls.
void DebugMachine::change(kvm::GuestDebug wanted) {
  if (wanted == wanted_) return;
  wanted_ = std::move(wanted);
  apply(wanted_);
}

void DebugMachine::mirror_registers(bool on) {
  for (const auto& one : board_->vcpus)
    one->mirror_registers(on ? kvm::Mirrored::kAll : board_->mirrored);
}

StopSupport DebugMachine::stop_support() {
  if (!support_) support_ = kvm::try_stops(board_->vm.kvm());
  return *support_;
}

bool DebugMachine::set_hardware_stops(const std::vector<HardwareStop>& stops) {
  if (!kvm::valid(stops)) return false;
  kvm::GuestDebug wanted = wanted_;
  wanted.stops = stops;
  change(std::move(wanted));
  return true;
}

void DebugMachine::set_software_stops(const std::vector<GuestAddress>& planted) {
  planted_ = planted;
  kvm::GuestDebug wanted = wanted_;
  wanted.software_stops = !planted.empty();
  change(std::move(wanted));
}

bool DebugMachine::set_msr_exits(const std::vector<std::uint32_t>& indices) {
  if (indices == msrs_) return true;
  if (!apply_msr_exits(indices)) return false;
  msrs_ = indices;
  return true;
}

bool DebugMachine::apply_msr_exits(const std::vector<std::uint32_t>& indices) {
  return board_->vm.set_msr_exits({.named = indices, .unknown = board_->unknown_msrs});
}

DebugStop DebugMachine::wait_for_stop() {
  DebugStop found = gate_.wait();
  // A debugger that came to a running machine.
  if (found.reason != DebugStop::Reason::kEnded) mirror_registers(true);
  return found;
}

DebugStop DebugMachine::resume() {
  control_.resume();
  return gate_.release(DebugGate::Until::kStop);
}

DebugStop DebugMachine::step_exit() {
  control_.resume();
  return gate_.release(DebugGate::Until::kNextExit);
}

DebugStop DebugMachine::step_instruction(unsigned cpu) {
  control_.resume();
  kvm::GuestDebug stepping = wanted_;
  stepping.single_step = true;
  kvm::set_guest_debug(board_->vm, vcpu(cpu), stepping);
  DebugStop found = gate_.release_one(cpu);
  const bool same_board =
      found.reason != DebugStop::Reason::kEnded && found.reason != DebugStop::Reason::kStarted;
  if (same_board) kvm::set_guest_debug(board_->vm, vcpu(cpu), wanted_);
  return found;
}

void DebugMachine::quit() {
  stop_.request({.kind = StopKind::kUserQuit});
  detach();
}

void DebugMachine::detach() {
  planted_.clear();
  change({});
  (void)set_msr_exits({});
  mirror_registers(false);
  gate_.detach();
}

unsigned DebugMachine::count() const {
  return static_cast<unsigned>(board_->vcpus.size());
}

void DebugMachine::kick_others(std::optional<unsigned> cpu) {
  for (const auto& one : board_->vcpus) {
    if (one->index() != cpu) one->kick();
  }
  control_.wake();
}

std::optional<HardwareStop> DebugMachine::hardware_stop(std::uint64_t hit) const {
  for (std::size_t n = 0; n < wanted_.stops.size(); ++n) {
    if ((hit >> n & 1) != 0) return wanted_.stops[n];
  }
  return std::nullopt;
}

bool DebugMachine::planted(GuestAddress at) const {
  return std::ranges::find(planted_, at) != planted_.end();
}

const DebuggedBoard& DebugMachine::settled() const {
  gate_.settle();
  return *board_;
}

const GuestMemory& DebugMachine::memory() const {
  return settled().memory;
}

CpuRegisters DebugMachine::registers(unsigned cpu) const {
  return vcpu(cpu).registers();
}

void DebugMachine::set_registers(unsigned cpu, const CpuRegisters& registers) {
  vcpu(cpu).set_registers(registers);
}

CpuSpecialRegisters DebugMachine::special_registers(unsigned cpu) const {
  return vcpu(cpu).special_registers();
}

bool DebugMachine::set_special_registers(unsigned cpu, const CpuSpecialRegisters& registers) {
  try {
    vcpu(cpu).set_special_registers(registers);
  } catch (const HostError&) {
    return false;  // KVM checks them as the processor would.
  }
  return true;
}

std::vector<std::uint32_t> DebugMachine::msr_list() const {
  return board_->vm.kvm().msr_indices();
}

std::optional<std::uint64_t> DebugMachine::msr(unsigned cpu, std::uint32_t index) const {
  return vcpu(cpu).msr(index);
}

bool DebugMachine::set_msr(unsigned cpu, std::uint32_t index, std::uint64_t value) {
  return vcpu(cpu).try_set_msr(index, value);
}

std::string DebugMachine::activity(unsigned cpu) const {
  return kvm::activity(vcpu(cpu));
}

std::optional<std::uint8_t> DebugMachine::pending_vector(unsigned cpu) const {
  return kvm::pending_vector(vcpu(cpu));
}

LocalApicPage DebugMachine::local_apic(unsigned cpu) const {
  return kvm::local_apic(vcpu(cpu));
}

InterruptControllers DebugMachine::interrupt_controllers() const {
  return kvm::interrupt_controllers(settled().vm);
}

std::vector<DeviceRange> DebugMachine::device_ranges() const {
  return board_->devices.ranges();
}

DevicePlace DebugMachine::place(AddressSpace space, std::uint64_t address, Access access) const {
  return board_->devices.place(space, address, access);
}

std::optional<std::vector<RegisterValue>> DebugMachine::device_registers(
    const std::string& device) const {
  return settled().devices.registers(device);
}

std::vector<QueueView> DebugMachine::device_queues(const std::string& device) const {
  return settled().devices.queues(device);
}

std::vector<std::string> DebugMachine::device_names() const {
  return board_->devices.names();
}

}  // namespace minivmm
