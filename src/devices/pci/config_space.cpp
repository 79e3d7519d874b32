#include "devices/pci/config_space.h"

#include <cassert>

namespace minivmm::pci {

namespace {

// What every type 0 header lets a guest write. Bus mastering and error reporting bits are kept
// without an effect of their own; the devices of this machine raise no PCI errors.
constexpr std::uint16_t kWritableCommand = kCommandIo | kCommandMemory | kCommandBusMaster |
                                           kCommandParityError | kCommandSerr |
                                           kCommandInterruptDisable;

std::uint8_t byte_of(std::uint32_t value, std::uint32_t index) {
  return static_cast<std::uint8_t>(value >> (8 * index));
}

}  // namespace

ConfigSpace::ConfigSpace(const Identity& identity) {
  define(kVendorId, 2, identity.vendor);
  define(kDeviceId, 2, identity.device);
  define(kRevisionId, 1, identity.revision);
  define(kClassCode, 3, identity.class_code);
  define(kSubsystemVendorId, 2, identity.subsystem_vendor);
  define(kSubsystemId, 2, identity.subsystem);
  allow_writes(kCommand, 2, kWritableCommand);
  clear_by_one(kStatus, 2, kStatusErrors);
  allow_writes(kCacheLineSize, 1, 0xff);
  allow_writes(kInterruptLine, 1, 0xff);
}

void ConfigSpace::read(std::uint32_t offset, std::span<std::byte> data) const {
  for (std::byte& byte : data) {
    byte = offset < kSize ? std::byte{value_[offset]} : std::byte{0};
    ++offset;
  }
}

void ConfigSpace::write(std::uint32_t offset, std::span<const std::byte> data) {
  for (const std::byte byte : data) {
    if (offset >= kSize) return;
    const unsigned written = std::to_integer<unsigned>(byte);
    const unsigned writable = writable_[offset];
    const unsigned cleared = written & write_one_to_clear_[offset];
    const unsigned kept = value_[offset] & ~writable & ~cleared;
    value_[offset] = static_cast<std::uint8_t>(kept | (written & writable));
    ++offset;
  }
}

std::uint32_t ConfigSpace::get(std::uint32_t offset, std::uint32_t bytes) const {
  assert(bytes <= 4 && offset <= kSize - bytes);
  std::uint32_t value = 0;
  for (std::uint32_t i = bytes; i-- > 0;) value = value << 8 | value_[offset + i];
  return value;
}

void ConfigSpace::put(std::uint32_t offset, std::uint32_t bytes, std::uint32_t value) {
  assert(bytes <= 4 && offset <= kSize - bytes);
  for (std::uint32_t i = 0; i < bytes; ++i) value_[offset + i] = byte_of(value, i);
}

void ConfigSpace::define(std::uint32_t offset, std::uint32_t bytes, std::uint32_t value) {
  put(offset, bytes, value);
  for (std::uint32_t i = 0; i < bytes; ++i) power_on_[offset + i] = byte_of(value, i);
}

void ConfigSpace::allow_writes(std::uint32_t offset, std::uint32_t bytes, std::uint32_t mask) {
  assert(bytes <= 4 && offset <= kSize - bytes);
  for (std::uint32_t i = 0; i < bytes; ++i) writable_[offset + i] = byte_of(mask, i);
}

void ConfigSpace::clear_by_one(std::uint32_t offset, std::uint32_t bytes, std::uint32_t mask) {
  assert(bytes <= 4 && offset <= kSize - bytes);
  for (std::uint32_t i = 0; i < bytes; ++i) write_one_to_clear_[offset + i] = byte_of(mask, i);
}

std::uint32_t ConfigSpace::add_capability(std::uint8_t id, std::span<const std::byte> body) {
  const std::uint32_t offset = next_capability_;
  const auto length = static_cast<std::uint32_t>(2 + body.size());
  assert(length <= kSize - offset);

  define(last_pointer_, 1, offset);
  define(kStatus, 2, get(kStatus, 2) | kStatusCapabilities);
  define(offset, 1, id);
  for (std::uint32_t i = 0; i < body.size(); ++i) {
    define(offset + 2 + i, 1, std::to_integer<std::uint32_t>(body[i]));
  }
  last_pointer_ = offset + 1;
  next_capability_ = (offset + length + 3) & ~3u;  // Capabilities are dword aligned (PCI 3.0, 6.7).
  return offset;
}

}  // namespace minivmm::pci
