#include "lib/apic.h"

#include "lib/cpu.h"
#include "lib/io.h"
#include "lib/paging.h"

namespace guest {
namespace {

constexpr std::uint64_t kLapic = 0xfee0'0000;
constexpr std::uint64_t kIoApic = 0xfec0'0000;
constexpr std::uint64_t kPage = 4096;

constexpr std::uint32_t kSoftwareEnable = 1u << 8;   // SVR.
constexpr std::uint32_t kDeliveryExtInt = 7u << 8;   // LVT.
constexpr std::uint32_t kCommandInit = 0x4500;       // ICR: INIT, assert.
constexpr std::uint32_t kCommandStartup = 0x4600;    // ICR: start-up, assert.
constexpr std::uint32_t kCommandPending = 1u << 12;  // ICR: delivery status.

constexpr std::uint64_t kIoSelect = kIoApic + 0x00;  // IOREGSEL.
constexpr std::uint64_t kIoWindow = kIoApic + 0x10;  // IOWIN.
constexpr std::uint32_t kRedirection = 0x10;         // IOREDTBL0, two registers each.
constexpr std::uint32_t kActiveLow = 1u << 13, kLevel = 1u << 15, kMasked = 1u << 16;

void io_apic_write(std::uint32_t index, std::uint32_t value) {
  map_physical(kIoApic, kPage, Caching::kOff);
  write32(kIoSelect, index);
  write32(kIoWindow, value);
}

void send(std::uint8_t apic_id, std::uint32_t command) {
  lapic_write(LapicRegister::kCommandHigh, std::uint32_t{apic_id} << 24);
  lapic_write(LapicRegister::kCommandLow, command);
  while ((lapic_read(LapicRegister::kCommandLow) & kCommandPending) != 0) pause();
}

}  // namespace

std::uint32_t lapic_read(LapicRegister index) {
  return read32(kLapic + static_cast<std::uint16_t>(index));
}

void lapic_write(LapicRegister index, std::uint32_t value) {
  write32(kLapic + static_cast<std::uint16_t>(index), value);
}

void lapic_map() {
  map_physical(kLapic, kPage, Caching::kOff);
}

void lapic_init(PicWire pic) {
  lapic_map();
  lapic_write(LapicRegister::kSpurious, kSoftwareEnable | kSpuriousVector);
  lapic_write(LapicRegister::kLint0, pic == PicWire::kToThisCpu ? kDeliveryExtInt : kLvtMasked);
}

void lapic_end() {
  lapic_write(LapicRegister::kEnd, 0);
}

std::uint8_t lapic_id() {
  return static_cast<std::uint8_t>(lapic_read(LapicRegister::kId) >> 24);
}

void lapic_send_init(std::uint8_t apic_id) {
  send(apic_id, kCommandInit);
}

void lapic_send_startup(std::uint8_t apic_id, std::uint8_t page) {
  send(apic_id, kCommandStartup | page);
}

void io_apic_route(std::uint8_t input, std::uint8_t vector, std::uint8_t apic_id, Trigger trigger) {
  const std::uint32_t polarity = trigger == Trigger::kLevelLow ? kActiveLow : 0;
  const std::uint32_t mode = polarity | (trigger == Trigger::kEdgeHigh ? 0 : kLevel);
  io_apic_write(kRedirection + 2u * input + 1, std::uint32_t{apic_id} << 24);
  io_apic_write(kRedirection + 2u * input, vector | mode);
}

void io_apic_mask(std::uint8_t input) {
  io_apic_write(kRedirection + 2u * input, kMasked);
}

}  // namespace guest
