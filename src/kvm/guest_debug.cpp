#include "kvm/guest_debug.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

// DR7's fields (Intel SDM 3B, 17.2.4): Gn enables breakpoint n, R/Wn says on what, LENn how long.
constexpr std::uint64_t kExactGlobal = 1u << 9;  // GE.
constexpr std::uint64_t kReservedOne = 1u << 10;

std::uint64_t condition_bits(HardwareStop::Kind kind) {
  switch (kind) {
    case HardwareStop::Kind::kExecute:
      return 0;
    case HardwareStop::Kind::kWrite:
      return 1;
    case HardwareStop::Kind::kReadWrite:
      break;
  }
  return 3;
}

std::uint64_t length_bits(unsigned length) {
  switch (length) {
    case 2:
      return 1;
    case 4:
      return 3;
    case 8:
      return 2;
    default:
      return 0;
  }
}

bool valid_stop(const HardwareStop& stop) {
  if (stop.kind == HardwareStop::Kind::kExecute) return stop.length == 1;
  const bool known = stop.length == 1 || stop.length == 2 || stop.length == 4 || stop.length == 8;
  return known && stop.linear % stop.length == 0;
}

PicState to_state(const kvm_pic_state& kernel) {
  return {.irr = kernel.irr,
          .imr = kernel.imr,
          .isr = kernel.isr,
          .base = kernel.irq_base,
          .elcr = kernel.elcr,
          .auto_eoi = kernel.auto_eoi != 0,
          .initialising = kernel.init_state != 0};
}

kvm_irqchip read_irqchip(const Vm& vm, unsigned id) {
  kvm_irqchip chip{};
  chip.chip_id = id;
  checked_ioctl(vm.fd(), KVM_GET_IRQCHIP, &chip, "KVM_GET_IRQCHIP failed");
  return chip;
}

}  // namespace

bool valid(const std::vector<HardwareStop>& stops) {
  return stops.size() <= kHardwareStops && std::ranges::all_of(stops, valid_stop);
}

std::uint64_t debug_control(const std::vector<HardwareStop>& stops) {
  if (stops.empty()) return kReservedOne;
  std::uint64_t control = kExactGlobal | kReservedOne;
  for (std::size_t n = 0; n < stops.size(); ++n) {
    control |= std::uint64_t{2} << (2 * n);
    control |= (condition_bits(stops[n].kind) | length_bits(stops[n].length) << 2) << (16 + 4 * n);
  }
  return control;
}

void set_guest_debug(const Vm& vm, const Vcpu& vcpu, const GuestDebug& wanted) {
  kvm_guest_debug debug{};
  if (wanted.any()) debug.control = KVM_GUESTDBG_ENABLE;
  if (wanted.single_step) {
    debug.control |= KVM_GUESTDBG_SINGLESTEP;
    const auto known = static_cast<unsigned>(vm.kvm().check(KVM_CAP_SET_GUEST_DEBUG2));
    if ((known & KVM_GUESTDBG_BLOCKIRQ) != 0) debug.control |= KVM_GUESTDBG_BLOCKIRQ;
  }
  if (wanted.software_stops) debug.control |= KVM_GUESTDBG_USE_SW_BP;
  if (!wanted.stops.empty()) {
    debug.control |= KVM_GUESTDBG_USE_HW_BP;
    for (std::size_t n = 0; n < wanted.stops.size(); ++n)
      debug.arch.debugreg[n] = wanted.stops[n].linear;
    debug.arch.debugreg[7] = debug_control(wanted.stops);
  }
  checked_ioctl(vcpu.fd(), KVM_SET_GUEST_DEBUG, &debug, "KVM refuses to debug the guest");
}

std::string activity(const Vcpu& vcpu) {
  kvm_mp_state state{};
  checked_ioctl(vcpu.fd(), KVM_GET_MP_STATE, &state, "KVM_GET_MP_STATE failed");
  switch (state.mp_state) {
    case KVM_MP_STATE_RUNNABLE:
      return "running";
    case KVM_MP_STATE_UNINITIALIZED:
      return "waiting for INIT";
    case KVM_MP_STATE_INIT_RECEIVED:
      return "waiting for SIPI";
    case KVM_MP_STATE_HALTED:
      return "halted";
    case KVM_MP_STATE_SIPI_RECEIVED:
      return "starting after SIPI";
    default:
      return fmt::format("state {}", state.mp_state);
  }
}

std::optional<std::uint8_t> pending_vector(const Vcpu& vcpu) {
  kvm_vcpu_events events{};
  checked_ioctl(vcpu.fd(), KVM_GET_VCPU_EVENTS, &events, "KVM_GET_VCPU_EVENTS failed");
  constexpr std::uint8_t kNmi = 2;
  if (events.exception.injected != 0 || events.exception.pending != 0) return events.exception.nr;
  if (events.nmi.injected != 0) return kNmi;
  if (events.interrupt.injected != 0 && events.interrupt.soft == 0) return events.interrupt.nr;
  return std::nullopt;
}

LocalApicPage local_apic(const Vcpu& vcpu) {
  kvm_lapic_state state{};
  checked_ioctl(vcpu.fd(), KVM_GET_LAPIC, &state, "KVM_GET_LAPIC failed");
  LocalApicPage page;
  static_assert(sizeof state.regs == sizeof page);
  std::memcpy(page.data(), state.regs, page.size());
  return page;
}

InterruptControllers interrupt_controllers(const Vm& vm) {
  InterruptControllers all;
  all.pics[0] = to_state(read_irqchip(vm, KVM_IRQCHIP_PIC_MASTER).chip.pic);
  all.pics[1] = to_state(read_irqchip(vm, KVM_IRQCHIP_PIC_SLAVE).chip.pic);
  const kvm_ioapic_state io_apic = read_irqchip(vm, KVM_IRQCHIP_IOAPIC).chip.ioapic;
  all.io_apic.base = {io_apic.base_address};
  all.io_apic.id = io_apic.id;
  for (std::size_t pin = 0; pin < all.io_apic.redirections.size(); ++pin)
    all.io_apic.redirections[pin] = io_apic.redirtbl[pin].bits;
  kvm_pit_state2 pit{};
  checked_ioctl(vm.fd(), KVM_GET_PIT2, &pit, "KVM_GET_PIT2 failed");
  for (std::size_t n = 0; n < all.pit.size(); ++n) {
    const kvm_pit_channel_state& channel = pit.channels[n];
    all.pit[n] = {.count = channel.count,
                  .mode = channel.mode,
                  .bcd = channel.bcd != 0,
                  .gate = channel.gate != 0};
  }
  return all;
}

}  // namespace minivmm::kvm
