#pragma once
// The strong types with which rooms name places in a guest (docs/design.md, convention 1).

#include <compare>
#include <cstdint>

namespace minivmm {

/// A guest-physical address, in bytes from 0.
struct GuestAddress {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(GuestAddress, GuestAddress) = default;
  friend constexpr GuestAddress operator+(GuestAddress base, std::uint64_t bytes) {
    return {base.value + bytes};
  }
};

/// A contiguous piece of guest-physical address space: [start, start + size).
struct GuestRange {
  GuestAddress start;
  std::uint64_t size = 0;

  /// Whether [address, address + bytes) lies inside; never overflows, whatever a guest asks.
  [[nodiscard]] constexpr bool contains(GuestAddress address, std::uint64_t bytes = 1) const {
    return address.value >= start.value && address.value - start.value <= size &&
           bytes <= size - (address.value - start.value);
  }
  [[nodiscard]] constexpr GuestAddress end() const { return start + size; }

  friend constexpr bool operator==(const GuestRange&, const GuestRange&) = default;
};

/// An x86 I/O port.
struct Port {
  std::uint16_t value = 0;
  friend constexpr auto operator<=>(Port, Port) = default;
};

/// A global system interrupt: an input of KVM's irqchips or a key of its routing table.
struct Gsi {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Gsi, Gsi) = default;
};

}  // namespace minivmm
