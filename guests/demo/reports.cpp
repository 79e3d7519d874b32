#include "demo/reports.h"

#include "demo/cpu_report.h"
#include "demo/pci_names.h"
#include "lib/boot_info.h"
#include "lib/pci.h"
#include "lib/print.h"
#include "lib/rtc.h"
#include "lib/stopwatch.h"
#include "lib/virtio_pci.h"

using namespace guest;

namespace {

Stopwatch stopwatch;
std::uint64_t start_microseconds;

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

/// In the largest unit that leaves no fraction, or MiB.
void print_size(std::uint64_t bytes) {
  if (bytes >= kGiB && bytes % kGiB == 0) {
    print("{} GiB", bytes / kGiB);
  } else if (bytes >= kMiB) {
    print("{} MiB", bytes / kMiB);
  } else {
    print("{} KiB", bytes / kKiB);
  }
}

/// RAM, with the holes below 1 MiB that every PC has counted in.
std::uint64_t memory_size() {
  std::uint64_t size = 0;
  for (unsigned i = 0; i < memory_range_count(); ++i) {
    if (memory_range(i).type == kRam) size += memory_range(i).size;
  }
  return (size + kMiB - 1) / kMiB * kMiB;
}

/// ACPI 6.5, table 15.1.
const char* memory_kind(std::uint32_t type) {
  switch (type) {
    case kRam:
      return "RAM";
    case 3:
    case 4:
      return "ACPI";
    default:
      return "reserved";
  }
}

void print_disk(const VirtioDevice& device, unsigned number) {
  constexpr std::uint64_t kReadOnly = 1u << 5;  // Virtio 1.2, 5.2.3; the capacity: 5.2.4.
  constexpr unsigned kCapacity = 0;
  constexpr std::uint64_t kSector = 512;
  print("disk {}, ", number);
  print_size(device.config64(kCapacity) * kSector);
  print("{}", (device.features() & kReadOnly) != 0 ? ", read-only" : "");
}

template <typename Visitor>
unsigned for_each_disk(Visitor visit) {
  VirtioDevice device;
  unsigned number = 0;
  for (; device.find(kVirtioBlock, number); ++number) visit(device, number);
  return number;
}

void summarise_pci() {
  unsigned count = 0;
  for_each_pci_function([&](PciAddress, std::uint32_t) {
    ++count;
    return true;
  });
  print("  PCI        {} devices", count);
  const unsigned disks = for_each_disk([](const VirtioDevice& device, unsigned number) {
    print("{}", number == 0 ? "\n  Disks      " : "; ");
    print_disk(device, number);
  });
  print("{}", disks == 0 ? ", no disk\n" : "\n");
}

}  // namespace

void start_uptime() {
  stopwatch.init();
  // KVM's clock starts with the machine.
  start_microseconds = has_kvm_clock() ? 0 : stopwatch.microseconds();
}

void report_summary() {
  const CpuName name = cpu_name();
  const HypervisorName hypervisor = hypervisor_name();
  print("  Processor  {} x {}\n", cpu_count(), static_cast<const char*>(name.text));
  print("  Run by     {}\n", static_cast<const char*>(hypervisor.text));
  print("  Memory     ");
  print_size(memory_size());
  print("\n");
  summarise_pci();
  print("  Date     ");
  report_time();
  print("  Up       ");
  report_uptime();
}

void report_memory() {
  for (unsigned i = 0; i < memory_range_count(); ++i) {
    const MemoryRange range = memory_range(i);
    print("  {:012x} to {:012x}  {:-10} ", range.address, range.address + range.size - 1,
          memory_kind(range.type));
    print_size(range.size);
    print("\n");
  }
}

void report_pci() {
  for_each_pci_function([](PciAddress address, std::uint32_t id) {
    print("  00:{:02x}.{}  {:04x}:{:04x}  {}\n", address.slot, address.function, id & 0xffff,
          id >> 16, pci_name(id, pci_read16(address, pci::kClass)));
    return true;
  });
}

void report_disks() {
  const unsigned disks = for_each_disk([](const VirtioDevice& device, unsigned number) {
    print("  ");
    print_disk(device, number);
    print(", {} queues\n", device.queue_count());
  });
  if (disks == 0) print("  No disk. Start minivmm with --disk FILE to see one here.\n");
}

void report_time() {
  const DateTime now = read_rtc();
  print("  {}-{:02}-{:02} {:02}:{:02}:{:02}\n", now.year, now.month, now.day, now.hour, now.minute,
        now.second);
}

void report_uptime() {
  const std::uint64_t up = stopwatch.microseconds() - start_microseconds;
  print("  {}.{:03} seconds\n", up / 1'000'000, up / 1'000 % 1'000);
}
