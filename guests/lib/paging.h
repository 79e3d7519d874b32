#pragma once
// The one address space: everything mapped is mapped one to one, writable, and for ring 3 too.

#include <cstddef>
#include <cstdint>

namespace guest {

enum class Caching { kNormal, kOff };

/// Maps the 2 MiB pages that hold [address, address + size), if they are not mapped yet.
void map_physical(std::uint64_t address, std::uint64_t size, Caching caching = Caching::kNormal);

/// Physical memory as a T.
template <typename T>
T* physical(std::uint64_t address) {
  map_physical(address, sizeof(T));
  return reinterpret_cast<T*>(address);
}

}  // namespace guest
