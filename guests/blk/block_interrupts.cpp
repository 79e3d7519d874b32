#include "blk/block_interrupts.h"

#include "lib/apic.h"
#include "lib/interrupts.h"

using namespace guest;

namespace {

constexpr std::uint8_t kMsixVector = 0x50, kIntxVector = 0x60;
/// The PIRQs of an ICH9 arrive at these inputs (ICH9 5.9.2); which one is a device's, only ACPI's
/// bytecode tells, so all of them lead to one vector.
constexpr std::uint8_t kFirstPirq = 16, kLastPirq = 23;

volatile unsigned count = 0;
VirtioDevice* intx_device = nullptr;

GUEST_INTERRUPT void on_msix(InterruptFrame*) {
  count = count + 1;
  lapic_end();
}

GUEST_INTERRUPT void on_intx(InterruptFrame*) {
  if (intx_device->interrupt_status() != 0) count = count + 1;
  lapic_end();
}

}  // namespace

unsigned block_interrupts() {
  return count;
}

void block_msix_init(VirtioDevice& device, std::uint16_t queues) {
  lapic_init(PicWire::kOff);
  set_handler(kMsixVector, on_msix);
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    device.msix_route(block_msix_entry(device, queue), kMsixVector, lapic_id());
  }
}

std::uint16_t block_msix_entry(const VirtioDevice& device, std::uint16_t queue) {
  return queue % device.msix_vector_count();
}

void block_intx_init(VirtioDevice& device) {
  lapic_init(PicWire::kOff);
  intx_device = &device;
  set_handler(kIntxVector, on_intx);
  for (std::uint8_t input = kFirstPirq; input <= kLastPirq; ++input) {
    io_apic_route(input, kIntxVector, lapic_id(), Trigger::kLevelLow);
  }
}
