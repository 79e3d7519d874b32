#pragma once
// A VGA on its buses, and the guest that programs it.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/vga/fake_posted_writes.h"
#include "devices/vga/fake_window.h"
#include "devices/vga/vga_pci.h"
#include "support/fake_time.h"
#include "support/guest_access.h"

namespace minivmm::test {

/// The registers of a mode, as the IBM VGA's BIOS sets them (the manual, 2-103 and on).
struct VgaMode {
  std::uint8_t miscellaneous = 0;
  std::array<std::uint8_t, 5> sequencer{};
  std::array<std::uint8_t, 25> crtc{};
  std::array<std::uint8_t, 9> graphics{};
  std::array<std::uint8_t, 21> attribute{};
};

struct VgaMachine {
  static constexpr std::uint64_t kVram = 1 << 20;
  static constexpr std::uint64_t kFramebuffer = 0xe0000000;
  static constexpr std::uint64_t kRegisters = 0xe1000000;

  /// posted_writes: null where every write of the guest exits.
  explicit VgaMachine(std::uint64_t vram = kVram, FakePostedWrites* posted_writes = nullptr)
      : memory(vram + vga::VgaPci::kTextMemory),
        framebuffer(memory),
        legacy(memory),
        posted(posted_writes),
        vga({mmio, ports, memory, framebuffer, legacy, time, {}, {1280, 800}, posted_writes}) {}

  void out8(unsigned port, unsigned value) {
    const bool in_range = vga::VgaPci::kPostedPorts.contains({port});
    if (in_range && posted != nullptr && posted->post(PostedWrite::Space::kPorts, port, value))
      return;
    ++port_exits;
    store(ports, port, static_cast<std::uint8_t>(value));
  }
  [[nodiscard]] unsigned in8(unsigned port) { return load<std::uint8_t>(ports, port); }
  void indexed(unsigned port, unsigned index, unsigned value) {
    out8(port, index);
    out8(port + 1, value);
  }
  [[nodiscard]] unsigned indexed(unsigned port, unsigned index) {
    out8(port, index);
    return in8(port + 1);
  }
  void sequencer(unsigned index, unsigned value) { indexed(0x3c4, index, value); }
  void graphics(unsigned index, unsigned value) { indexed(0x3ce, index, value); }
  void crtc(unsigned index, unsigned value) { indexed(0x3d4, index, value); }
  void attribute(unsigned index, unsigned value) {
    static_cast<void>(in8(0x3da));
    out8(0x3c0, index);
    out8(0x3c0, value);
    out8(0x3c0, 0x20);
    static_cast<void>(in8(0x3da));
  }
  void dac(unsigned index, unsigned red, unsigned green, unsigned blue) {
    out8(0x3c8, index);
    for (const unsigned part : {red, green, blue}) out8(0x3c9, part);
  }
  void dispi(unsigned index, unsigned value) {
    store(ports, 0x1ce, static_cast<std::uint16_t>(index));
    store(ports, 0x1d0, static_cast<std::uint16_t>(value));
  }
  [[nodiscard]] unsigned dispi(unsigned index) {
    store(ports, 0x1ce, static_cast<std::uint16_t>(index));
    return load<std::uint16_t>(ports, 0x1d0);
  }
  void set_dispi_mode(unsigned width, unsigned height, unsigned bits, unsigned flags = 0) {
    dispi(vga::Dispi::kEnable, 0);
    dispi(vga::Dispi::kXres, width);
    dispi(vga::Dispi::kYres, height);
    dispi(vga::Dispi::kBpp, bits);
    dispi(vga::Dispi::kEnable, vga::Dispi::kEnabled | vga::Dispi::kLinear | flags);
    turn_on();
  }
  void turn_on() {
    static_cast<void>(in8(0x3ba));
    static_cast<void>(in8(0x3da));
    out8(0x3c0, 0x20);
  }

  void set_mode(const VgaMode& mode) {
    out8(0x3c2, mode.miscellaneous);
    const unsigned crtc_port = (mode.miscellaneous & 1) != 0 ? 0x3d4 : 0x3b4;
    for (unsigned index = 0; index < 5; ++index) sequencer(index, mode.sequencer[index]);
    indexed(crtc_port, 0x11, 0);  // Unprotects the others.
    for (unsigned index = 0; index < 25; ++index) indexed(crtc_port, index, mode.crtc[index]);
    for (unsigned index = 0; index < 9; ++index) graphics(index, mode.graphics[index]);
    static_cast<void>(in8(crtc_port + 6));
    for (unsigned index = 0; index < 21; ++index) {
      out8(0x3c0, index);
      out8(0x3c0, mode.attribute[index]);
    }
    out8(0x3c0, 0x20);
  }

  /// MOV to and from 0xa0000 to 0xbffff: without an exit where the window is mapped.
  void poke(std::uint64_t address, unsigned value) {
    if (std::byte* const byte = legacy.at(address)) {
      *byte = static_cast<std::byte>(value);
      return legacy.wrote(address);
    }
    if (posted != nullptr && posted->post(PostedWrite::Space::kMemory, address, value)) return;
    ++exits;
    store(mmio, address, static_cast<std::uint8_t>(value));
  }
  [[nodiscard]] unsigned peek(std::uint64_t address) {
    if (const std::byte* const byte = legacy.at(address)) return std::to_integer<unsigned>(*byte);
    ++exits;
    return load<std::uint8_t>(mmio, address);
  }
  /// MOV to BAR 0, at an offset.
  void poke_linear(std::uint64_t offset, unsigned value) {
    memory[offset] = static_cast<std::byte>(value);
    framebuffer.wrote(kFramebuffer + offset);
  }
  void map_bars() {
    const std::lock_guard guard(vga.lock());
    vga.assign_bar(0, {kFramebuffer});
    vga.assign_bar(2, {kRegisters});
    const std::byte memory_space{2};
    vga.config_write(pci::kCommand, {&memory_space, 1});
  }

  /// Draws into pixels, which keep what the last one left.
  std::vector<RowRange> draw(Scanout::Redraw redraw = Scanout::Redraw::kChangedRows) {
    const std::lock_guard guard(vga.lock());
    size = vga.size();
    pixels.resize(std::size_t{size.width} * size.height);
    return vga.draw({pixels, size, size.width}, redraw);
  }
  [[nodiscard]] std::uint32_t pixel(unsigned x, unsigned y) const {
    return pixels.at(std::size_t{y} * size.width + x);
  }

  std::vector<std::byte> memory;
  Bus mmio{};
  Bus ports{};
  FakeTime time{};
  FakeWindow framebuffer;
  FakeWindow legacy;
  FakePostedWrites* const posted;
  vga::VgaPci vga;
  unsigned exits = 0;       // Of accesses to memory.
  unsigned port_exits = 0;  // Of writes to ports.
  PictureSize size{};
  std::vector<std::uint32_t> pixels{};
};

/// The same where KVM can post the guest's writes.
struct PostingQueue {
  FakePostedWrites queue{};
};
struct PostingMachine : PostingQueue, VgaMachine {
  PostingMachine() : VgaMachine(kVram, &queue) {}
};

inline constexpr std::array<std::uint8_t, 21> kAttributes16{
    0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x01, 0, 0x0f, 0, 0};
/// 80x25 characters of 9x16.
inline constexpr VgaMode kMode3{
    0x67,
    {3, 0x00, 3, 0, 2},
    {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
    {0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff},
    {0,    1,    2,    3,    4,    5,    0x14, 7,    0x38, 0x39, 0x3a,
     0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0,    0x0f, 8,    0}};
/// The same on a monochrome monitor.
inline constexpr VgaMode kMode7{
    0xa6,
    {3, 0x00, 3, 0, 2},
    {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x0d, 0x96, 0xb9, 0xa3, 0xff},
    {0, 0, 0, 0, 0, 0x10, 0x0a, 0, 0xff},
    {0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18, 0x18,
     0x18, 0x18, 0x18, 0x18, 0x18, 0x0e, 0,    0x0f, 8,    0}};
/// 320x200, CGA's 4 colours.
inline constexpr VgaMode kMode4{
    0x63,
    {3, 0x09, 3, 0, 2},
    {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00, 0xc1, 0,    0,   0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff},
    {0, 0, 0, 0, 0, 0x30, 0x0f, 0, 0xff},
    {0,    0x13, 0x15, 0x17, 2,    4,    6, 7,    0x10, 0x11, 0x12,
     0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0, 0x03, 0,    0}};
/// 640x200, 2 colours.
inline constexpr VgaMode kMode6{
    0x63,
    {3, 0x01, 1, 0, 6},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0xc1, 0,    0,   0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff},
    {0, 0, 0, 0, 0, 0x00, 0x0d, 0, 0xff},
    {0,    0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17,
     0x17, 0x17, 0x17, 0x17, 0x17, 0x01, 0,    0x01, 0,    0}};
/// 320x200, 16 colours.
inline constexpr VgaMode kModeD{
    0x63,
    {3, 0x09, 0x0f, 0, 6},
    {0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0x00, 0xc0, 0,    0,   0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xe3, 0xff},
    {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff},
    kAttributes16};
/// 640x480, 16 colours.
inline constexpr VgaMode kMode12{
    0xe3,
    {3, 0x01, 0x0f, 0, 6},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0,    0,   0,
     0,    0,    0,    0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff},
    {0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff},
    kAttributes16};
/// 320x200, 256 colours.
inline constexpr VgaMode kMode13{
    0x63,
    {3, 0x01, 0x0f, 0, 0x0e},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0,    0,   0,
     0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
    {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0f, 0, 0}};
/// 320x240, 256 colours, in four planes: what became known as mode X.
inline constexpr VgaMode kModeX{
    0xe3,
    {3, 0x01, 0x0f, 0, 6},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0d, 0x3e, 0x00, 0x41, 0,    0,   0,
     0,    0,    0,    0xea, 0xac, 0xdf, 0x28, 0x00, 0xe7, 0x06, 0xe3, 0xff},
    {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0f, 0, 0}};

}  // namespace minivmm::test
