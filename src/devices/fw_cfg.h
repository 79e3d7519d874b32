#pragma once
// The device by which a machine tells its firmware what it is made of: QEMU's fw_cfg (QEMU,
// docs/specs/fw_cfg), on ports, with its DMA interface. Nothing that it holds can be written.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "minivmm/guest_memory.h"
#include "minivmm/io_device.h"

namespace minivmm {

/// Items by number, and files: items that the directory lists by name. What does not exist, and
/// whatever lies behind an item's end, reads as zeros.
///
/// Put on the port bus with kPorts ports: the selector, the data register, the DMA address.
/// Ownership: refers to the memory. Threads: as IoDevice; items are set before the guest runs.
class FwCfg final : public IoDevice {
 public:
  static constexpr std::uint64_t kPorts = 12;

  // Numbers of items ("Firmware Configuration Items"; the CPU counts and the boot menu as SeaBIOS
  // and QEMU share them).
  static constexpr std::uint16_t kSignature = 0x00;
  static constexpr std::uint16_t kId = 0x01;
  static constexpr std::uint16_t kNoGraphic = 0x04;
  static constexpr std::uint16_t kCpus = 0x05;
  static constexpr std::uint16_t kBootMenu = 0x0e;
  static constexpr std::uint16_t kMaxCpus = 0x0f;
  static constexpr std::uint16_t kFileDirectory = 0x19;
  static constexpr std::uint16_t kFirstFile = 0x20;

  static constexpr std::size_t kMaxFileName = 55;  ///< In bytes.

  /// memory is what the DMA interface reaches.
  explicit FwCfg(const GuestMemory& memory);

  /// Sets an item, a new one or one that there is.
  void set_item(std::uint16_t item, std::vector<std::byte> bytes);
  /// The same for a number of 16 bits, little-endian.
  void set_item(std::uint16_t item, std::uint16_t value);
  /// Adds a file. Names are unique, and at most kMaxFileName long.
  void add_file(std::string_view name, std::vector<std::byte> bytes);

  /// Power-on: no item is selected but the signature. Items stay.
  void reset() { state_ = {}; }

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;

 private:
  using Bytes = std::vector<std::byte>;

  void select(std::uint16_t selector);
  [[nodiscard]] std::string item_name() const;
  [[nodiscard]] std::span<const std::byte> rest() const;
  void write_dma_address(std::uint64_t offset, std::span<const std::byte> data);
  void run_dma();
  [[nodiscard]] bool transfer(std::uint32_t control, std::uint32_t length, GuestAddress to);
  [[nodiscard]] bool read_out(std::uint32_t length, GuestAddress to);
  void advance(std::uint32_t length);
  void update_directory();

  // Configuration.
  std::map<std::uint16_t, Bytes> items_;
  std::vector<std::pair<std::string, std::uint16_t>> files_;

  // Wiring.
  const GuestMemory& memory_;

  // State.
  struct State {
    std::uint16_t item = kSignature;
    std::uint64_t offset = 0;                // Of the next byte in the item.
    std::array<std::byte, 8> dma_address{};  // Big-endian, as the guest wrote it.
  } state_;
};

}  // namespace minivmm
