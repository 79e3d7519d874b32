#include "devices/vga/vga_pci.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace minivmm::vga {

namespace {

// QEMU's docs/specs/standard-vga; revision 2 says that QEMU's own registers are in BAR 2.
constexpr pci::Identity kIdentity{0x1234, 0x1111, 0x030000, 2, 0x1af4, 0x1100};
constexpr unsigned kFramebufferBar = 0;
constexpr unsigned kRegisterBar = 2;
constexpr std::uint64_t kRegisterBarSize = 4096;

constexpr std::uint64_t kSmallestRom = 2048;  // PCI 3.0, 6.2.5.2.

constexpr GuestRange kMonoPorts{{0x3b0}, 0x0c};  // 0x3bc and up are a parallel port's.
constexpr GuestRange kColorPorts{{0x3c0}, 0x20};
constexpr GuestRange kDispiPorts{{0x1ce}, 4};  // Words at 0x1ce, 0x1cf and 0x1d0.

}  // namespace

VgaPci::VgaPci(const Pins& pins)
    : PciFunction(kIdentity, {&pins.mmio, nullptr, nullptr}),
      pins_(pins),
      edid_(make_edid(pins.preferred)),
      dispi_(pins.memory.size() - kTextMemory),
      written_(pins.memory.size()),
      vga_ports_(registers_, pins.clock),
      posting_({pins.posted, [this](const PostedWrite& write) { answer_posted(write); },
                [this] { screen_.changed(); }}),
      legacy_(lock(), {registers_, dispi_, pins.memory, pins.memory.size() - kTextMemory,
                       pins.legacy, written_, posting_, [this] { screen_.changed(); }}),
      screen_({registers_, dispi_, byte_order_, legacy_, vram(), pins.framebuffer, pins.legacy,
               written_, pins.clock}) {
  assert(std::has_single_bit(vram().size()));
  assert(vram().size() >= kMinVram && vram().size() <= kMaxVram);
  add_bar(kFramebufferBar, pci::BarKind::kMmio32, vram().size(), framebuffer_bar_,
          pci::Prefetchable::kYes);
  add_bar(kRegisterBar, pci::BarKind::kMmio32, kRegisterBarSize, register_bar_);
  if (!pins_.rom.empty()) {
    add_rom(std::bit_ceil(std::max<std::uint64_t>(pins_.rom.size(), kSmallestRom)), rom_bar_);
  }
  [[maybe_unused]] bool added = pins_.mmio.add(kLegacyRange, legacy_);
  added = pins_.ports.add(kMonoPorts, port_device_, kMonoPorts.start.value) && added;
  added = pins_.ports.add(kColorPorts, port_device_, kColorPorts.start.value) && added;
  added = pins_.ports.add(kDispiPorts, dispi_ports_) && added;
  assert(added);
}

VgaPci::~VgaPci() {
  pins_.mmio.remove(kLegacyRange);
  for (const GuestRange& range : {kMonoPorts, kColorPorts, kDispiPorts}) pins_.ports.remove(range);
}

void VgaPci::reset() {
  posting_.reset();
  registers_ = {};
  dispi_.reset();
  byte_order_ = ByteOrder::kLittle;
  dispi_ports_.reset();
  legacy_.reset();
  screen_.reset();
  PciFunction::reset();
}

std::span<std::byte> VgaPci::vram() const {
  return pins_.memory.first(pins_.memory.size() - kTextMemory);
}

void VgaPci::bar_mapped(unsigned index, std::optional<GuestAddress> address) {
  if (index != kFramebufferBar) return;
  if (address) {
    pins_.framebuffer.map(*address, 0, vram().size());
  } else {
    pins_.framebuffer.unmap();
  }
}

std::optional<Framebuffer> VgaPci::show_framebuffer(PictureSize size) {
  constexpr unsigned kBytes = 4;
  if (size.width < 8 || size.height == 0 || size.width > Dispi::kMaxWidth ||
      size.height > Dispi::kMaxHeight) {
    return std::nullopt;
  }
  // A row is a multiple of eight pixels (Dispi).
  const std::uint64_t row = ((size.width + 7ull) & ~7ull) * kBytes;
  if (row * size.height > vram().size()) return std::nullopt;

  write_dispi(Dispi::kEnable, 0);
  write_dispi(Dispi::kXres, static_cast<std::uint16_t>(size.width));
  write_dispi(Dispi::kYres, static_cast<std::uint16_t>(size.height));
  write_dispi(Dispi::kBpp, 8 * kBytes);
  // Memory that was never written stays untouched: to clear it costs milliseconds and the pages.
  write_dispi(Dispi::kEnable, Dispi::kEnabled | Dispi::kLinear | Dispi::kNoClearMemory);
  // Drivers turn the screen on and off through the colour adapter's ports.
  registers_.miscellaneous |= kMiscColorPorts;
  registers_.attribute_index |= kPaletteAddressSource;
  registers_.sequencer[kSrClockingMode] &= static_cast<std::uint8_t>(~kClockingScreenOff);
  registers_changed();
  const auto mode = dispi_.mode();
  assert(mode && mode->width == size.width && mode->height == size.height);
  return Framebuffer{0, size, static_cast<std::uint32_t>(mode->bytes_per_row)};
}

// --- What is shown ------------------------------------------------------------------------------

PictureSize VgaPci::size() const {
  posting_.catch_up();
  return screen_.size();
}

std::vector<RowRange> VgaPci::draw(const Picture& picture, Redraw redraw) {
  posting_.catch_up();
  return screen_.draw(picture, redraw);
}

std::optional<TextScreen> VgaPci::text() const {
  posting_.catch_up();
  return screen_.text();
}

void VgaPci::when_changed(std::function<void()> changed) {
  posting_.catch_up();
  if (!changed || !posting_.must_look_again()) return screen_.when_changed(std::move(changed));
  screen_.when_changed({});
  changed();
}

// --- Registers ----------------------------------------------------------------------------------

void VgaPci::registers_changed() {
  legacy_.registers_changed();
  screen_.changed();
}

std::uint8_t VgaPci::read_port(std::uint64_t port) {
  return vga_ports_.read(Port{static_cast<std::uint16_t>(port)});
}

void VgaPci::write_port(std::uint64_t port, std::uint8_t value) {
  if (vga_ports_.write(Port{static_cast<std::uint16_t>(port)}, value)) registers_changed();
}

// Where they were posted, the window answers for all of the legacy range.
void VgaPci::answer_posted(const PostedWrite& write) {
  if (write.space == PostedWrite::Space::kMemory) {
    if (!kLegacyRange.contains(GuestAddress{write.address}, write.data.size())) return;
    return legacy_.write_posted(write.address - kLegacyRange.start.value, write.data);
  }
  std::uint64_t port = write.address;
  for (const std::byte byte : write.data) write_port(port++, std::to_integer<std::uint8_t>(byte));
}

void VgaPci::write_dispi(unsigned index, std::uint16_t value) {
  const Dispi::Effect effect = dispi_.write(index, value);
  if (effect == Dispi::Effect::kNone) return;
  registers_.dac_8_bit = dispi_.dac_8_bit();
  // First, so that text which returns to the planes does not land in the new picture.
  registers_changed();
  if (effect == Dispi::Effect::kChangedAndCleared) clear_picture();
}

void VgaPci::clear_picture() {
  const auto mode = dispi_.mode();
  if (!mode) return;
  const std::uint64_t bytes = mode->bytes_per_row * mode->height * (mode->bits == 4 ? kPlanes : 1);
  std::ranges::fill(vram().first(std::min<std::uint64_t>(bytes, vram().size())), std::byte{0});
}

}  // namespace minivmm::vga
