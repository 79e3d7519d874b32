#include "boot/mp_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "boot/bytes.h"
#include "boot/low_memory.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

// MP 1.4, 4.1
struct [[gnu::packed]] FloatingPointer {
  std::array<char, 4> signature;
  std::uint32_t table;
  std::uint8_t length;  // In 16 bytes.
  std::uint8_t spec_revision;
  std::uint8_t checksum;
  std::array<std::uint8_t, 5> features;
};
static_assert(sizeof(FloatingPointer) == 16);

// MP 1.4, 4.2
struct [[gnu::packed]] ConfigHeader {
  std::array<char, 4> signature;
  std::uint16_t base_table_length;
  std::uint8_t spec_revision;
  std::uint8_t checksum;
  std::array<char, 8> oem_id;
  std::array<char, 12> product_id;
  std::uint32_t oem_table;
  std::uint16_t oem_table_size;
  std::uint16_t entry_count;
  std::uint32_t local_apic;
  std::uint16_t extended_length;
  std::uint8_t extended_checksum;
  std::uint8_t reserved;
};
static_assert(sizeof(ConfigHeader) == 44);

// MP 1.4, 4.3: the entries, in the order of their types.
enum EntryType : std::uint8_t {
  kProcessor = 0,
  kBus = 1,
  kIoApic = 2,
  kIoInterrupt = 3,
  kLocalInterrupt = 4,
};

struct [[gnu::packed]] ProcessorEntry {
  std::uint8_t type;
  std::uint8_t apic_id;
  std::uint8_t apic_version;
  std::uint8_t flags;
  std::uint32_t signature;
  std::uint32_t features;
  std::array<std::uint32_t, 2> reserved;
};
static_assert(sizeof(ProcessorEntry) == 20);

struct [[gnu::packed]] BusEntry {
  std::uint8_t type;
  std::uint8_t id;
  std::array<char, 6> name;
};
static_assert(sizeof(BusEntry) == 8);

struct [[gnu::packed]] IoApicEntry {
  std::uint8_t type;
  std::uint8_t id;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t address;
};
static_assert(sizeof(IoApicEntry) == 8);

struct [[gnu::packed]] InterruptEntry {
  std::uint8_t type;
  std::uint8_t kind;
  std::uint16_t flags;
  std::uint8_t source_bus;
  std::uint8_t source_irq;
  std::uint8_t apic_id;
  std::uint8_t apic_pin;
};
static_assert(sizeof(InterruptEntry) == 8);

constexpr std::uint8_t kSpecRevision = 4;  // 1.4
constexpr std::uint8_t kLocalApicVersion = 0x14;
constexpr std::uint8_t kIoApicVersion = 0x11;
constexpr std::uint8_t kEnabled = 1u << 0;
constexpr std::uint8_t kBootProcessor = 1u << 1;
constexpr std::uint8_t kPciBus = 0;
constexpr std::uint8_t kIsaBus = 1;
constexpr std::uint8_t kAllLocalApics = 0xff;
constexpr unsigned kMaxCpus = 254;  // APIC ids of 8 bits: one for the IOAPIC, 255 means all.

// 4.3.4: kinds of interrupts; polarity and trigger mode.
constexpr std::uint8_t kInt = 0;
constexpr std::uint8_t kNmi = 1;
constexpr std::uint8_t kExtInt = 3;
constexpr std::uint16_t kAsTheBus = 0x0;
constexpr std::uint16_t kLevelHigh = 0xd;
constexpr std::uint16_t kLevelLow = 0xf;

/// The base table while it grows.
class Table {
 public:
  template <typename Entry>
  void add(const Entry& entry) {
    append_value(entries_, entry);
    ++count_;
  }

  [[nodiscard]] std::vector<std::byte> finish(GuestAddress local_apic) const {
    ConfigHeader header{};
    header.signature = {'P', 'C', 'M', 'P'};
    header.base_table_length = static_cast<std::uint16_t>(sizeof(header) + entries_.size());
    header.spec_revision = kSpecRevision;
    header.oem_id = {'M', 'I', 'N', 'I', 'V', 'M', 'M', ' '};
    header.product_id = {'M', 'I', 'N', 'I', 'V', 'M', 'M', ' ', ' ', ' ', ' ', ' '};
    header.entry_count = count_;
    header.local_apic = static_cast<std::uint32_t>(local_apic.value);
    std::vector<std::byte> table;
    append_value(table, header);
    append(table, entries_);
    table[offsetof(ConfigHeader, checksum)] = checksum(table);
    return table;
  }

 private:
  std::vector<std::byte> entries_;
  std::uint16_t count_ = 0;
};

void add_processors(const MpConfig& config, unsigned cpus, Table& table) {
  for (unsigned id = 0; id < cpus; ++id) {
    const auto flags = static_cast<std::uint8_t>(kEnabled | (id == 0 ? kBootProcessor : 0));
    table.add(ProcessorEntry{kProcessor,
                             static_cast<std::uint8_t>(id),
                             kLocalApicVersion,
                             flags,
                             config.cpu_signature,
                             config.cpu_features,
                             {}});
  }
}

void add_isa_interrupts(const MpConfig& config, std::uint8_t io_apic_id, Table& table) {
  constexpr std::uint8_t kPit = 0;
  constexpr std::uint8_t kCascade = 2;  // Has no source; its pin is the PIT's.
  for (std::uint8_t irq = 0; irq < 16; ++irq) {
    if (irq == kCascade) continue;
    const std::uint8_t pin = irq == kPit ? std::uint8_t{2} : irq;
    const std::uint16_t flags = irq == config.sci.value ? kLevelHigh : kAsTheBus;
    table.add(InterruptEntry{kIoInterrupt, kInt, flags, kIsaBus, irq, io_apic_id, pin});
  }
}

// D.3: the source of a PCI interrupt is slot and pin in one byte.
void add_pci_interrupts(const MpConfig& config, std::uint8_t io_apic_id, Table& table) {
  for (const std::uint8_t slot : config.pci_slots) {
    for (unsigned pin = 0; pin < 4; ++pin) {
      const auto source = static_cast<std::uint8_t>((slot & 0x1fu) << 2 | pin);
      table.add(InterruptEntry{kIoInterrupt, kInt, kLevelLow, kPciBus, source, io_apic_id,
                               io_apic_pin(slot, pin)});
    }
  }
}

}  // namespace

std::vector<std::byte> build_mp_table(const MpConfig& config, GuestAddress base) {
  const unsigned cpus = std::min(config.cpus, kMaxCpus);
  const auto io_apic_id = static_cast<std::uint8_t>(cpus);
  Table table;
  add_processors(config, cpus, table);
  table.add(BusEntry{kBus, kPciBus, {'P', 'C', 'I', ' ', ' ', ' '}});
  table.add(BusEntry{kBus, kIsaBus, {'I', 'S', 'A', ' ', ' ', ' '}});
  table.add(IoApicEntry{kIoApic, io_apic_id, kIoApicVersion, kEnabled,
                        static_cast<std::uint32_t>(config.io_apic.value)});
  add_isa_interrupts(config, io_apic_id, table);
  add_pci_interrupts(config, io_apic_id, table);
  table.add(InterruptEntry{kLocalInterrupt, kExtInt, kAsTheBus, kIsaBus, 0, kAllLocalApics, 0});
  table.add(InterruptEntry{kLocalInterrupt, kNmi, kAsTheBus, kIsaBus, 0, kAllLocalApics, 1});

  FloatingPointer pointer{};
  pointer.signature = {'_', 'M', 'P', '_'};
  pointer.table = static_cast<std::uint32_t>(base.value + sizeof(FloatingPointer));
  pointer.length = 1;
  pointer.spec_revision = kSpecRevision;
  pointer.checksum = std::to_integer<std::uint8_t>(checksum(bytes_of(pointer)));
  std::vector<std::byte> bytes;
  append_value(bytes, pointer);
  append(bytes, table.finish(config.local_apic));
  return bytes;
}

void write_mp_table(const GuestMemory& memory, const MpConfig& config) {
  const std::vector<std::byte> bytes = build_mp_table(config, kMpTable.start);
  if (bytes.size() > kMpTable.size)
    throw ConfigError("the MP table has no room for so many CPUs: use fewer CPUs");
  if (!memory.copy_out(kMpTable.start, bytes)) {
    throw ConfigError("the guest's memory has no room for an MP table: give it at least --mem 1M");
  }
}

}  // namespace minivmm::boot
