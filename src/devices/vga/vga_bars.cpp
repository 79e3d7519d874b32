// How a guest's accesses reach VgaPci: BARs and ports.

#include <algorithm>

#include "devices/vga/vga_pci.h"

namespace minivmm::vga {

namespace {

// BAR 2 (QEMU's docs/specs/standard-vga, "MMIO area spec").
constexpr GuestRange kEdid{{0x000}, 0x400};
constexpr GuestRange kVgaPorts{{0x400}, 0x20};  // 0x3c0 to 0x3df.
constexpr std::uint64_t kFirstVgaPort = 0x3c0;
constexpr GuestRange kDispi{{0x500}, 2 * Dispi::kIndices};  // 16 bits each.
constexpr std::uint64_t kExtendedSize = 0x600;
constexpr std::uint64_t kExtendedByteOrder = 0x604;
constexpr std::uint64_t kExtendedBytes = 8;
constexpr std::uint32_t kLittleEndian = 0x1e1e1e1e;
constexpr std::uint32_t kBigEndian = 0xbebebebe;

// The dispi ports, from 0x1ce.
constexpr std::uint64_t kDispiIndex = 0;

}  // namespace

// --- BAR 0 --------------------------------------------------------------------------------------

void VgaPci::FramebufferBar::read(std::uint64_t offset, std::span<std::byte> data) {
  vga_.posting_.catch_up();
  // The bus gives accesses inside the BAR alone.
  std::ranges::copy(vga_.vram().subspan(offset, data.size()), data.begin());
}

void VgaPci::FramebufferBar::write(std::uint64_t offset, std::span<const std::byte> data) {
  vga_.posting_.catch_up();
  std::ranges::copy(data, vga_.vram().subspan(offset, data.size()).begin());
  vga_.written_.add(offset);
  vga_.written_.add(offset + data.size() - 1);
  vga_.screen_.changed();
}

// --- The expansion ROM --------------------------------------------------------------------------

void VgaPci::RomBar::read(std::uint64_t offset, std::span<std::byte> data) {
  const std::span<const std::byte> rom = vga_.pins_.rom;
  for (std::byte& byte : data) {
    byte = offset < rom.size() ? rom[offset] : std::byte{0};
    ++offset;
  }
}

// --- BAR 2 --------------------------------------------------------------------------------------

std::uint8_t VgaPci::RegisterBar::read_byte(std::uint64_t offset) {
  const GuestAddress at{offset};
  if (kEdid.contains(at)) return offset < vga_.edid_.size() ? vga_.edid_[offset] : std::uint8_t{0};
  if (kVgaPorts.contains(at)) return vga_.read_port(kFirstVgaPort + offset - kVgaPorts.start.value);
  if (kDispi.contains(at)) {
    const std::uint64_t within = offset - kDispi.start.value;
    const std::uint16_t value = vga_.dispi_.read(static_cast<unsigned>(within / 2));
    return static_cast<std::uint8_t>(value >> within % 2 * 8);
  }
  std::uint32_t extended = 0;
  if (offset >= kExtendedSize && offset < kExtendedByteOrder) extended = kExtendedBytes;
  if (offset >= kExtendedByteOrder && offset < kExtendedSize + kExtendedBytes) {
    extended = vga_.byte_order_ == ByteOrder::kBig ? kBigEndian : kLittleEndian;
  }
  return static_cast<std::uint8_t>(extended >> offset % 4 * 8);
}

void VgaPci::RegisterBar::read(std::uint64_t offset, std::span<std::byte> data) {
  vga_.posting_.catch_up();
  for (std::byte& byte : data) byte = std::byte{read_byte(offset++)};
}

void VgaPci::RegisterBar::write(std::uint64_t offset, std::span<const std::byte> data) {
  vga_.posting_.catch_up();
  const GuestRange written{{offset}, data.size()};
  if (written == GuestRange{{kExtendedByteOrder}, 4}) {
    const std::uint64_t value = load_le(data);
    if (value == kLittleEndian) vga_.byte_order_ = ByteOrder::kLittle;
    if (value == kBigEndian) vga_.byte_order_ = ByteOrder::kBig;
    vga_.registers_changed();
  } else if (kVgaPorts.contains(GuestAddress{offset}, data.size())) {
    for (const std::byte byte : data) {
      vga_.write_port(kFirstVgaPort + offset++ - kVgaPorts.start.value,
                      std::to_integer<std::uint8_t>(byte));
    }
  } else if (kDispi.contains(GuestAddress{offset}, data.size()) && offset % 2 == 0) {
    for (std::size_t at = 0; at + 2 <= data.size(); at += 2) {
      const auto index = static_cast<unsigned>((offset + at - kDispi.start.value) / 2);
      vga_.write_dispi(index, static_cast<std::uint16_t>(load_le(data.subspan(at, 2))));
    }
  }
}

// --- Ports --------------------------------------------------------------------------------------

std::uint8_t VgaPci::VgaPorts::read_register(std::uint64_t offset) {
  vga_.posting_.catch_up();
  return vga_.read_port(offset);
}

void VgaPci::VgaPorts::write_register(std::uint64_t offset, std::uint8_t value) {
  vga_.posting_.catch_up();
  if (!vga_.legacy_.mapped()) vga_.posting_.trapped();
  vga_.write_port(offset, value);
}

void VgaPci::DispiPorts::read(std::uint64_t offset, std::span<std::byte> data) {
  if (data.size() != 2) return fill_ones(data);
  vga_.posting_.catch_up();
  store_le(data, offset == kDispiIndex ? index_ : vga_.dispi_.read(index_));
}

void VgaPci::DispiPorts::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (data.size() != 2) return;
  vga_.posting_.catch_up();
  const auto value = static_cast<std::uint16_t>(load_le(data));
  if (offset == kDispiIndex) {
    index_ = value;
  } else {
    vga_.write_dispi(index_, value);
  }
}

}  // namespace minivmm::vga
