// Hostile multiboot 2 files: a header with a right checksum lies in front, or inside of an ELF.

#include <cstring>
#include <vector>

#include "fuzz_load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kMagic = 0xe852'50d6;
  constexpr std::size_t kHeaderSize = 16;
  std::vector<std::uint8_t> file(data, data + size);
  const bool is_elf = size >= 4 && std::memcmp(data,
                                               "\x7f"
                                               "ELF",
                                               4) == 0;
  const std::size_t at = is_elf ? 0x400 : 0;
  if (file.size() < at + kHeaderSize) file.resize(at + kHeaderSize);
  std::uint32_t length = 0;
  std::memcpy(&length, file.data() + at + 8, sizeof(length));
  const std::uint32_t checksum = 0u - kMagic - length;
  const std::uint32_t architecture = 0;
  std::memcpy(file.data() + at, &kMagic, sizeof(kMagic));
  std::memcpy(file.data() + at + 4, &architecture, sizeof(architecture));
  std::memcpy(file.data() + at + 12, &checksum, sizeof(checksum));
  minivmm::boot::load_hostile_file(file.data(), file.size());
  return 0;
}
