#include "machine/vcpu_thread.h"

#include <fmt/core.h>
#include <pthread.h>

#include <chrono>
#include <exception>

#include "debug/page_walk.h"
#include "kvm/account.h"

namespace minivmm {
namespace {

constexpr std::uint8_t kBreakpoint = 3;  // #BP (Intel SDM 3A, table 6-1).

debug::CrashKind crash_kind(const kvm::VcpuExit& exit) {
  if (std::holds_alternative<kvm::Shutdown>(exit)) return debug::CrashKind::kTripleFault;
  const auto* error = std::get_if<kvm::InternalError>(&exit);
  return error != nullptr && error->is_emulation_failure() ? debug::CrashKind::kEmulation
                                                           : debug::CrashKind::kOther;
}

}  // namespace

VcpuThread::VcpuThread(const Wiring& wiring)
    : wiring_(wiring), dispatch_(wiring.ports, wiring.mmio) {}

void VcpuThread::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), fmt::format("vcpu-{}", wiring_.vcpu.index()).c_str());
    try {
      run();
    } catch (const std::exception& error) {
      wiring_.stop.request(
          {.kind = StopKind::kHostFailure, .account = fmt::format("{}\n", error.what())});
    }
  });
}

void VcpuThread::stop() {
  if (!thread_.joinable()) return;
  wiring_.vcpu.kick();
  thread_.join();
}

void VcpuThread::run() {
  kvm::Vcpu& vcpu = wiring_.vcpu;
  vcpu.bind_to_this_thread();
  while (!wiring_.stop.requested()) {
    // A debugger goes first: it may look into a paused machine.
    if (wiring_.gate.holds(vcpu.index())) {
      stand();
      continue;
    }
    if (wiring_.control.paused()) {
      wait_while_paused();
      continue;
    }
    const kvm::VcpuExit exit = vcpu.run();
    if (const auto* trap = std::get_if<kvm::Debug>(&exit)) {
      take_trap(*trap);
      continue;
    }
    if (dispatch_.history().count() == 0)
      wiring_.timeline.mark(fmt::format("first exit of vCPU {}", vcpu.index()));
    const bool resolved = wiring_.windows.resolve(exit, vcpu);
    switch (handle(exit)) {
      case ExitDispatch::Outcome::kContinue:
        break;
      case ExitDispatch::Outcome::kInterrupted:
        vcpu.clear_kick();
        break;
      case ExitDispatch::Outcome::kFatal:
        if (!resolved && !take_failed_int3(exit)) return crash(exit);
        break;
    }
  }
}

// Where nobody looks on, an exit costs what its answer costs.
ExitDispatch::Outcome VcpuThread::handle(const kvm::VcpuExit& exit) {
  const bool debugged = wiring_.gate.attached();
  ExitObserver* const observer = wiring_.observers.any();
  if (observer == nullptr && !debugged) return dispatch_.handle(exit);
  const auto exited = std::chrono::steady_clock::now();
  const DevicePlace place = place_of(exit);
  const ExitDispatch::Outcome outcome = dispatch_.handle(exit);
  const ExitRecord& record = dispatch_.history().newest();
  if (observer != nullptr) observer->on_exit(wiring_.vcpu.index(), record, place, exited);
  const bool goes_on = outcome != ExitDispatch::Outcome::kFatal;
  if (debugged && goes_on) wiring_.gate.on_exit(wiring_.vcpu.index(), record, place, exited);
  return outcome;
}

// What an address leads to may change by the very access: asked before the device answers.
DevicePlace VcpuThread::place_of(const kvm::VcpuExit& exit) const {
  const DeviceDirectory& devices = wiring_.devices;
  if (const auto* in = std::get_if<kvm::PioIn>(&exit))
    return devices.place(AddressSpace::kPorts, in->port.value, Access::kRead);
  if (const auto* out = std::get_if<kvm::PioOut>(&exit))
    return devices.place(AddressSpace::kPorts, out->port.value, Access::kWrite);
  if (const auto* read = std::get_if<kvm::MmioRead>(&exit))
    return devices.place(AddressSpace::kMemory, read->address.value, Access::kRead);
  if (const auto* write = std::get_if<kvm::MmioWrite>(&exit))
    return devices.place(AddressSpace::kMemory, write->address.value, Access::kWrite);
  return {};
}

void VcpuThread::wait_while_paused() {
  wiring_.control.wait_while_paused([this] { return wiring_.gate.holds(wiring_.vcpu.index()); });
  wiring_.vcpu.excuse_pause();
}

void VcpuThread::stand() {
  const auto since = std::chrono::steady_clock::now();
  wiring_.gate.park(wiring_.vcpu.index(), [this] { finish_instruction(); });
  // A guest takes seconds for a hang, and a script stops it thousands of times a second.
  constexpr std::chrono::milliseconds kNoticed{100};
  if (std::chrono::steady_clock::now() - since > kNoticed) wiring_.vcpu.excuse_pause();
}

// Of the last exit, so that the registers are those after it.
void VcpuThread::finish_instruction() {
  kvm::VcpuExit piece = wiring_.vcpu.complete_io();
  while (dispatch_.handle(piece) == ExitDispatch::Outcome::kContinue)
    piece = wiring_.vcpu.complete_io();
}

// KVM's emulator, which runs the guest's ring 0 where the processor can't, lacks INT3 in protected
// and long mode.
bool VcpuThread::take_failed_int3(const kvm::VcpuExit& exit) {
  constexpr std::byte kInt3{0xcc};
  const auto* error = std::get_if<kvm::InternalError>(&exit);
  if (error == nullptr || !error->is_emulation_failure()) return false;
  const auto at = code_address();
  if (!at || wiring_.memory.read<std::byte>(*at) != kInt3) return false;
  wiring_.vcpu.drop_pending_exception();
  if (wiring_.gate.planted(*at)) {
    wiring_.gate.on_stop({.reason = DebugStop::Reason::kBreakpoint, .cpu = wiring_.vcpu.index()});
    return true;
  }
  // KVM doesn't know how long the instruction is that it couldn't emulate.
  kvm::Registers registers = wiring_.vcpu.registers();
  ++registers.rip;
  wiring_.vcpu.set_registers(registers);
  wiring_.vcpu.inject_breakpoint();
  return true;
}

/// Where the next instruction is; nullopt: not mapped.
std::optional<GuestAddress> VcpuThread::code_address() const {
  const kvm::SpecialRegisters special = wiring_.vcpu.special_registers();
  return debug::translate(wiring_.memory, special,
                          debug::linear_rip(wiring_.vcpu.registers(), special));
}

void VcpuThread::take_trap(const kvm::Debug& trap) {
  constexpr std::uint64_t kSingleStep = 1 << 14;  // DR6.BS (Intel SDM 3B, 17.2.3).
  constexpr std::uint64_t kWhich = 0xf;           // DR6.B0 to B3.
  using Reason = DebugStop::Reason;
  DebugStop found{.reason = Reason::kBreakpoint, .cpu = wiring_.vcpu.index()};
  if (trap.exception == kBreakpoint) {
    const auto at = code_address();
    if (!at || !wiring_.gate.planted(*at)) return wiring_.vcpu.inject_breakpoint();
  } else {
    const auto hit = wiring_.gate.hardware_stop(trap.dr6 & kWhich);
    if (hit && hit->kind != HardwareStop::Kind::kExecute) {
      found.reason = Reason::kWatchpoint;
      found.watched = hit->linear;
    } else if (!hit && (trap.dr6 & kSingleStep) != 0) {
      found.reason = Reason::kStep;
    }
  }
  wiring_.gate.on_stop(found);
}

debug::Crash VcpuThread::account_of(const kvm::VcpuExit& exit) const {
  const kvm::Vcpu& vcpu = wiring_.vcpu;
  debug::Crash crash{.kind = crash_kind(exit),
                     .headline = kvm::headline(exit),
                     .cpu = vcpu.index(),
                     .registers = vcpu.registers(),
                     .special = vcpu.special_registers()};
  if (const auto earlier = vcpu.earlier_registers())
    crash.earlier = {earlier->registers, earlier->special, earlier->exits_ago};
  return crash;
}

void VcpuThread::crash(const kvm::VcpuExit& exit) {
  if (std::holds_alternative<kvm::MemoryFault>(exit)) throw wiring_.vcpu.memory_fault_error();
  const debug::Crash crash = account_of(exit);
  std::string account = debug::post_mortem(crash, wiring_.memory, dispatch_.history());
  if (!wiring_.gate.attached() && wiring_.call_debugger) {
    wiring_.gate.attach_debugger();
    wiring_.call_debugger();
  }
  if (wiring_.gate.attached()) {
    wiring_.gate.on_stop(
        {.reason = DebugStop::Reason::kCrashed, .cpu = wiring_.vcpu.index(), .account = account});
    wiring_.gate.park(wiring_.vcpu.index(), [] {});
  }
  wiring_.stop.request({.kind = StopKind::kCrash, .account = std::move(account)});
}

}  // namespace minivmm
