// Drives the keyboard controller as a driver does: every byte of keyboard and mouse comes with an
// interrupt of its own, through the machine's real interrupt controllers. With "listen" on the
// command line it then says what comes: "key 1c" (set 2), "mouse 09 00 00".

#include <cstddef>
#include <cstdint>

#include "lib/apic.h"
#include "lib/boot_info.h"
#include "lib/clock.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/io.h"
#include "lib/pic.h"
#include "lib/print.h"
#include "lib/serial.h"

namespace {

using namespace guest;

// IBM PS/2 Hardware Interface Technical Reference: ports and controller commands.
constexpr std::uint16_t kData = 0x60, kCommand = 0x64;
constexpr std::uint8_t kOutputFull = 0x01, kFromMouse = 0x20;
constexpr std::uint8_t kWriteCommandByte = 0x60, kDisableMouse = 0xa7, kEnableMouse = 0xa8;
constexpr std::uint8_t kSelfTest = 0xaa, kDisableKeyboard = 0xad, kWriteMouse = 0xd4;
constexpr std::uint8_t kBothInterruptsNoTranslation = 0x07;

constexpr std::uint8_t kKeyboardIrq = 1, kCascadeIrq = 2, kMouseIrq = 12;
constexpr std::uint8_t kReset = 0xff, kAck = 0xfa, kTestPassed = 0xaa;
constexpr std::uint8_t kReadId = 0xf2, kReadStatus = 0xe9;

struct Received {
  volatile std::uint8_t bytes[16];
  volatile std::size_t count;
};
Received from_keyboard, from_mouse;
volatile unsigned strays;

void take(Received& to, bool is_mouse) {
  const std::uint8_t status = in8(kCommand);
  const bool expected = (status & kOutputFull) != 0 && ((status & kFromMouse) != 0) == is_mouse;
  if (!expected || to.count == sizeof to.bytes) {
    strays = strays + 1;
    return;
  }
  to.bytes[to.count] = in8(kData);
  to.count = to.count + 1;
}

GUEST_INTERRUPT void on_keyboard(InterruptFrame*) {
  take(from_keyboard, false);
  pic_end(kKeyboardIrq);
}
GUEST_INTERRUPT void on_mouse(InterruptFrame*) {
  take(from_mouse, true);
  pic_end(kMouseIrq);
}

/// Whether just these bytes came, within a second.
template <std::size_t kSize>
bool came(Received& received, const std::uint8_t (&wanted)[kSize]) {
  for (int i = 0; i < 1000 && received.count < kSize; ++i) delay_microseconds(1000);
  bool same = received.count == kSize;
  for (std::size_t i = 0; same && i < kSize; ++i) same = received.bytes[i] == wanted[i];
  received.count = 0;
  return same;
}

void to_keyboard(std::uint8_t value) {
  out8(kData, value);
}
void to_mouse(std::uint8_t value) {
  out8(kCommand, kWriteMouse);
  out8(kData, value);
}

/// Prints what was received first, and forgets it. Interrupts are off.
void say(const char* device, Received& received, std::size_t count) {
  print("{}", device);
  for (std::size_t i = 0; i < count; ++i) print(" {:02x}", received.bytes[i]);
  print("\n");
  for (std::size_t i = count; i < received.count; ++i)
    received.bytes[i - count] = received.bytes[i];
  received.count = received.count - count;
}

void prepare() {
  out8(kCommand, kDisableKeyboard);
  out8(kCommand, kDisableMouse);
  while ((in8(kCommand) & kOutputFull) != 0) in8(kData);
  out8(kCommand, kSelfTest);
  check(in8(kData) == 0x55, "the controller passes its test");

  lapic_init(PicWire::kToThisCpu);
  pic_init(kFirstVector);
  set_handler(kFirstVector + kKeyboardIrq, on_keyboard);
  set_handler(kFirstVector + kMouseIrq, on_mouse);
  pic_unmask(kKeyboardIrq);
  pic_unmask(kCascadeIrq);
  pic_unmask(kMouseIrq);
  out8(kCommand, kWriteCommandByte);
  out8(kData, kBothInterruptsNoTranslation);
  asm volatile("sti");
}

[[noreturn]] void listen() {
  constexpr std::uint8_t kEnableReporting = 0xf4;
  constexpr std::size_t kPacket = 3;
  to_mouse(kEnableReporting);
  check(came(from_mouse, {kAck}), "the mouse reports");
  print("listening\n");
  for (;;) {
    // What came between the look and the sleep is no reason to sleep: sti takes effect after hlt.
    asm volatile("cli");
    if (from_keyboard.count == 0 && from_mouse.count < kPacket) asm volatile("sti; hlt; cli");
    if (from_keyboard.count != 0) say("key", from_keyboard, 1);
    if (from_mouse.count >= kPacket) say("mouse", from_mouse, kPacket);
    asm volatile("sti");
  }
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  prepare();

  to_keyboard(kReset);
  check(came(from_keyboard, {kAck, kTestPassed}), "the keyboard is reset, by interrupt");
  to_keyboard(kReadId);
  check(came(from_keyboard, {kAck, 0xab, 0x83}), "the keyboard says what it is");

  to_mouse(kReset);
  check(came(from_mouse, {kAck, kTestPassed, 0x00}), "the mouse is reset, by interrupt");
  to_mouse(kReadStatus);
  check(came(from_mouse, {kAck, 0x00, 0x02, 100}), "the mouse is in its initial state");

  out8(kCommand, kDisableMouse);
  out8(kCommand, kEnableMouse);
  delay_microseconds(1000);
  check(from_mouse.count == 0 && from_keyboard.count == 0, "nothing comes that nobody asked for");
  check(strays == 0, "no interrupt comes without a byte");
  print("keyboard and mouse answer\n");
  if (option_word("listen")) listen();
  succeed();
}
