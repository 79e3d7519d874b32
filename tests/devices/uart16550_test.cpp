#include "devices/uart16550.h"

#include <catch2/catch.hpp>
#include <string_view>

#include "support/fake_char_backend.h"
#include "support/fake_irq_line.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using test::in;
using test::out;

constexpr std::uint64_t kData = 0;
constexpr std::uint64_t kIer = 1;
constexpr std::uint64_t kIirFcr = 2;
constexpr std::uint64_t kLcr = 3;
constexpr std::uint64_t kMcr = 4;
constexpr std::uint64_t kLsr = 5;
constexpr std::uint64_t kMsr = 6;
constexpr std::uint64_t kScr = 7;

constexpr std::uint8_t kOut2 = 0x08;
constexpr std::uint8_t kLoop = 0x10;

struct Port {
  test::FakeIrqLine irq{};
  test::FakeCharBackend line{};
  Uart16550 uart{irq, line};

  std::size_t type(std::string_view text) {
    return uart.receive(std::as_bytes(std::span(text.data(), text.size())));
  }
};

TEST_CASE("what a guest writes to THR goes out, and the transmitter is empty again") {
  Port port;
  for (const char c : std::string_view("Hi\n")) {
    out(port.uart, kData, static_cast<std::uint8_t>(c));
  }

  CHECK(port.line.sent == "Hi\n");
  CHECK(in(port.uart, kLsr) == 0x60);
}

TEST_CASE("a 16550A is recognised by its FIFO bits, scratch and divisor latch") {
  Port port;

  out(port.uart, kIirFcr, 0x01);
  CHECK((in(port.uart, kIirFcr) & 0xc0) == 0xc0);
  out(port.uart, kIirFcr, 0x00);
  CHECK((in(port.uart, kIirFcr) & 0xc0) == 0x00);

  out(port.uart, kScr, 0x5a);
  CHECK(in(port.uart, kScr) == 0x5a);
  out(port.uart, kLcr, 0x80);
  out(port.uart, kData, 0x01);
  out(port.uart, kIer, 0x02);
  CHECK(in(port.uart, kData) == 0x01);
  CHECK(in(port.uart, kIer) == 0x02);
  out(port.uart, kLcr, 0x03);
  CHECK(in(port.uart, kIer) == 0x00);
  CHECK(port.line.sent.empty());
}

TEST_CASE("without OUT2 a UART does not interrupt") {
  Port port;
  out(port.uart, kIer, 0x02);
  CHECK_FALSE(port.irq.asserted());

  out(port.uart, kMcr, kOut2);
  CHECK(port.irq.asserted());
}

TEST_CASE("the THRE interrupt is cleared by reading IIR and comes again with the next byte") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIer, 0x02);

  CHECK(in(port.uart, kIirFcr) == 0x02);
  CHECK_FALSE(port.irq.asserted());
  CHECK(in(port.uart, kIirFcr) == 0x01);

  out(port.uart, kData, 'x');
  CHECK(port.irq.asserted());
}

TEST_CASE("enabling THRE interrupts again and again tells each time that THR is empty") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIer, 0x02);
  in(port.uart, kIirFcr);
  out(port.uart, kIer, 0x00);

  out(port.uart, kIer, 0x02);

  CHECK(in(port.uart, kIirFcr) == 0x02);
}

TEST_CASE("reading IIR for a received byte leaves the THRE interrupt pending") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIer, 0x03);
  port.type("a");

  CHECK(in(port.uart, kIirFcr) == 0x04);
  CHECK(in(port.uart, kData) == 'a');
  CHECK(in(port.uart, kIirFcr) == 0x02);
}

TEST_CASE("without FIFOs a UART takes one byte and asks for more when it was read") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIer, 0x01);

  CHECK(port.type("ab") == 1);
  CHECK(port.irq.asserted());
  CHECK(port.line.resumed == 0);
  CHECK(in(port.uart, kLsr) == 0x61);
  CHECK(in(port.uart, kData) == 'a');

  CHECK_FALSE(port.irq.asserted());
  CHECK(port.line.resumed == 1);
  CHECK(port.type("b") == 1);
}

TEST_CASE("the trigger level decides between received data and a timeout") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIirFcr, 0x81);  // FIFOs on, trigger level 8.
  out(port.uart, kIer, 0x01);

  CHECK(port.type("1234567") == 7);
  CHECK(in(port.uart, kIirFcr) == 0xcc);
  CHECK(port.type("8") == 1);
  CHECK(in(port.uart, kIirFcr) == 0xc4);
  in(port.uart, kData);
  CHECK(in(port.uart, kIirFcr) == 0xcc);
}

TEST_CASE("a full FIFO refuses, loses nothing, and keeps the order") {
  Port port;
  out(port.uart, kIirFcr, 0x01);

  CHECK(port.type("0123456789abcdefXY") == 16);
  CHECK(port.type("X") == 0);
  std::string read;
  for (int i = 0; i < 8; ++i) read += static_cast<char>(in(port.uart, kData));
  CHECK(port.line.resumed == 1);
  CHECK(port.type("XY") == 2);
  for (int i = 0; i < 10; ++i) read += static_cast<char>(in(port.uart, kData));

  CHECK(read == "0123456789abcdefXY");
  CHECK(in(port.uart, kLsr) == 0x60);
}

TEST_CASE("clearing the receiver FIFO drops what it holds and makes room") {
  Port port;
  out(port.uart, kIirFcr, 0x01);
  port.type("0123456789abcdefX");

  out(port.uart, kIirFcr, 0x03);

  CHECK((in(port.uart, kLsr) & 1) == 0);
  CHECK(port.line.resumed == 1);
}

TEST_CASE("in loopback mode what is sent comes back and nothing reaches the line") {
  Port port;
  out(port.uart, kMcr, kLoop);
  out(port.uart, kData, 0xa5);

  CHECK(in(port.uart, kData) == 0xa5);
  CHECK(port.line.sent.empty());
  CHECK(port.type("x") == 0);

  out(port.uart, kMcr, 0);
  CHECK(port.line.resumed == 1);
}

TEST_CASE("in loopback mode the outputs are the inputs, and changes are told once") {
  Port port;
  out(port.uart, kMcr, kLoop);
  in(port.uart, kMsr);

  out(port.uart, kMcr, kLoop | 0x0f);
  CHECK(in(port.uart, kMsr) == 0xfb);  // All four, RI's rise doesn't count.
  CHECK(in(port.uart, kMsr) == 0xf0);
  out(port.uart, kMcr, kLoop | 0x0b);
  CHECK(in(port.uart, kMsr) == 0xb4);  // RI went away.
}

TEST_CASE("a modem status change interrupts until MSR is read") {
  Port port;
  out(port.uart, kIer, 0x08);
  out(port.uart, kMcr, kLoop | kOut2);
  CHECK(port.irq.asserted());
  CHECK(in(port.uart, kIirFcr) == 0x00);

  in(port.uart, kMsr);

  CHECK_FALSE(port.irq.asserted());
}

TEST_CASE("an overrun in loopback mode has the highest priority until LSR is read") {
  Port port;
  out(port.uart, kIer, 0x05);
  out(port.uart, kMcr, kLoop | kOut2);
  out(port.uart, kData, 1);
  out(port.uart, kData, 2);

  CHECK(in(port.uart, kIirFcr) == 0x06);
  CHECK((in(port.uart, kLsr) & 0x02) == 0x02);
  CHECK(in(port.uart, kIirFcr) == 0x04);
  CHECK(in(port.uart, kData) == 2);
}

TEST_CASE("after a reset a UART is as after power-on") {
  Port port;
  out(port.uart, kMcr, kOut2);
  out(port.uart, kIer, 0x0f);
  out(port.uart, kIirFcr, 0x01);
  port.type("abc");

  port.uart.reset();

  CHECK_FALSE(port.irq.asserted());
  CHECK(in(port.uart, kIer) == 0);
  CHECK(in(port.uart, kIirFcr) == 0x01);
  CHECK(in(port.uart, kMsr) == 0xb0);
}

}  // namespace
}  // namespace minivmm
