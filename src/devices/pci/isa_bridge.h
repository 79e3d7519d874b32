#pragma once
// The LPC bridge of an ICH9: 8086:2918, device 31, function 0.

#include <cstdint>

#include "devices/pci/function.h"
#include "devices/pci/pirq_router.h"
#include "minivmm/guest_address.h"

namespace minivmm::pci {

/// PIRQ routing registers, and where the ACPI registers are. PMBASE and ACPI_CNTL are read-only:
/// the ACPI block does not move (firmware writes the values that they already have). Threads: as
/// PciFunction.
class IsaBridge final : public PciFunction {
 public:
  /// PIRQA_ROUT to PIRQD_ROUT, and PIRQE_ROUT to PIRQH_ROUT, a byte each.
  static constexpr std::uint32_t kPirqARout = 0x60;
  static constexpr std::uint32_t kPirqERout = 0x68;

  /// pm_base: the first of the ACPI block's 128 ports. router outlives the bridge.
  IsaBridge(PirqRouter& router, Port pm_base);

  void reset() override;

 protected:
  void after_config_write(std::uint32_t offset, std::uint32_t bytes) override;

 private:
  void update_routes();

  // Wiring.
  PirqRouter& router_;
};

}  // namespace minivmm::pci
