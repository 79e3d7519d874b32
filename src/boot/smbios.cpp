#include "boot/smbios.h"

#include <algorithm>
#include <string_view>

#include "boot/bytes.h"
#include "boot/low_memory.h"
#include "boot/smbios_structures.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

using namespace smbios;

// Types (6.2, table 4).
constexpr std::uint8_t kBios = 0;
constexpr std::uint8_t kSystem = 1;
constexpr std::uint8_t kChassis = 3;
constexpr std::uint8_t kProcessor = 4;
constexpr std::uint8_t kMemoryArray = 16;
constexpr std::uint8_t kMemoryDevice = 17;
constexpr std::uint8_t kMappedAddress = 19;
constexpr std::uint8_t kBootInformation = 32;
constexpr std::uint8_t kEndOfTable = 127;

// Handles: any number will do, as long as each is unique.
constexpr std::uint16_t kArrayHandle = 0x1000;
constexpr std::uint16_t kDeviceHandle = 0x1100;
constexpr std::uint16_t kMappedHandle = 0x1300;

constexpr std::uint16_t kNoErrorInformation = 0xfffe;
constexpr std::uint16_t kNoCache = 0xffff;
constexpr std::uint8_t kUnknown = 0x02;  // Of most enumerations.
constexpr std::uint8_t kOther = 0x01;
constexpr std::uint8_t kSafe = 0x03;  // Chassis states (7.4.2).

constexpr std::string_view kMaker = "minivmm";

/// Structures one after another.
class Table {
 public:
  /// Fills in the header and appends the structure with its strings.
  template <typename Structure>
  void add(std::uint8_t type, std::uint16_t handle, Structure structure,
           std::initializer_list<std::string_view> strings) {
    const std::size_t before = bytes_.size();
    structure.header = {type, sizeof(Structure), handle};
    append_value(bytes_, structure);
    for (const std::string_view string : strings) append_string(bytes_, string);
    // 6.1.3: a second NUL ends the strings, and two stand where there are none.
    if (strings.size() == 0) bytes_.push_back(std::byte{0});
    bytes_.push_back(std::byte{0});
    ++count_;
    largest_ = std::max(largest_, bytes_.size() - before);
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t largest() const { return largest_; }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::size_t count_ = 0;
  std::size_t largest_ = 0;
};

void add_bios(Table& table) {
  constexpr std::uint64_t kNoCharacteristics = 1u << 3;
  constexpr std::uint8_t kVirtualMachine = 1u << 4;  // Extension byte 2 (7.1.2.2).
  Bios bios{};
  bios.vendor = 1;
  bios.version = 2;
  bios.start_segment = 0xe800;
  bios.release_date = 3;
  bios.characteristics = kNoCharacteristics;
  bios.extension = {0, kVirtualMachine};
  bios.controller_release = {0xff, 0xff};
  table.add(kBios, 0, bios, {kMaker, "1", "01/01/2026"});
}

void add_system(Table& table) {
  constexpr std::uint8_t kPowerSwitch = 6;
  System system{};
  system.manufacturer = 1;
  system.product = 2;
  system.version = 3;
  system.wake_up = kPowerSwitch;
  table.add(kSystem, 0x100, system, {kMaker, "Standard PC (q35)", "1"});
}

void add_chassis(Table& table) {
  Chassis chassis{};
  chassis.manufacturer = 1;
  chassis.type = kOther;
  chassis.boot_state = chassis.power_state = chassis.thermal_state = kSafe;
  chassis.security = kUnknown;
  table.add(kChassis, 0x300, chassis, {kMaker});
}

// One package with a core for each CPU.
void add_processor(Table& table, const SmbiosConfig& config) {
  constexpr std::uint8_t kCentralProcessor = 3;
  constexpr std::uint8_t kPopulatedAndEnabled = 0x41;
  constexpr unsigned kMostInByte = 0xff;  // 7.5.6: says that there are as many, or more.
  const auto cores = static_cast<std::uint8_t>(std::min(config.cpus, kMostInByte));
  Processor processor{};
  processor.socket = 1;
  processor.type = kCentralProcessor;
  processor.family = kOther;
  processor.manufacturer = 2;
  processor.signature = config.cpu_signature;
  processor.features = config.cpu_features;
  processor.status = kPopulatedAndEnabled;
  processor.upgrade = kOther;
  processor.caches = {kNoCache, kNoCache, kNoCache};
  processor.cores = processor.cores_enabled = processor.threads = cores;
  processor.family2 = kOther;
  table.add(kProcessor, 0x400, processor, {"CPU 0", kMaker});
}

void add_memory_array(Table& table, std::uint64_t bytes) {
  constexpr std::uint8_t kSystemMemory = 3;
  constexpr std::uint8_t kNoCorrection = 3;
  constexpr std::uint32_t kExtended = 0x8000'0000;
  MemoryArray array{};
  array.location = kOther;
  array.use = kSystemMemory;
  array.error_correction = kNoCorrection;
  const std::uint64_t kib = bytes >> 10;
  array.capacity = kib < kExtended ? static_cast<std::uint32_t>(kib) : kExtended;
  array.extended_capacity = kib < kExtended ? 0 : bytes;
  array.error_handle = kNoErrorInformation;
  array.devices = 1;
  table.add(kMemoryArray, kArrayHandle, array, {});
}

void add_memory_device(Table& table, std::uint64_t bytes) {
  constexpr std::uint8_t kDimm = 9;
  constexpr std::uint8_t kRam = 7;
  constexpr std::uint16_t kOtherDetail = 1u << 1;
  constexpr std::uint16_t kExtended = 0x7fff;
  constexpr std::uint64_t kMib = 1 << 20;
  MemoryDevice device{};
  device.array = kArrayHandle;
  device.error_handle = kNoErrorInformation;
  device.total_width = device.data_width = 64;
  const std::uint64_t mib = (bytes + kMib - 1) / kMib;
  device.size = mib < kExtended ? static_cast<std::uint16_t>(mib) : kExtended;
  device.extended_size = mib < kExtended ? 0 : static_cast<std::uint32_t>(mib);
  device.form_factor = kDimm;
  device.locator = 1;
  device.type = kRam;
  device.type_detail = kOtherDetail;
  device.manufacturer = 2;
  table.add(kMemoryDevice, kDeviceHandle, device, {"DIMM 0", kMaker});
}

void add_mapped_address(Table& table, const GuestRange& range, std::uint16_t number) {
  constexpr std::uint32_t kExtended = 0xffff'ffff;
  MappedAddress mapped{};
  const std::uint64_t start = range.start.value;
  const std::uint64_t last = range.end().value - 1;
  const bool fits = last >> 10 < kExtended;
  mapped.start = fits ? static_cast<std::uint32_t>(start >> 10) : kExtended;
  mapped.last = fits ? static_cast<std::uint32_t>(last >> 10) : kExtended;
  mapped.extended_start = fits ? 0 : start;
  mapped.extended_last = fits ? 0 : last;
  mapped.array = kArrayHandle;
  mapped.width = 1;
  table.add(kMappedAddress, static_cast<std::uint16_t>(kMappedHandle + number), mapped, {});
}

struct EndOfTable {
  Header header;
};

std::vector<std::byte> make_entry_point(const Table& table, std::size_t length) {
  EntryPoint entry{};
  entry.anchor = {'_', 'S', 'M', '_'};
  entry.length = sizeof(EntryPoint);
  entry.major = 2;
  entry.minor = 8;
  entry.bcd_revision = 0x28;
  entry.largest_structure = static_cast<std::uint16_t>(table.largest());
  entry.intermediate_anchor = {'_', 'D', 'M', 'I', '_'};
  entry.table_length = static_cast<std::uint16_t>(length);
  entry.structures = static_cast<std::uint16_t>(table.count());
  std::vector<std::byte> bytes;
  append_value(bytes, entry);
  return bytes;
}

// 5.2.1: the second checksum is of what begins with "_DMI_", the first of all.
void link(std::vector<std::byte>& entry_point, GuestAddress table) {
  constexpr std::size_t kIntermediate = offsetof(EntryPoint, intermediate_anchor);
  const auto address = static_cast<std::uint32_t>(table.value);
  std::memcpy(entry_point.data() + offsetof(EntryPoint, table_address), &address, sizeof(address));
  entry_point[offsetof(EntryPoint, intermediate_checksum)] =
      checksum(Bytes(entry_point).subspan(kIntermediate));
  entry_point[offsetof(EntryPoint, checksum)] = checksum(entry_point);
}

}  // namespace

SmbiosTables build_smbios(const SmbiosConfig& config) {
  std::uint64_t bytes = 0;
  for (const GuestRange& range : config.ram) bytes += range.size;
  Table table;
  add_bios(table);
  add_system(table);
  add_chassis(table);
  add_processor(table, config);
  add_memory_array(table, bytes);
  add_memory_device(table, bytes);
  std::uint16_t number = 0;
  for (const GuestRange& range : config.ram) add_mapped_address(table, range, number++);
  table.add(kBootInformation, 0x2000, BootInformation{}, {});
  table.add(kEndOfTable, 0x7f00, EndOfTable{}, {});

  SmbiosTables result;
  result.table = table.take();
  result.entry_point = make_entry_point(table, result.table.size());
  return result;
}

void write_smbios(const GuestMemory& memory, const SmbiosConfig& config) {
  SmbiosTables tables = build_smbios(config);
  const GuestAddress table = kSmbios.start + align_up(sizeof(EntryPoint), 16);
  link(tables.entry_point, table);
  if (!memory.copy_out(kSmbios.start, tables.entry_point) ||
      !memory.copy_out(table, tables.table)) {
    throw ConfigError("the guest's memory has no room for SMBIOS: give it at least --mem 1M");
  }
}

}  // namespace minivmm::boot
