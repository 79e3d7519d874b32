#pragma once
// Places for all BARs before boot, as firmware would choose them.

#include <span>

#include "devices/pci/function.h"
#include "minivmm/guest_address.h"

namespace minivmm {

/// The windows of the PCI host bridge.
struct PciWindows {
  GuestRange mmio32;
  GuestRange mmio64;  ///< Above RAM; size 0: none.
  GuestRange io;      ///< In ports.
};

/// Assigns every BAR of every function, largest first, each aligned to its size: memory BARs below
/// 4 GiB while they fit (a 32-bit kernel reaches them), 64-bit ones above RAM after that.
/// Errors: HostError when a window is full.
void place_bars(std::span<pci::PciFunction* const> functions, const PciWindows& windows);

}  // namespace minivmm
