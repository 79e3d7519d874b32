#pragma once
// Every fixed address of the machine, in one table (docs/design.md, "The machine that a guest
// sees").

#include <array>
#include <cstdint>

#include "minivmm/guest_address.h"

namespace minivmm::layout {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

// Guest-physical memory. Firmware ends at 4 GiB.
inline constexpr GuestRange kVgaWindow{{0xa'0000}, 128 * kKiB};  // No RAM: a VGA's, or nobody's.
inline constexpr GuestAddress kLowRamEnd{2 * kGiB};            // RAM above this starts at kHighRam.
inline constexpr GuestRange kEcam{{0xb000'0000}, 256 * kMiB};  // PCIe 7.2.2; bus 0 answers.
inline constexpr GuestRange kMmio32{{0xc000'0000}, 0x3ec0'0000};  // BARs, up to the IOAPIC.
inline constexpr GuestAddress kIoApic{0xfec0'0000};               // KVM's.
inline constexpr GuestAddress kLocalApic{0xfee0'0000};            // KVM's.
inline constexpr GuestAddress kIdentityMap{0xfeff'c000};  // KVM_SET_IDENTITY_MAP_ADDR, 1 page.
inline constexpr GuestAddress kTss{0xfeff'd000};          // KVM_SET_TSS_ADDR, 3 pages.
inline constexpr std::uint64_t kKvmPages = 4 * 4 * kKiB;  // Those two together.
inline constexpr GuestAddress kHighRam{4 * kGiB};
inline constexpr std::uint64_t kMmio64Size = 32 * kGiB;  // Starts above RAM, aligned to its size.

// KVM's memory slots; RAM has the first ones.
inline constexpr unsigned kFramebufferMemorySlot = 16;
inline constexpr unsigned kVgaWindowMemorySlot = 17;

// I/O ports.
inline constexpr Port kI8042Data{0x60};
inline constexpr Port kI8042Command{0x64};
inline constexpr Port kRtc{0x70};            // Index and data.
inline constexpr Port kPort92{0x92};         // Fast A20 and INIT.
inline constexpr Port kDebugE9{0xe9};        // Bochs's debug port.
inline constexpr Port kDebugExit{0xf4};      // QEMU's isa-debug-exit.
inline constexpr Port kIdePrimary{0x1f0};    // And 0x3f6; the device has them itself
inline constexpr Port kIdeSecondary{0x170};  // (src/devices/ide/controller.h). And 0x376.
inline constexpr Port kCom1{0x3f8};
inline constexpr Port kCom2{0x2f8};
inline constexpr Port kCom3{0x3e8};
inline constexpr Port kCom4{0x2e8};
inline constexpr Port kDebug402{0x402};   // SeaBIOS's and OVMF's debug port.
inline constexpr Port kFwCfg{0x510};      // QEMU's fw_cfg, where firmware boots: 12 ports.
inline constexpr Port kPmBase{0x600};     // ICH9 PMBASE: 128 ports.
inline constexpr Port kPciConfig{0xcf8};  // 0xcf8 address, 0xcfc data; 0xcf9 is the reset port.
inline constexpr Port kResetControl{0xcf9};
inline constexpr GuestRange kPciIo{{0xc000}, 0x4000};  // The window for I/O BARs, in ports.

// Interrupts: the GSIs that KVM's default routing gives to PIC and IOAPIC.
inline constexpr Gsi kI8042KeyboardGsi{1};
inline constexpr Gsi kCom2Gsi{3};  // And COM4.
inline constexpr Gsi kCom1Gsi{4};  // And COM3.
inline constexpr Gsi kRtcGsi{8};
inline constexpr Gsi kSciGsi{9};
inline constexpr Gsi kI8042MouseGsi{12};
inline constexpr Gsi kIdePrimaryGsi{14};
inline constexpr Gsi kIdeSecondaryGsi{15};
inline constexpr Gsi kPirqAGsi{16};  // PIRQA..PIRQH are GSIs 16..23 (ICH9 5.9.2).

// Where the ISA bridge routes PIRQA to PIRQH for guests that use the PICs; the DSDT's _PRT says the
// same (src/boot/acpi/dsdt.asl).
inline constexpr std::array<std::uint8_t, 8> kPirqIsaIrqs{10, 10, 11, 11, 10, 10, 11, 11};

// PCI, bus 0: device numbers.
inline constexpr unsigned kHostBridgeSlot = 0;
inline constexpr unsigned kFirstFreeSlot = 1;
// The next network card is below the first; systems name cards by it, so that it does not depend on
// the disks either.
inline constexpr unsigned kFirstNicSlot = 28;
inline constexpr unsigned kMostNics = 4;
inline constexpr unsigned kIdeSlot = 29;  // Where a disk or a CD-ROM drive asks for it.
inline constexpr unsigned kVgaSlot = 30;  // Far from the disks: their numbers don't depend on it.
inline constexpr unsigned kIsaBridgeSlot = 31;

}  // namespace minivmm::layout
