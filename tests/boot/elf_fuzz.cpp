// Hostile ELF files: vmlinux, PVH and multiboot.

#include <cstring>
#include <vector>

#include "fuzz_load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> file(data, data + size);
  if (file.size() < 4) file.resize(4);
  std::memcpy(file.data(),
              "\x7f"
              "ELF",
              4);
  minivmm::boot::load_hostile_file(file.data(), file.size());
  return 0;
}
