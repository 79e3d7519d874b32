#pragma once
// The ACPI fixed hardware: what the tables describe (boot/) and the device implements (devices/).
// Source: ACPI 6.4, 4.8.3; the layout of the block is ICH9's (datasheet 316972, 13.8.3).

#include <cstdint>

namespace minivmm::acpi {

// Offsets from the start of the ACPI block (PMBASE), in bytes.
inline constexpr std::uint16_t kPm1Status = 0x00;   ///< PM1a_EVT_BLK: 2 bytes,
inline constexpr std::uint16_t kPm1Enable = 0x02;   ///< and 2 bytes.
inline constexpr std::uint16_t kPm1Control = 0x04;  ///< PM1a_CNT_BLK: 2 bytes.
inline constexpr std::uint16_t kPmTimer = 0x08;     ///< PM_TMR_BLK: 4 bytes.
inline constexpr std::uint16_t kGpe0 = 0x20;        ///< GPE0_BLK: status, then enable.
inline constexpr std::uint16_t kSmiEnable = 0x30;   ///< SMI_EN: 4 bytes.
inline constexpr std::uint16_t kPmBlockSize = 0x80;

// Sizes in bytes, as the FADT states them.
inline constexpr std::uint8_t kPm1EventLength = 4;
inline constexpr std::uint8_t kPm1ControlLength = 2;
inline constexpr std::uint8_t kPmTimerLength = 4;
inline constexpr std::uint8_t kGpe0Length = 16;  ///< 8 bytes of status, 8 of enable.

// PM1 status and enable bits.
inline constexpr std::uint16_t kTimerBit = 1u << 0;        ///< TMR_STS, TMR_EN.
inline constexpr std::uint16_t kGlobalBit = 1u << 5;       ///< GBL_STS, GBL_EN.
inline constexpr std::uint16_t kPowerButtonBit = 1u << 8;  ///< PWRBTN_STS, PWRBTN_EN.
inline constexpr std::uint16_t kSleepButtonBit = 1u << 9;  ///< SLPBTN_STS, SLPBTN_EN.
inline constexpr std::uint16_t kRtcBit = 1u << 10;         ///< RTC_STS, RTC_EN.

// PM1 control bits.
inline constexpr std::uint16_t kSciEnable = 1u << 0;  ///< SCI_EN: always 1, there is no SMI.
inline constexpr unsigned kSleepTypeShift = 10;       ///< SLP_TYP, bits 12:10.
inline constexpr std::uint16_t kSleepEnable = 1u << 13;

/// What \_S5 names and SLP_TYP must hold to switch the machine off.
inline constexpr std::uint8_t kSleepTypeS5 = 0;

inline constexpr std::uint32_t kPmTimerHz = 3'579'545;
/// The timer counts 24 bits (as ICH9's), so the FADT's TMR_VAL_EXT flag is clear.
inline constexpr unsigned kPmTimerBits = 24;

}  // namespace minivmm::acpi
