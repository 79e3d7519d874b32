// Commands that read KVM's own interrupt controllers and timer.

#include <fmt/format.h>

#include <array>

#include "debug/command_table.h"
#include "minivmm/io_device.h"

namespace minivmm::debug {
namespace {

// The local APIC's registers (Intel SDM 3A, table 11-1).
struct ApicRegister {
  std::uint32_t offset;
  std::string_view name;
};
constexpr std::array<ApicRegister, 19> kApicRegisters{{{0x20, "ID"},
                                                       {0x30, "VERSION"},
                                                       {0x80, "TPR"},
                                                       {0xa0, "PPR"},
                                                       {0xd0, "LDR"},
                                                       {0xe0, "DFR"},
                                                       {0xf0, "SVR"},
                                                       {0x280, "ESR"},
                                                       {0x300, "ICR low"},
                                                       {0x310, "ICR high"},
                                                       {0x320, "LVT timer"},
                                                       {0x330, "LVT thermal"},
                                                       {0x340, "LVT performance"},
                                                       {0x350, "LVT LINT0"},
                                                       {0x360, "LVT LINT1"},
                                                       {0x370, "LVT error"},
                                                       {0x380, "timer initial"},
                                                       {0x390, "timer current"},
                                                       {0x3e0, "timer divide"}}};
constexpr std::uint32_t kIsr = 0x100;
constexpr std::uint32_t kTmr = 0x180;
constexpr std::uint32_t kIrr = 0x200;

std::uint32_t read(const LocalApicPage& page, std::uint32_t offset) {
  return static_cast<std::uint32_t>(load_le(std::span(page).subspan(offset, 4)));
}

// The vectors of a 256-bit register, which is in eight pieces, 16 bytes apart.
std::string vectors(const LocalApicPage& page, std::uint32_t offset) {
  std::string text;
  for (unsigned vector = 0; vector < 256; ++vector) {
    if ((read(page, offset + vector / 32 * 16) >> vector % 32 & 1) != 0)
      text += fmt::format(" {:#x}", vector);
  }
  return text.empty() ? " none" : text;
}

std::string delivery(std::uint64_t entry) {
  static constexpr std::array kModes{"fixed", "lowest", "SMI",    "mode 3",
                                     "NMI",   "INIT",   "mode 6", "ExtINT"};
  return fmt::format("{} vector {:#x}{}{}", kModes[entry >> 8 & 7], entry & 0xff,
                     (entry >> 16 & 1) != 0 ? ", masked" : "",
                     (entry >> 12 & 1) != 0 ? ", pending" : "");
}

void lapic(Debugger& debugger, const Arguments& /*arguments*/) {
  const LocalApicPage page = debugger.target().local_apic(debugger.cpu());
  std::string text;
  for (const auto& [offset, name] : kApicRegisters) {
    const std::uint32_t value = read(page, offset);
    const bool entry = name.starts_with("LVT");
    text += fmt::format("{:03x} {:<16} {:08x}{}\n", offset, name, value,
                        entry ? "  " + delivery(value) : "");
  }
  text += fmt::format("in service:{}\nrequested:{}\nlevel:{}\n", vectors(page, kIsr),
                      vectors(page, kIrr), vectors(page, kTmr));
  debugger.print(text);
}

// 82093AA datasheet, 3.2.4: vector, mode, destination, polarity, trigger, mask.
std::string pin_text(std::size_t pin, std::uint64_t entry) {
  constexpr unsigned kDestination = 56;
  return fmt::format("{:>2}  {:016x}  {}{}{}, to {} {}{}\n", pin, entry, delivery(entry),
                     (entry >> 15 & 1) != 0 ? ", level" : ", edge",
                     (entry >> 13 & 1) != 0 ? ", low" : "",
                     (entry >> 11 & 1) != 0 ? "logical" : "APIC", entry >> kDestination,
                     (entry >> 14 & 1) != 0 ? ", waits for EOI" : "");
}

void ioapic(Debugger& debugger, const Arguments& /*arguments*/) {
  const IoApicState state = debugger.target().interrupt_controllers().io_apic;
  std::string text = fmt::format("at {:#x}, ID {}\n", state.base.value, state.id);
  for (std::size_t pin = 0; pin < state.redirections.size(); ++pin)
    text += pin_text(pin, state.redirections[pin]);
  debugger.print(text);
}

void pic(Debugger& debugger, const Arguments& /*arguments*/) {
  const auto pics = debugger.target().interrupt_controllers().pics;
  for (std::size_t n = 0; n < pics.size(); ++n) {
    const PicState& one = pics[n];
    debugger.print(fmt::format(
        "{}: base {:#04x}  IRR {:#04x}  ISR {:#04x}  IMR {:#04x}  ELCR {:#04x}{}{}\n",
        n == 0 ? "master" : "slave ", one.base, one.irr, one.isr, one.imr, one.elcr,
        one.auto_eoi ? "  auto EOI" : "", one.initialising ? "  waits for ICW2 to 4" : ""));
  }
}

void pit(Debugger& debugger, const Arguments& /*arguments*/) {
  const auto channels = debugger.target().interrupt_controllers().pit;
  constexpr std::uint8_t kNever = 0xff;  // KVM's, until the guest writes a control word.
  for (std::size_t n = 0; n < channels.size(); ++n) {
    if (channels[n].mode == kNever) {
      debugger.print(fmt::format("channel {}: not programmed\n", n));
      continue;
    }
    debugger.print(fmt::format("channel {}: mode {}  count {:#x}  gate {}{}\n", n, channels[n].mode,
                               channels[n].count, channels[n].gate ? 1 : 0,
                               channels[n].bcd ? "  BCD" : ""));
  }
}

// What may come next: each vCPU's requests, and the IOAPIC's pins that are not masked.
void irqs(Debugger& debugger, const Arguments& /*arguments*/) {
  DebugTarget& target = debugger.target();
  std::string text;
  constexpr std::uint64_t kInterruptFlag = 1u << 9;
  for (unsigned cpu = 0; cpu < target.cpu_count(); ++cpu) {
    const LocalApicPage page = target.local_apic(cpu);
    const auto next = target.pending_vector(cpu);
    text += fmt::format("cpu{}: IF {}  in service:{}  requested:{}{}\n", cpu,
                        (target.registers(cpu).rflags & kInterruptFlag) != 0 ? 1 : 0,
                        vectors(page, kIsr), vectors(page, kIrr),
                        next ? fmt::format("  goes in next: {:#x}", *next) : "");
  }
  const auto pins = target.interrupt_controllers().io_apic.redirections;
  for (std::size_t pin = 0; pin < pins.size(); ++pin) {
    if ((pins[pin] >> 16 & 1) == 0) text += "ioapic pin " + pin_text(pin, pins[pin]);
  }
  debugger.print(text);
}

constexpr std::array kCommands{
    Command{"lapic", "", "", "this vCPU's local APIC", lapic},
    Command{"ioapic", "", "", "the IOAPIC's redirection table", ioapic},
    Command{"pic", "", "", "the two 8259A", pic},
    Command{"pit", "", "", "the 8254's channels", pit},
    Command{"irqs", "i", "", "interrupts in service, requested and unmasked", irqs},
};

}  // namespace

std::span<const Command> chip_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
