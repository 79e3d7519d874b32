#pragma once
// Kernels that a test makes up, and the memory they are loaded into.

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "boot/boot_parameters.h"
#include "boot/memory_map.h"
#include "minivmm/error.h"
#include "minivmm/guest_memory.h"

namespace minivmm::test {

inline constexpr std::uint64_t kMiB = 1ull << 20;

using ByteVector = std::vector<std::byte>;

template <typename T>
void poke(ByteVector& bytes, std::size_t offset, T value) {
  if (bytes.size() < offset + sizeof(T)) bytes.resize(offset + sizeof(T));
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

inline void poke_text(ByteVector& bytes, std::size_t offset, std::string_view text) {
  if (bytes.size() < offset + text.size()) bytes.resize(offset + text.size());
  std::memcpy(bytes.data() + offset, text.data(), text.size());
}

inline ByteVector text_bytes(std::string_view text) {
  ByteVector bytes;
  poke_text(bytes, 0, text);
  return bytes;
}

/// RAM of a small machine, filled with a pattern so that what a loader must zero shows.
class TestRam {
 public:
  explicit TestRam(std::uint64_t low_size, std::uint64_t high_size = 0)
      : low_(low_size, std::byte{0xcc}), high_(high_size, std::byte{0xcc}), memory_(regions()) {}

  [[nodiscard]] const GuestMemory& memory() const { return memory_; }
  [[nodiscard]] boot::BootParameters parameters() const {
    boot::BootParameters parameters;
    parameters.memory_map = boot::make_memory_map(memory_, {});
    return parameters;
  }

  template <typename T>
  [[nodiscard]] T peek(std::uint64_t address) const {
    const auto value = memory_.read<T>({address});
    REQUIRE(value.has_value());
    return *value;
  }
  [[nodiscard]] std::string peek_string(std::uint64_t address) const {
    std::string text;
    while (const char c = peek<char>(address + text.size())) text += c;
    return text;
  }
  [[nodiscard]] ByteVector peek_bytes(std::uint64_t address, std::size_t size) const {
    ByteVector bytes(size);
    REQUIRE(memory_.copy_in({address}, bytes));
    return bytes;
  }

 private:
  std::vector<MemoryRegion> regions() {
    std::vector<MemoryRegion> all{{{{0}, low_.size()}, low_.data()}};
    if (!high_.empty()) all.push_back({{{4096 * kMiB}, high_.size()}, high_.data()});
    return all;
  }

  ByteVector low_;
  ByteVector high_;
  GuestMemory memory_;
};

/// The line that a ConfigError carries; fails the test when there is none.
template <typename Function>
std::string refusal(Function function) {
  try {
    function();
  } catch (const ConfigError& error) {
    return error.what();
  }
  FAIL("nothing was refused");
  return {};
}

struct TestSegment {
  std::uint64_t physical = 0;
  ByteVector bytes{};
  std::uint64_t memory_size = 0;     ///< 0: as many as bytes.
  std::uint64_t virtual_offset = 0;  ///< The virtual address is physical + this.
};

/// An ELF executable for x86.
struct TestElf {
  bool is_64_bit = true;
  std::uint16_t machine = 62;  // EM_X86_64
  std::uint16_t type = 2;      // ET_EXEC
  std::uint64_t entry = 0x10'0000;
  std::vector<TestSegment> segments{{0x10'0000, ByteVector(64, std::byte{0x90})}};
  ByteVector notes{};
  ByteVector symbols{};  ///< The contents of one section that no segment loads.

  [[nodiscard]] ByteVector build() const { return is_64_bit ? build_64() : build_32(); }

 private:
  [[nodiscard]] ByteVector build_64() const;
  [[nodiscard]] ByteVector build_32() const;
};

/// A PVH note for an entry.
[[nodiscard]] ByteVector pvh_note(std::uint32_t entry);

/// A multiboot 1 header.
[[nodiscard]] ByteVector multiboot1_header(std::uint32_t flags,
                                           const std::vector<std::uint32_t>& rest = {});

struct TestTag {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::vector<std::uint32_t> body{};
};
/// A multiboot 2 header; the end tag is added.
[[nodiscard]] ByteVector multiboot2_header(const std::vector<TestTag>& tags = {});

/// A bzImage, as boot protocol 2.15 has it.
struct TestBzImage {
  std::uint16_t version = 0x020f;
  std::uint16_t xloadflags = 3;  // 64-bit entry, loadable above 4 GiB.
  std::uint8_t loadflags = 1;    // LOADED_HIGH
  std::uint64_t pref_address = 0x20'0000;
  std::uint32_t init_size = 0x1'0000;
  std::uint32_t alignment = 0x20'0000;
  std::uint8_t relocatable = 1;
  std::uint32_t cmdline_size = 255;
  std::uint32_t initrd_addr_max = 0x7fff'ffff;
  std::string kernel_version = "6.1.0-test (someone@somewhere) #1 SMP";
  std::size_t kernel_size = 0x1000;

  [[nodiscard]] ByteVector build() const;
};

}  // namespace minivmm::test
