// Hostile bzImages: the magic numbers are always right, so that what follows is reached.

#include <cstring>
#include <vector>

#include "fuzz_load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMagicEnd = 0x206;
  std::vector<std::uint8_t> file(data, data + size);
  if (file.size() < kMagicEnd) file.resize(kMagicEnd);
  file[0x1fe] = 0x55;
  file[0x1ff] = 0xaa;
  std::memcpy(file.data() + 0x202, "HdrS", 4);
  minivmm::boot::load_hostile_file(file.data(), file.size());
  return 0;
}
