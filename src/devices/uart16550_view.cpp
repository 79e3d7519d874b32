// The UART's registers in words.

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "devices/uart16550.h"

namespace minivmm {

namespace {

constexpr std::uint8_t kLcrDlab = 1u << 7;

// Table II of the datasheet.
struct Names {
  std::string_view read;
  std::string_view write;
};
constexpr std::array<Names, 8> kNames{{{"RBR", "THR"},
                                       {"IER", "IER"},
                                       {"IIR", "FCR"},
                                       {"LCR", "LCR"},
                                       {"MCR", "MCR"},
                                       {"LSR", "LSR"},
                                       {"MSR", "MSR"},
                                       {"SCR", "SCR"}}};

// 8.1: word length, parity, stop bits.
std::string frame(std::uint8_t lcr) {
  const unsigned bits = 5 + (lcr & 3);
  constexpr std::array<char, 4> kParities{'O', 'E', 'M', 'S'};
  const char parity = (lcr & 8) != 0 ? kParities[lcr >> 4 & 3] : 'N';
  const std::string stop = (lcr & 4) == 0 ? "1" : bits == 5 ? "1.5" : "2";
  return fmt::format("{}{}{}{}", bits, parity, stop, (lcr & kLcrDlab) != 0 ? ", DLAB" : "");
}

}  // namespace

std::string Uart16550::register_at(std::uint64_t offset, Access access) const {
  if (offset >= kNames.size()) return {};
  if (dlab() && offset < 2) return offset == 0 ? "DLL" : "DLM";
  return std::string(access == Access::kRead ? kNames[offset].read : kNames[offset].write);
}

std::vector<RegisterValue> Uart16550::registers() const {
  constexpr unsigned kBaudBase = 115200;
  const unsigned divisor = state_.dll | state_.dlm << 8;
  const std::string baud = divisor == 0 ? "stopped" : fmt::format("{} baud", kBaudBase / divisor);
  return {
      {.name = "IER", .value = state_.ier},
      {.name = "IIR", .value = pending()},
      {.name = "FCR", .value = state_.fcr, .meaning = fifo_enabled() ? "FIFOs on" : "FIFOs off"},
      {.name = "LCR", .value = state_.lcr, .meaning = frame(state_.lcr)},
      {.name = "MCR", .value = state_.mcr, .meaning = loopback() ? "loopback" : ""},
      {.name = "LSR", .value = line_status()},
      {.name = "MSR", .value = state_.msr},
      {.name = "SCR", .value = state_.scr},
      {.name = "divisor", .value = divisor, .width = 2, .meaning = baud},
      {.name = "received", .value = state_.held, .meaning = "bytes wait in the FIFO"}};
}

}  // namespace minivmm
