#pragma once
// The local APIC in xAPIC mode (Intel SDM volume 3A, 10) and the I/O APIC (82093AA).

#include <cstdint>

namespace guest {

enum class LapicRegister : std::uint16_t {
  kId = 0x020,
  kEnd = 0x0b0,
  kSpurious = 0x0f0,
  kCommandLow = 0x300,
  kCommandHigh = 0x310,
  kTimer = 0x320,
  kLint0 = 0x350,
  kTimerInitial = 0x380,
  kTimerCurrent = 0x390,
  kTimerDivide = 0x3e0,
};

inline constexpr std::uint8_t kSpuriousVector = 0xff;
inline constexpr std::uint32_t kTimerOneShot = 0;
inline constexpr std::uint32_t kTimerPeriodic = 1u << 17;
inline constexpr std::uint32_t kTimerDeadline = 2u << 17;
inline constexpr std::uint32_t kLvtMasked = 1u << 16;
inline constexpr std::uint32_t kDivideBy16 = 3;
inline constexpr std::uint32_t kMsrTscDeadline = 0x6e0;

std::uint32_t lapic_read(LapicRegister index);
void lapic_write(LapicRegister index, std::uint32_t value);

/// Makes the registers reachable; for a CPU that uses them before it enables its APIC.
void lapic_map();
enum class PicWire { kOff, kToThisCpu };
/// Enables this CPU's APIC; the PIC reaches the CPU through LINT0, or not.
void lapic_init(PicWire pic);
void lapic_end();
std::uint8_t lapic_id();
void lapic_send_init(std::uint8_t apic_id);
/// Starts at `page` << 12 in real mode.
void lapic_send_startup(std::uint8_t apic_id, std::uint8_t page);

enum class Trigger { kEdgeHigh, kLevelHigh, kLevelLow };
/// Routes an input of the I/O APIC to a vector of one CPU; unmasked.
void io_apic_route(std::uint8_t input, std::uint8_t vector, std::uint8_t apic_id, Trigger trigger);
void io_apic_mask(std::uint8_t input);

}  // namespace guest
