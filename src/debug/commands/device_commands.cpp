// Commands that look at devices by their registers' names.

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <charconv>

#include "debug/command_table.h"
#include "host/nearest.h"

namespace minivmm::debug {
namespace {

std::string near_device(Debugger& debugger, const std::string& typed) {
  const auto names = debugger.target().device_names();
  const std::string meant = nearest(typed, names);
  return meant.empty() ? "dev lists them" : fmt::format("did you mean {}?", meant);
}

void list_devices(Debugger& debugger) {
  const auto ranges = debugger.target().device_ranges();
  for (const std::string& name : debugger.target().device_names()) {
    std::string text = fmt::format("{:<16}", name);
    for (const DeviceRange& one : ranges) {
      if (one.device != name) continue;
      text += fmt::format("  {} {:#x}/{:#x}", one.space == AddressSpace::kPorts ? "port" : "mmio",
                          one.range.start.value, one.range.size);
    }
    debugger.print(text + "\n");
  }
}

void print_registers(Debugger& debugger, const std::vector<RegisterValue>& registers) {
  for (const RegisterValue& one : registers)
    debugger.print(fmt::format("{:<28} 0x{:0{}x}{}{}\n", one.name, one.value, 2 * one.width,
                               one.meaning.empty() ? "" : "  ", one.meaning));
}

void dev(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) return list_devices(debugger);
  const auto registers = debugger.target().device_registers(arguments.words[0]);
  if (!registers)
    throw CommandError(fmt::format("there is no device '{}': {}", arguments.words[0],
                                   near_device(debugger, arguments.words[0])));
  if (registers->empty()) debugger.print("it has no registers of its own\n");
  print_registers(debugger, *registers);
}

// The memory-mapped configuration space knows every function.
void pci(Debugger& debugger, const Arguments& /*arguments*/) {
  const auto functions = debugger.target().device_registers("ecam");
  if (!functions || functions->empty()) throw CommandError("the machine has no PCI functions");
  for (const RegisterValue& one : *functions)
    debugger.print(fmt::format("{:<6} {}\n", one.name, one.meaning));
}

// Virtio 1.2, 2.7.5 to 2.7.8.
struct VirtqDescriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t flags;
  std::uint16_t next;
};
struct VirtqUsedElement {
  std::uint32_t id;
  std::uint32_t length;
};

// A ring's flags or index: the device may write them while the vCPUs stand.
std::optional<std::uint16_t> ring_field(const GuestMemory& memory, GuestAddress at) {
  using Field = std::uint16_t;
  const auto bytes = memory.at(at, sizeof(Field));
  if (!bytes || at.value % alignof(Field) != 0) return std::nullopt;
  return std::atomic_ref(*reinterpret_cast<Field*>(bytes->data())).load(std::memory_order_acquire);
}

std::string ring_head(const GuestMemory& memory, const char* name, GuestAddress ring) {
  const auto flags = ring_field(memory, ring);
  const auto index = ring_field(memory, ring + 2);
  if (!flags || !index) return fmt::format("{} at {:#x} is not RAM\n", name, ring.value);
  return fmt::format("{} at {:#x}: flags {:#x}, idx {}\n", name, ring.value, *flags, *index);
}

struct DescriptorTable {
  std::uint64_t at = 0;
  std::uint64_t entries = 0;
};

// Virtio 1.2, 2.7.5.3: a descriptor may stand for a table of others, but not for a second time.
std::string chain_text(const GuestMemory& memory, const DescriptorTable& table, std::uint16_t head,
                       bool in_indirect = false) {
  constexpr std::uint16_t kNext = 1;
  constexpr std::uint16_t kDeviceWrites = 2;
  constexpr std::uint16_t kIndirect = 4;
  constexpr unsigned kLongestShown = 16;
  std::string text;
  std::uint16_t index = head;
  for (unsigned n = 0; n < kLongestShown && index < table.entries; ++n) {
    const auto one = memory.read<VirtqDescriptor>(GuestAddress{table.at} +
                                                  std::uint64_t{index} * sizeof(VirtqDescriptor));
    if (!one) return text + " (not RAM)";
    if ((one->flags & kIndirect) != 0 && !in_indirect) {
      const DescriptorTable other{one->address, one->length / sizeof(VirtqDescriptor)};
      return text + fmt::format(" [{}: {:#x}+{:#x} indirect:{}]", index, one->address, one->length,
                                chain_text(memory, other, 0, true));
    }
    text += fmt::format(" [{}: {:#x}+{:#x} {}]", index, one->address, one->length,
                        (one->flags & kDeviceWrites) != 0 ? "device writes" : "device reads");
    if ((one->flags & kNext) == 0) return text;
    index = one->next;
  }
  return text + " ...";
}

std::string queue_text(const GuestMemory& memory, const QueueView& queue) {
  std::string text = fmt::format("queue {}: size {}, {}\n", queue.index, queue.size,
                                 queue.enabled ? "enabled" : "not enabled");
  if (!queue.enabled || queue.size == 0) return text;
  const GuestAddress available{queue.available};
  const GuestAddress used{queue.used};
  text += fmt::format("descriptors at {:#x}\n", queue.descriptors);
  text += ring_head(memory, "available", available) + ring_head(memory, "used", used);
  const auto last = ring_field(memory, available + 2);
  const auto done = ring_field(memory, used + 2);
  if (!last || !done) return text;
  constexpr std::uint16_t kShown = 8;
  for (std::uint16_t back = kShown; back > 0; --back) {
    const auto at = static_cast<std::uint16_t>(*last - back);
    if (back > *last) continue;
    const std::uint64_t slot = 4 + 2 * std::uint64_t{static_cast<std::uint16_t>(at % queue.size)};
    const auto head = memory.read<std::uint16_t>(available + slot);
    if (!head) break;
    const bool finished = static_cast<std::uint16_t>(*done - at - 1) < 0x8000;
    text += fmt::format("  {:>5} {:<9}{}\n", at, finished ? "used" : "pending",
                        chain_text(memory, {queue.descriptors, queue.size}, *head));
  }
  const std::uint64_t slot =
      4 + sizeof(VirtqUsedElement) *
              std::uint64_t{static_cast<std::uint16_t>(*done - 1u) % unsigned{queue.size}};
  if (*done != 0) {
    if (const auto element = memory.read<VirtqUsedElement>(used + slot))
      text += fmt::format("last used: chain {}, {} bytes written\n", element->id, element->length);
  }
  return text;
}

void queue(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("which queue? As: queue virtio-blk0.0");
  const std::string& typed = arguments.words[0];
  const auto dot = typed.rfind('.');
  const std::string name = typed.substr(0, dot);
  if (!debugger.target().device_registers(name))
    throw CommandError(
        fmt::format("there is no device '{}': {}", name, near_device(debugger, name)));
  const auto queues = debugger.target().device_queues(name);
  if (queues.empty()) throw CommandError(fmt::format("{} has no queues", name));
  bool found = false;
  for (const QueueView& one : queues) {
    if (dot != std::string::npos && typed.substr(dot + 1) != std::to_string(one.index)) continue;
    debugger.print(queue_text(debugger.target().memory(), one));
    found = true;
  }
  if (!found) throw CommandError(fmt::format("{} has queues 0 to {}", name, queues.size() - 1));
}

constexpr std::array kCommands{
    Command{"dev", "", "[NAME]", "the devices, or one's registers by name", dev,
            Command::Takes::kDevice},
    Command{"queue", "", "NAME[.N]", "a virtqueue's rings and descriptors", queue,
            Command::Takes::kQueue},
    Command{"pci", "", "", "PCI functions", pci},
};

}  // namespace

std::span<const Command> device_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
