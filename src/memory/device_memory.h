#pragma once
// A device's own memory, as video memory: reserved, never touched before somebody does.

#include <cstddef>
#include <cstdint>
#include <span>

#include "host/mapping.h"
#include "host/unique_fd.h"

namespace minivmm {

/// Zeroed memory that can be mapped more than once: the machine's view is always writable, whatever
/// happens to the one behind a guest's window.
///
/// Errors: HostError when the host refuses to reserve it.
class DeviceMemory {
 public:
  /// size in bytes, a multiple of 4 KiB.
  explicit DeviceMemory(std::uint64_t size);

  [[nodiscard]] std::span<std::byte> bytes() const { return view_.bytes(); }
  /// Another view of all of it.
  [[nodiscard]] Mapping map_again() const;

 private:
  UniqueFd memfd_;
  Mapping view_;
};

}  // namespace minivmm
