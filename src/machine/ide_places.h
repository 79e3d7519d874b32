#pragma once
// Which drive is where on the two IDE cables.

#include <cstddef>
#include <vector>

#include "minivmm/machine_config.h"

namespace minivmm {

struct IdePlace {
  unsigned channel = 0;
  unsigned unit = 0;  ///< 0: the master.
  friend bool operator==(const IdePlace&, const IdePlace&) = default;
};

/// The CD-ROM drive's: the second channel's master, whatever disks there are.
inline constexpr IdePlace kCdromPlace{1, 0};

/// Whether anything asks for the IDE controller.
[[nodiscard]] bool has_ide(const MachineConfig& config);

/// Where disks can be, in the order in which they take the places.
[[nodiscard]] std::vector<IdePlace> ide_disk_places(const MachineConfig& config);

}  // namespace minivmm
