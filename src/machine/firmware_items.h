#pragma once
// What firmware is told of the machine, as fw_cfg's items and files.

#include <span>
#include <string>
#include <vector>

#include "boot/acpi_tables.h"
#include "boot/smbios.h"
#include "devices/fw_cfg.h"
#include "machine/boot_paths.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"
#include "minivmm/machine_config.h"

namespace minivmm {

enum class FirmwareConsole {
  kScreen,  ///< The machine has a graphics adapter, and somebody may look at what it shows.
  kSerial,  ///< COM1 is all that a person can see; a graphics adapter gets the same.
};

struct FirmwareFacts {
  const MachineConfig& config;
  const GuestMemory& memory;
  boot::AcpiConfig acpi{};
  boot::SmbiosConfig smbios{};
  BootPaths boot_paths{};                    ///< What firmware could start from.
  std::span<const GuestRange> reserved{};    ///< Outside of RAM, beside what firmware knows itself.
  std::span<const std::byte> vga_bios{};     ///< The adapter's ROM; empty: there is none.
  std::span<const std::byte> network_rom{};  ///< The network cards'; empty: there is none.
  FirmwareConsole console = FirmwareConsole::kScreen;
};

/// Sets everything that SeaBIOS and OSes look for. Sources: QEMU, docs/specs/fw_cfg; SeaBIOS,
/// docs/Runtime_config.md.
void describe_machine(FwCfg& fw_cfg, const FirmwareFacts& facts);

/// The file "bootorder": an OpenFirmware path a line, and at last HALT, so that what is not named
/// is not tried.
[[nodiscard]] std::string boot_order_text(const std::vector<BootDevice>& order,
                                          const BootPaths& paths);

}  // namespace minivmm
