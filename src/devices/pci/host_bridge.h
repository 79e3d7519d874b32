#pragma once
// The host bridge of Intel's Q35 (82G33/82Q35 MCH): 8086:29c0, device 0, function 0.

#include "devices/pci/function.h"
#include "minivmm/guest_address.h"

namespace minivmm::pci {

/// What firmware and Linux look for in an MCH: who it is, and where ECAM is (PCIEXBAR).
/// Threads: as PciFunction.
class HostBridge final : public PciFunction {
 public:
  /// ecam has 256 MiB and is aligned to its size; it does not move, so PCIEXBAR is read-only.
  explicit HostBridge(GuestRange ecam);
};

}  // namespace minivmm::pci
