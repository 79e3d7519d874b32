#include "devices/pci/config_space.h"

#include <array>
#include <catch2/catch.hpp>

#include "minivmm/io_device.h"

namespace minivmm::pci {
namespace {

constexpr Identity kIdentity = {.vendor = 0x1af4,
                                .device = 0x1042,
                                .class_code = 0x01'00'00,
                                .revision = 1,
                                .subsystem_vendor = 0x1af4,
                                .subsystem = 0x0002};

std::uint32_t read32(const ConfigSpace& config, std::uint32_t offset) {
  std::array<std::byte, 4> data{};
  config.read(offset, data);
  return static_cast<std::uint32_t>(load_le(data));
}

void write32(ConfigSpace& config, std::uint32_t offset, std::uint32_t value) {
  std::array<std::byte, 4> data{};
  store_le(data, value);
  config.write(offset, data);
}

TEST_CASE("the header says who the function is") {
  const ConfigSpace config(kIdentity);

  CHECK(read32(config, 0x00) == 0x10421af4);
  CHECK(read32(config, 0x08) == 0x01000001);
  CHECK(read32(config, 0x2c) == 0x00021af4);
}

TEST_CASE("what is read-only stays as it is") {
  ConfigSpace config(kIdentity);
  for (std::uint32_t offset = 0; offset < ConfigSpace::kSize; offset += 4) {
    write32(config, offset, 0xffffffff);
  }

  CHECK(read32(config, 0x00) == 0x10421af4);
  CHECK(read32(config, 0x04) == 0x00000547);  // COMMAND's bits that exist.
  CHECK(read32(config, 0x08) == 0x01000001);
  CHECK(read32(config, 0x0c) == 0x000000ff);  // Cache line size.
  CHECK(read32(config, 0x30) == 0x00000000);  // No expansion ROM.
  CHECK(read32(config, 0x3c) == 0x000000ff);  // Interrupt line.
  CHECK(read32(config, 0x40) == 0x00000000);
}

TEST_CASE("status errors are cleared by writing ones") {
  ConfigSpace config(kIdentity);
  config.put(kStatus, 2, 0xf910);

  write32(config, kCommand, 0x4000'0000);

  CHECK(config.get(kStatus, 2) == 0xb910);
}

TEST_CASE("the extended space reads as zero") {
  ConfigSpace config(kIdentity);
  write32(config, 0x100, 0xffffffff);

  CHECK(read32(config, 0x100) == 0);
  CHECK(read32(config, 0xffc) == 0);
}

TEST_CASE("capabilities form a list that ends") {
  ConfigSpace config(kIdentity);
  const std::array<std::byte, 3> body = {std::byte{1}, std::byte{2}, std::byte{3}};

  CHECK(config.add_capability(0x09, body) == 0x40);
  CHECK(config.add_capability(0x11, body) == 0x48);

  CHECK((config.get(kStatus, 2) & 0x10) == 0x10);
  CHECK(config.get(kCapabilitiesPointer, 1) == 0x40);
  CHECK(read32(config, 0x40) == 0x02014809);
  CHECK(read32(config, 0x48) == 0x02010011);
}

TEST_CASE("a reset brings the values at power-on back") {
  ConfigSpace config(kIdentity);
  write32(config, kCommand, 0x7);
  write32(config, kInterruptLine, 0x0b);

  config.reset();

  CHECK(config.get(kCommand, 2) == 0);
  CHECK(config.get(kInterruptLine, 1) == 0);
  CHECK(read32(config, 0x00) == 0x10421af4);
}

}  // namespace
}  // namespace minivmm::pci
