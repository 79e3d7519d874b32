#include "lib/pic.h"

#include "lib/io.h"

namespace guest {
namespace {

// Intel 8259A: initialisation command words 1 to 4, operation command words 1 (mask) and 2.
constexpr std::uint16_t kFirstCommand = 0x20, kFirstData = 0x21;
constexpr std::uint16_t kSecondCommand = 0xa0, kSecondData = 0xa1;
constexpr std::uint8_t kIcw1 = 0x11;            // Cascaded, ICW4 follows, edge-triggered.
constexpr std::uint8_t kCascadeIrq = 2;         // The second hangs on the first's IRQ 2.
constexpr std::uint8_t kIcw4 = 0x01;            // 8086 mode, normal EOI.
constexpr std::uint8_t kEndOfInterrupt = 0x20;  // OCW2, non-specific.

}  // namespace

void pic_init(std::uint8_t base) {
  out8(kFirstCommand, kIcw1);
  out8(kSecondCommand, kIcw1);
  out8(kFirstData, base);
  out8(kSecondData, static_cast<std::uint8_t>(base + 8));
  out8(kFirstData, 1u << kCascadeIrq);
  out8(kSecondData, kCascadeIrq);
  out8(kFirstData, kIcw4);
  out8(kSecondData, kIcw4);
  pic_mask_all();
}

void pic_unmask(std::uint8_t irq) {
  const std::uint16_t port = irq < 8 ? kFirstData : kSecondData;
  out8(port, static_cast<std::uint8_t>(in8(port) & ~(1u << (irq & 7))));
  if (irq >= 8) pic_unmask(kCascadeIrq);
}

void pic_mask_all() {
  out8(kFirstData, 0xff);
  out8(kSecondData, 0xff);
}

void pic_end(std::uint8_t irq) {
  if (irq >= 8) out8(kSecondCommand, kEndOfInterrupt);
  out8(kFirstCommand, kEndOfInterrupt);
}

}  // namespace guest
