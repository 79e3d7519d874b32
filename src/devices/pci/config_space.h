#pragma once
// The 256 bytes of a PCI function's configuration space: values, what is writable, capabilities.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace minivmm::pci {

/// Who a function is (PCI 3.0, 6.2.1 and 6.2.4).
struct Identity {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint32_t class_code = 0;  ///< 24 bits: base class, sub-class, programming interface.
  std::uint8_t revision = 0;
  std::uint16_t subsystem_vendor = 0;
  std::uint16_t subsystem = 0;
};

/// Offsets in a type 0 header (PCI 3.0, figure 6-1).
inline constexpr std::uint32_t kVendorId = 0x00;
inline constexpr std::uint32_t kDeviceId = 0x02;
inline constexpr std::uint32_t kCommand = 0x04;
inline constexpr std::uint32_t kStatus = 0x06;
inline constexpr std::uint32_t kRevisionId = 0x08;
inline constexpr std::uint32_t kClassCode = 0x09;
inline constexpr std::uint32_t kCacheLineSize = 0x0c;
inline constexpr std::uint32_t kLatencyTimer = 0x0d;
inline constexpr std::uint32_t kHeaderType = 0x0e;
inline constexpr std::uint32_t kBar0 = 0x10;
inline constexpr std::uint32_t kSubsystemVendorId = 0x2c;
inline constexpr std::uint32_t kSubsystemId = 0x2e;
inline constexpr std::uint32_t kExpansionRom = 0x30;
inline constexpr std::uint32_t kCapabilitiesPointer = 0x34;
inline constexpr std::uint32_t kInterruptLine = 0x3c;
inline constexpr std::uint32_t kInterruptPin = 0x3d;
inline constexpr std::uint32_t kFirstCapability = 0x40;

/// COMMAND (PCI 3.0, 6.2.2).
inline constexpr std::uint16_t kCommandIo = 1u << 0;
inline constexpr std::uint16_t kCommandMemory = 1u << 1;
inline constexpr std::uint16_t kCommandBusMaster = 1u << 2;
inline constexpr std::uint16_t kCommandParityError = 1u << 6;
inline constexpr std::uint16_t kCommandSerr = 1u << 8;
inline constexpr std::uint16_t kCommandInterruptDisable = 1u << 10;

/// STATUS (PCI 3.0, 6.2.3).
inline constexpr std::uint16_t kStatusInterrupt = 1u << 3;
inline constexpr std::uint16_t kStatusCapabilities = 1u << 4;
inline constexpr std::uint16_t kStatusErrors = 0xf900;  // Bits 8 and 11..15, write 1 to clear.

/// Capability identifiers (PCI Code and ID Assignment 1.11, 2).
inline constexpr std::uint8_t kCapabilityVendor = 0x09;
inline constexpr std::uint8_t kCapabilityMsix = 0x11;

/// Plain bytes with masks. Not synchronised: its function's lock guards it.
class ConfigSpace {
 public:
  static constexpr std::uint32_t kSize = 256;

  /// A type 0 header with the writable bits that every function has.
  explicit ConfigSpace(const Identity& identity);

  /// A guest's access, 1 to 8 bytes; beyond kSize (PCIe's extended space) reads give 0, which
  /// says that there are no extended capabilities (PCIe 4.0, 7.6.3), and writes are ignored.
  void read(std::uint32_t offset, std::span<std::byte> data) const;
  void write(std::uint32_t offset, std::span<const std::byte> data);

  /// The current value of bytes bytes (1 to 4) at offset.
  [[nodiscard]] std::uint32_t get(std::uint32_t offset, std::uint32_t bytes) const;
  /// Changes the current value, whatever the masks say.
  void put(std::uint32_t offset, std::uint32_t bytes, std::uint32_t value);

  /// Sets the value at power-on, and the current one.
  void define(std::uint32_t offset, std::uint32_t bytes, std::uint32_t value);
  /// Bits that a guest can write.
  void allow_writes(std::uint32_t offset, std::uint32_t bytes, std::uint32_t mask);
  /// Bits that a guest clears by writing 1.
  void clear_by_one(std::uint32_t offset, std::uint32_t bytes, std::uint32_t mask);

  /// Puts a capability of the given identifier at the end of the list (PCI 3.0, 6.7); body is what
  /// follows its two-byte header. Answers its offset. Asserts that it still fits.
  std::uint32_t add_capability(std::uint8_t id, std::span<const std::byte> body);

  /// Back to the values at power-on.
  void reset() { value_ = power_on_; }

 private:
  using Bytes = std::array<std::uint8_t, kSize>;

  // Configuration.
  Bytes power_on_{};
  Bytes writable_{};
  Bytes write_one_to_clear_{};
  std::uint32_t next_capability_ = kFirstCapability;
  std::uint32_t last_pointer_ = kCapabilitiesPointer;

  // State.
  Bytes value_{};
};

}  // namespace minivmm::pci
