#pragma once
// A keyboard controller with its keyboard and mouse, a person, and a guest that drives it.

#include <cstdint>
#include <mutex>
#include <vector>

#include "devices/i8042.h"
#include "support/fake_irq_line.h"
#include "support/fake_power_control.h"
#include "support/fake_time.h"
#include "support/guest_access.h"

namespace minivmm::test {

using ByteList = std::vector<std::uint8_t>;

struct Ps2Machine {
  FakeIrqLine irq1{};
  FakeIrqLine irq12{};
  FakePowerControl power{};
  FakeTime time{};
  I8042 chip{
      {.keyboard_irq = irq1, .mouse_irq = irq12, .power = power, .clock = time, .loop = time}};

  // --- The guest
  std::uint8_t status() { return in(chip, I8042::kCommandPort); }
  std::uint8_t read() { return in(chip, I8042::kDataPort); }
  void command(std::uint8_t value) { out(chip, I8042::kCommandPort, value); }
  void write(std::uint8_t value) { out(chip, I8042::kDataPort, value); }

  std::uint8_t ask(std::uint8_t value) {
    command(value);
    return read();
  }
  void set_command_byte(std::uint8_t value) {
    command(0x60);
    write(value);
  }
  /// Both ports on, both interrupts, and what the keyboard says as it says it.
  void enable_all() { set_command_byte(0x07); }

  /// Reads as long as there is something; no more than a driver would.
  ByteList read_all() {
    ByteList bytes;
    while ((status() & 0x01) != 0 && bytes.size() < 100) bytes.push_back(read());
    return bytes;
  }
  ByteList tell_keyboard(const ByteList& values) {
    ByteList answers;
    for (const std::uint8_t value : values) {
      write(value);
      for (const std::uint8_t byte : read_all()) answers.push_back(byte);
    }
    return answers;
  }
  ByteList tell_mouse(const ByteList& values) {
    ByteList answers;
    for (const std::uint8_t value : values) {
      command(0xd4);
      write(value);
      for (const std::uint8_t byte : read_all()) answers.push_back(byte);
    }
    return answers;
  }

  // --- The person
  void key(int code, Press press) {
    const std::lock_guard guard(chip.lock());
    chip.keyboard().key({static_cast<std::uint16_t>(code)}, press);
  }
  void down(int code) { key(code, Press::kDown); }
  void up(int code) { key(code, Press::kUp); }
  void type(int code) {
    down(code);
    up(code);
  }
  void move(int dx, int dy) {
    const std::lock_guard guard(chip.lock());
    chip.mouse().move(dx, dy);
  }
  void button(PointerButton button, Press press) {
    const std::lock_guard guard(chip.lock());
    chip.mouse().button(button, press);
  }
  void wheel(int vertical, int horizontal) {
    const std::lock_guard guard(chip.lock());
    chip.mouse().wheel(vertical, horizontal);
  }
  void let_go() {
    const std::lock_guard guard(chip.lock());
    chip.keyboard().release_all();
    chip.mouse().release_all();
  }
};

}  // namespace minivmm::test
