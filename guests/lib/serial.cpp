#include "lib/serial.h"

#include "lib/io.h"

namespace guest {
namespace {

// National Semiconductor PC16550D, table II.
constexpr std::uint16_t kCom1 = 0x3f8;
constexpr std::uint16_t kData = kCom1 + 0;
constexpr std::uint16_t kDivisorLow = kCom1 + 0;
constexpr std::uint16_t kInterruptEnable = kCom1 + 1;
constexpr std::uint16_t kDivisorHigh = kCom1 + 1;
constexpr std::uint16_t kFifoControl = kCom1 + 2;
constexpr std::uint16_t kLineControl = kCom1 + 3;
constexpr std::uint16_t kModemControl = kCom1 + 4;
constexpr std::uint16_t kLineStatus = kCom1 + 5;

constexpr std::uint8_t kReceivedDataAvailable = 0x01;  // IER.
constexpr std::uint8_t kEnableAndClearFifos = 0x07;    // FCR; receive trigger at 1 byte.
constexpr std::uint8_t k8N1 = 0x03;                    // LCR.
constexpr std::uint8_t kDivisorLatch = 0x80;           // LCR.
constexpr std::uint8_t kDtrRts = 0x03;                 // MCR.
constexpr std::uint8_t kOut2 = 0x08;                   // MCR.
constexpr std::uint8_t kLoopback = 0x10;               // MCR.
constexpr std::uint8_t kDataReady = 0x01;              // LSR.
constexpr std::uint8_t kTransmitterEmpty = 0x20;  // LSR: with FIFOs on, all 16 places are free.
constexpr std::size_t kFifoSize = 16;

// What somebody typed before the FIFOs were on.
char early_bytes[kFifoSize];
std::size_t early_count = 0, early_taken = 0;

int receive() {
  return (in8(kLineStatus) & kDataReady) != 0 ? in8(kData) : -1;
}

void take_early_bytes() {
  while (early_count < sizeof(early_bytes)) {
    const int byte = receive();
    if (byte < 0) return;
    early_bytes[early_count++] = static_cast<char>(byte);
  }
}

}  // namespace

/// Turning the FIFOs on clears them. So the line is disconnected (loopback mode, 8.8) while what
/// has arrived is taken and the chip is set up: nothing can come between the two.
void serial_init() {
  out8(kModemControl, kLoopback);
  take_early_bytes();
  out8(kInterruptEnable, 0);
  out8(kLineControl, kDivisorLatch | k8N1);
  out8(kDivisorLow, 1);  // 1.8432 MHz / 16 / 1 = 115200 baud.
  out8(kDivisorHigh, 0);
  out8(kLineControl, k8N1);
  out8(kFifoControl, kEnableAndClearFifos);
  out8(kModemControl, kDtrRts | kOut2);
}

void serial_write(const char* text, std::size_t size) {
  while (size > 0) {
    while ((in8(kLineStatus) & kTransmitterEmpty) == 0) {
    }
    const std::size_t burst = size < kFifoSize ? size : kFifoSize;
    std::size_t count = burst;
    asm volatile("rep outsb" : "+S"(text), "+c"(count) : "d"(kData) : "memory");
    size -= burst;
  }
}

int serial_read() {
  if (early_taken == early_count) return receive();
  return static_cast<unsigned char>(early_bytes[early_taken++]);
}

void serial_enable_receive_interrupt() {
  out8(kInterruptEnable, kReceivedDataAvailable);
}

}  // namespace guest
