#include "devices/fw_cfg.h"

#include <algorithm>
#include <cassert>

namespace minivmm {

namespace {

// Registers, as offsets from port 0x510 ("Register Locations").
constexpr std::uint64_t kSelector = 0;  // Two bytes, for writes;
constexpr std::uint64_t kData = 1;      // one byte, for reads: the two overlap.
constexpr std::uint64_t kDmaAddress = 4;
constexpr std::uint64_t kDmaAddressLow = 8;

// The selector's bit 14 asked for writes once, and means nothing now ("Selector Register").
constexpr std::uint16_t kWriteBit = 0x4000;

// What the DMA register reads as ("DMA Interface").
constexpr std::string_view kDmaSignature = "QEMU CFG";

// Item kId: the interfaces that there are ("Revision / feature bitmap").
constexpr std::uint8_t kHasPorts = 1u << 0;
constexpr std::uint8_t kHasDma = 1u << 1;

// FWCfgDmaAccess: control, length, address, big-endian; and control's bits.
constexpr std::size_t kDmaCommandSize = 16;
constexpr std::uint32_t kDmaError = 1u << 0;
constexpr std::uint32_t kDmaRead = 1u << 1;
constexpr std::uint32_t kDmaSkip = 1u << 2;
constexpr std::uint32_t kDmaSelect = 1u << 3;
constexpr std::uint32_t kDmaWrite = 1u << 4;
constexpr unsigned kDmaItemShift = 16;

// A directory's entry ("File Directory"): size, item, reserved, name.
constexpr std::size_t kNameField = FwCfg::kMaxFileName + 1;

std::uint64_t load_be(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

void append_be(std::vector<std::byte>& to, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

FwCfg::FwCfg(const GuestMemory& memory) : memory_(memory) {
  set_item(kSignature, to_bytes("QEMU"));
  set_item(kId, {std::byte{kHasPorts | kHasDma}, {}, {}, {}});
  update_directory();
}

void FwCfg::set_item(std::uint16_t item, std::vector<std::byte> bytes) {
  items_[item] = std::move(bytes);
}

void FwCfg::set_item(std::uint16_t item, std::uint16_t value) {
  Bytes bytes(sizeof(value));
  store_le(bytes, value);
  set_item(item, std::move(bytes));
}

void FwCfg::add_file(std::string_view name, std::vector<std::byte> bytes) {
  assert(name.size() <= kMaxFileName && bytes.size() <= 0xffff'ffff);
  assert(std::ranges::none_of(files_, [name](const auto& file) { return file.first == name; }));
  const auto item = static_cast<std::uint16_t>(kFirstFile + files_.size());
  files_.emplace_back(name, item);
  set_item(item, std::move(bytes));
  update_directory();
}

void FwCfg::update_directory() {
  Bytes directory;
  append_be(directory, files_.size(), 4);
  for (const auto& [name, item] : files_) {
    append_be(directory, items_.at(item).size(), 4);
    append_be(directory, item, 2);
    append_be(directory, 0, 2);
    Bytes field = to_bytes(name);
    field.resize(kNameField);
    directory.insert(directory.end(), field.begin(), field.end());
  }
  set_item(kFileDirectory, std::move(directory));
}

void FwCfg::select(std::uint16_t selector) {
  state_.item = static_cast<std::uint16_t>(selector & ~kWriteBit);
  state_.offset = 0;
}

/// What of the selected item was not read yet.
std::span<const std::byte> FwCfg::rest() const {
  const auto item = items_.find(state_.item);
  if (item == items_.end() || state_.offset >= item->second.size()) return {};
  return std::span(item->second).subspan(state_.offset);
}

void FwCfg::advance(std::uint32_t length) {
  state_.offset += length;  // 2^32 skips of 4 GiB each would take a guest years.
}

void FwCfg::read(std::uint64_t offset, std::span<std::byte> data) {
  if (offset == kData && data.size() == 1) {
    const std::span<const std::byte> left = rest();
    data[0] = left.empty() ? std::byte{0} : left[0];
    advance(1);
    return;
  }
  if (offset < kDmaAddress || data.size() > kPorts - offset) return fill_ones(data);
  for (std::byte& byte : data) byte = static_cast<std::byte>(kDmaSignature[offset++ - kDmaAddress]);
}

// Writes to the data register are not taken since QEMU 2.4, whatever the item.
void FwCfg::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (offset == kSelector && data.size() == 2)
    return select(static_cast<std::uint16_t>(load_le(data)));
  if (offset >= kDmaAddress) write_dma_address(offset, data);
}

// "The DMA address register": writing the less significant half starts the transfer; both halves
// then hold 0 again.
void FwCfg::write_dma_address(std::uint64_t offset, std::span<const std::byte> data) {
  if (data.size() > kPorts - offset) return;
  std::ranges::copy(data,
                    state_.dma_address.begin() + static_cast<std::ptrdiff_t>(offset - kDmaAddress));
  const bool to_the_end = offset + data.size() == kPorts;
  const bool whole_half = data.size() >= kPorts - kDmaAddressLow;
  if (to_the_end && whole_half) run_dma();
}

void FwCfg::run_dma() {
  const GuestAddress command{load_be(state_.dma_address)};
  state_.dma_address = {};
  std::array<std::byte, kDmaCommandSize> bytes{};
  if (!memory_.copy_in(command, bytes)) return;  // There is no place to report an error in.
  const std::span<const std::byte> fields(bytes);
  const auto control = static_cast<std::uint32_t>(load_be(fields.subspan(0, 4)));
  const auto length = static_cast<std::uint32_t>(load_be(fields.subspan(4, 4)));
  const GuestAddress address{load_be(fields.subspan(8, 8))};

  const bool done = transfer(control, length, address);
  Bytes result;
  append_be(result, done ? 0 : kDmaError, 4);
  // Read from there a moment ago; RAM does not go away.
  (void)memory_.copy_out(command, result);
}

bool FwCfg::transfer(std::uint32_t control, std::uint32_t length, GuestAddress to) {
  if ((control & kDmaSelect) != 0) select(static_cast<std::uint16_t>(control >> kDmaItemShift));
  if ((control & kDmaRead) != 0) return read_out(length, to);
  if ((control & kDmaWrite) != 0) return length == 0;  // Every item is read-only.
  if ((control & kDmaSkip) != 0) advance(length);
  return true;
}

bool FwCfg::read_out(std::uint32_t length, GuestAddress to) {
  const std::span<const std::byte> left = rest();
  const std::size_t there = std::min<std::size_t>(left.size(), length);
  if (!memory_.at(to, length)) return length == 0;
  (void)memory_.copy_out(to, left.first(there));
  (void)memory_.fill(to + there, length - there, std::byte{0});
  advance(length);
  return true;
}

}  // namespace minivmm
