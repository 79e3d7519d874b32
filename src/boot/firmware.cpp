#include "boot/firmware.h"

#include <fmt/core.h>

#include <algorithm>

#include "boot/low_memory.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint64_t kUnit = 64 << 10;
constexpr std::uint64_t kLargest = 16 << 20;  // Below it are the local APIC and KVM's own pages.

}  // namespace

void check_firmware(std::span<const std::byte> image, std::string_view name) {
  if (!image.empty() && image.size() % kUnit == 0 && image.size() <= kLargest) return;
  throw ConfigError(
      fmt::format("firmware '{}': {} bytes are no BIOS image's size: give one of 64K, 128K, 256K, "
                  "or another multiple of 64K up to 16M",
                  name, image.size()));
}

GuestRange firmware_rom(std::span<const std::byte> image) {
  return {{kFourGiB.value - image.size()}, image.size()};
}

CpuEntry load_firmware(const GuestMemory& memory, std::span<const std::byte> image) {
  const std::size_t size = std::min<std::size_t>(image.size(), kFirmwareShadow.size);
  if (!memory.copy_out({kFirmwareShadow.end().value - size}, image.last(size)))
    throw ConfigError("the guest's memory has no room for a BIOS: give it at least --mem 4M");
  return {};  // CpuEntry's defaults are the state after RESET.
}

}  // namespace minivmm::boot
