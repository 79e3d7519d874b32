#include "devices/pci/function.h"

#include <bit>
#include <cassert>

#include "minivmm/io_device.h"

namespace minivmm::pci {

namespace {

// The low bits of a base address register (PCI 3.0, 6.2.5.1).
constexpr std::uint32_t kBarIo = 1u << 0;
constexpr std::uint32_t kBarMmio64 = 2u << 1;
constexpr std::uint32_t kBarPrefetchable = 1u << 3;
constexpr std::uint64_t kBarIoFlags = 0x3;
constexpr std::uint64_t kBarMmioFlags = 0xf;

// The expansion ROM's base address register (PCI 3.0, 6.2.5.2).
constexpr std::uint32_t kRomEnable = 1u << 0;
constexpr std::uint64_t kRomFlags = 0x7ff;
constexpr std::uint64_t kLeastRom = 0x800;
constexpr std::uint64_t kMostRom = 0x100'0000;

constexpr std::uint64_t kPorts = 0x1'0000;
constexpr std::uint64_t kLow4GiB = 0x1'0000'0000;

// MSI-X capability (PCI 3.0, 6.8.2.3 to 6.8.2.5), as offsets from its start.
constexpr std::uint32_t kMsixMessageControl = 2;
constexpr std::uint32_t kMsixCapabilityBody = 10;
constexpr std::uint32_t kMsixEnable = 1u << 15;
constexpr std::uint32_t kMsixFunctionMask = 1u << 14;

constexpr std::uint8_t kMultifunction = 0x80;  // Header Type, bit 7.

std::uint32_t bar_offset(unsigned index) {
  return index == PciFunction::kRomBar ? kExpansionRom : kBar0 + 4 * index;
}

bool overlaps(std::uint32_t offset, std::size_t bytes, std::uint32_t start, std::uint32_t size) {
  return offset < start + size && start < offset + bytes;
}

std::uint32_t bar_flags(BarKind kind, Prefetchable prefetchable) {
  if (kind == BarKind::kIo) return kBarIo;
  if (kind == BarKind::kRom) return 0;
  return (kind == BarKind::kMmio64 ? kBarMmio64 : 0) |
         (prefetchable == Prefetchable::kYes ? kBarPrefetchable : 0);
}

}  // namespace

PciFunction::PciFunction(const Identity& identity, const Wiring& wiring)
    : wiring_(wiring), config_(identity) {}

PciFunction::~PciFunction() {
  for (const Bar& bar : bars_) {
    if (bar.mapped) bus_of(bar)->remove({*bar.mapped, bar.size});
  }
}

void PciFunction::reset() {
  config_.reset();
  intx_requested_ = false;
  if (msix_ != nullptr) msix_->reset();
  update_mappings();
  update_irq();
}

void PciFunction::config_read(std::uint32_t offset, std::span<std::byte> data) {
  before_config_read(offset, static_cast<std::uint32_t>(data.size()));
  config_.read(offset, data);
}

void PciFunction::config_write(std::uint32_t offset, std::span<const std::byte> data) {
  config_.write(offset, data);
  if (overlaps(offset, data.size(), kCommand, 2)) update_irq();
  if (overlaps(offset, data.size(), kCommand, 2) || overlaps(offset, data.size(), kBar0, 24) ||
      overlaps(offset, data.size(), kExpansionRom, 4)) {
    update_mappings();
  }
  if (msix_capability_ &&
      overlaps(offset, data.size(), *msix_capability_ + kMsixMessageControl, 2)) {
    update_msix();
  }
  after_config_write(offset, static_cast<std::uint32_t>(data.size()));
}

// --- BARs ---------------------------------------------------------------------------------------

void PciFunction::add_bar(unsigned index, BarKind kind, std::uint64_t size, IoDevice& handler,
                          Prefetchable prefetchable) {
  assert(index < (kind == BarKind::kMmio64 ? kBars - 1 : kBars));
  assert(bars_[index].size == 0 && std::has_single_bit(size));
  assert(kind == BarKind::kIo ? size >= 4 && size <= 256 : size >= 16);
  assert(kind == BarKind::kMmio64 || size <= kLow4GiB / 2);
  assert(&handler.lock() == &lock_);

  Bar& bar = bars_[index];
  bar.kind = kind;
  bar.prefetchable = prefetchable;
  bar.size = size;
  bar.handler = &handler;
  assert(bus_of(bar) != nullptr);

  // Sizing reads back ones where the address can be written (PCI 3.0, 6.2.5.1).
  const std::uint64_t writable = ~(size - 1);
  config_.define(bar_offset(index), 4, bar_flags(kind, prefetchable));
  config_.allow_writes(bar_offset(index), 4, static_cast<std::uint32_t>(writable));
  if (kind == BarKind::kMmio64) {
    config_.allow_writes(bar_offset(index + 1), 4, static_cast<std::uint32_t>(writable >> 32));
  }
}

void PciFunction::add_rom(std::uint64_t size, IoDevice& handler) {
  Bar& rom = bars_[kRomBar];
  assert(rom.size == 0 && std::has_single_bit(size) && size >= kLeastRom && size <= kMostRom);
  assert(&handler.lock() == &lock_);
  rom.kind = BarKind::kRom;
  rom.size = size;
  rom.handler = &handler;
  assert(bus_of(rom) != nullptr);
  config_.allow_writes(kExpansionRom, 4, ~static_cast<std::uint32_t>(size - 1) | kRomEnable);
}

std::vector<BarInfo> PciFunction::bars() const {
  std::vector<BarInfo> list;
  for (unsigned index = 0; index < bars_.size(); ++index) {
    const Bar& bar = bars_[index];
    if (bar.size == 0) continue;
    list.push_back({index, bar.kind, bar.size, bar.prefetchable, bar.mapped});
  }
  return list;
}

std::vector<IoDevice*> PciFunction::handlers() const {
  std::vector<IoDevice*> all;
  for (const Bar& bar : bars_) {
    if (bar.handler != nullptr) all.push_back(bar.handler);
  }
  return all;
}

void PciFunction::assign_bar(unsigned index, GuestAddress address) {
  const Bar& bar = bars_.at(index);
  assert(bar.size != 0 && address.value % bar.size == 0);
  std::uint32_t flags = bar_flags(bar.kind, bar.prefetchable);
  if (bar.kind == BarKind::kRom) flags = config_.get(kExpansionRom, 4) & kRomEnable;
  config_.put(bar_offset(index), 4, static_cast<std::uint32_t>(address.value) | flags);
  if (bar.kind == BarKind::kMmio64) {
    config_.put(bar_offset(index + 1), 4, static_cast<std::uint32_t>(address.value >> 32));
  }
  update_mapping(index);
}

Bus* PciFunction::bus_of(const Bar& bar) const {
  return bar.kind == BarKind::kIo ? wiring_.ports : wiring_.mmio;
}

std::uint64_t PciFunction::bar_address(unsigned index) const {
  const std::uint64_t low = config_.get(bar_offset(index), 4);
  switch (bars_[index].kind) {
    case BarKind::kIo:
      return low & ~kBarIoFlags;
    case BarKind::kRom:
      return low & ~kRomFlags;
    case BarKind::kMmio32:
      return low & ~kBarMmioFlags;
    case BarKind::kMmio64:
      break;
  }
  return std::uint64_t{config_.get(bar_offset(index + 1), 4)} << 32 | (low & ~kBarMmioFlags);
}

std::optional<GuestAddress> PciFunction::decoded(unsigned index) const {
  const Bar& bar = bars_[index];
  const std::uint32_t command = config_.get(kCommand, 2);
  const std::uint32_t enable = bar.kind == BarKind::kIo ? kCommandIo : kCommandMemory;
  if ((command & enable) == 0) return std::nullopt;
  if (bar.kind == BarKind::kRom && (config_.get(kExpansionRom, 4) & kRomEnable) == 0)
    return std::nullopt;

  const std::uint64_t address = bar_address(index);
  if (address == 0) return std::nullopt;  // Not assigned yet.
  if (bar.kind == BarKind::kIo && address > kPorts - bar.size) return std::nullopt;
  if (bar.kind != BarKind::kMmio64 && address > kLow4GiB - bar.size) return std::nullopt;
  return GuestAddress{address};  // A 64-bit one that wraps is refused by the bus.
}

void PciFunction::update_mapping(unsigned index) {
  Bar& bar = bars_[index];
  const std::optional<GuestAddress> wanted = decoded(index);
  if (bar.mapped == wanted) return;

  const std::optional<GuestAddress> before = bar.mapped;
  if (bar.mapped) bus_of(bar)->remove({*bar.mapped, bar.size});
  bar.mapped.reset();
  if (wanted && bus_of(bar)->add({*wanted, bar.size}, *bar.handler)) bar.mapped = wanted;
  if (bar.mapped != before) bar_mapped(index, bar.mapped);
}

void PciFunction::update_mappings() {
  for (unsigned index = 0; index < bars_.size(); ++index) {
    if (bars_[index].size != 0) update_mapping(index);
  }
}

// --- Interrupts
// -----------------------------------------------------------------------------------

void PciFunction::add_msix(unsigned bar, Msix& msix) {
  assert(msix_ == nullptr);
  add_bar(bar, BarKind::kMmio32, msix.region_size(), msix);

  std::array<std::byte, kMsixCapabilityBody> body{};
  store_le(std::span(body).subspan(0, 2), msix.vectors() - 1);       // Table Size, less one.
  store_le(std::span(body).subspan(2, 4), bar);                      // Table offset 0 | BIR.
  store_le(std::span(body).subspan(6, 4), msix.pba_offset() | bar);  // PBA offset | BIR.
  msix_capability_ = config_.add_capability(kCapabilityMsix, body);
  config_.allow_writes(*msix_capability_ + kMsixMessageControl, 2, kMsixEnable | kMsixFunctionMask);
  msix_ = &msix;
}

void PciFunction::update_msix() {
  const std::uint32_t control = config_.get(*msix_capability_ + kMsixMessageControl, 2);
  msix_->set_control((control & kMsixEnable) != 0, (control & kMsixFunctionMask) != 0);
  update_irq();
}

void PciFunction::use_intx() {
  assert(wiring_.intx != nullptr);
  config_.define(kInterruptPin, 1, 1);  // INTA#.
}

void PciFunction::set_intx(bool requested) {
  if (requested == intx_requested_) return;
  intx_requested_ = requested;
  update_irq();
}

void PciFunction::update_irq() {
  const std::uint32_t status = config_.get(kStatus, 2) & ~std::uint32_t{kStatusInterrupt};
  config_.put(kStatus, 2, status | (intx_requested_ ? kStatusInterrupt : 0u));

  const bool disabled = (config_.get(kCommand, 2) & kCommandInterruptDisable) != 0;
  const bool by_msix = msix_ != nullptr && msix_->enabled();
  if (wiring_.intx != nullptr) wiring_.intx->set(intx_requested_ && !disabled && !by_msix);
}

bool PciFunction::bus_master() const {
  return (config_.get(kCommand, 2) & kCommandBusMaster) != 0;
}

void PciFunction::set_multifunction() {
  config_.define(kHeaderType, 1, config_.get(kHeaderType, 1) | kMultifunction);
}

}  // namespace minivmm::pci
