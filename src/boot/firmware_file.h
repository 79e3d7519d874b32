#pragma once
// A file that firmware gets by name.

#include <cstddef>
#include <string>
#include <vector>

namespace minivmm::boot {

struct FirmwareFile {
  std::string name{};
  std::vector<std::byte> bytes{};
};

}  // namespace minivmm::boot
