// Hostile multiboot 1 files: a header with a right checksum lies in front, or inside of an ELF.

#include <cstring>
#include <vector>

#include "fuzz_load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kMagic = 0x1bad'b002;
  constexpr std::size_t kHeaderSize = 12;
  std::vector<std::uint8_t> file(data, data + size);
  // Behind an ELF's headers in an ELF, so that both formats are reached.
  const bool is_elf = size >= 4 && std::memcmp(data,
                                               "\x7f"
                                               "ELF",
                                               4) == 0;
  const std::size_t at = is_elf ? 0x400 : 0;
  if (file.size() < at + kHeaderSize) file.resize(at + kHeaderSize);
  std::uint32_t flags = 0;
  std::memcpy(&flags, file.data() + at + 4, sizeof(flags));
  const std::uint32_t checksum = 0u - kMagic - flags;
  std::memcpy(file.data() + at, &kMagic, sizeof(kMagic));
  std::memcpy(file.data() + at + 8, &checksum, sizeof(checksum));
  minivmm::boot::load_hostile_file(file.data(), file.size());
  return 0;
}
