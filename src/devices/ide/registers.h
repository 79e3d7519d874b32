#pragma once
// The registers, bits and commands of ATA and ATAPI devices (ATA/ATAPI-6, T13/1410D, 7 and 8).

#include <cstdint>

namespace minivmm::ide {

/// The command block, by offset from 1F0h or 170h. Two names: what a read gives, what a write is.
enum class Register : std::uint8_t {
  kData = 0,
  kErrorFeatures = 1,
  kCount = 2,    ///< Of a packet command: the interrupt reason.
  kLbaLow = 3,   ///< CHS: sector number.
  kLbaMid = 4,   ///< CHS: cylinder low. Of a packet command: byte count low.
  kLbaHigh = 5,  ///< CHS: cylinder high. Of a packet command: byte count high.
  kDevice = 6,
  kStatusCommand = 7,
};
inline constexpr std::uint64_t kCommandBlockPorts = 8;

/// STATUS (7.15).
inline constexpr std::uint8_t kBusy = 0x80;
inline constexpr std::uint8_t kReady = 0x40;
inline constexpr std::uint8_t kDeviceFault = 0x20;
inline constexpr std::uint8_t kSeekComplete = 0x10;  // Obsolete, and expected by old drivers.
inline constexpr std::uint8_t kDataRequest = 0x08;
inline constexpr std::uint8_t kError = 0x01;  // Of a packet command: CHK.

/// ERROR (7.9, and each command's).
inline constexpr std::uint8_t kUncorrectable = 0x40;
inline constexpr std::uint8_t kIdNotFound = 0x10;
inline constexpr std::uint8_t kAborted = 0x04;
inline constexpr std::uint8_t kDiagnosticsPassed = 0x01;  // A diagnostic code (8.9, table 24).

/// DEVICE (7.10).
inline constexpr std::uint8_t kDeviceLba = 0x40;
inline constexpr std::uint8_t kDeviceSelect = 0x10;
inline constexpr std::uint8_t kDeviceObsolete = 0xa0;  // Read as ones on old drives.
inline constexpr std::uint8_t kDeviceHead = 0x0f;

/// DEVICE CONTROL (7.8).
inline constexpr std::uint8_t kHighOrderByte = 0x80;
inline constexpr std::uint8_t kSoftwareReset = 0x04;
inline constexpr std::uint8_t kInterruptDisable = 0x02;

/// The interrupt reason (7.13, and 9.6, table 19).
inline constexpr std::uint8_t kReasonCommand = 0x01;  // C/D.
inline constexpr std::uint8_t kReasonToHost = 0x02;   // I/O.

/// Commands (8, and annex B; the obsolete ones by ATA-3).
inline constexpr std::uint8_t kCmdDeviceReset = 0x08;
inline constexpr std::uint8_t kCmdRecalibrate = 0x10;  // To 1Fh.
inline constexpr std::uint8_t kCmdReadSectors = 0x20;
inline constexpr std::uint8_t kCmdReadSectorsNoRetry = 0x21;
inline constexpr std::uint8_t kCmdReadSectorsExt = 0x24;
inline constexpr std::uint8_t kCmdReadDmaExt = 0x25;
inline constexpr std::uint8_t kCmdReadNativeMaxExt = 0x27;
inline constexpr std::uint8_t kCmdReadMultipleExt = 0x29;
inline constexpr std::uint8_t kCmdWriteSectors = 0x30;
inline constexpr std::uint8_t kCmdWriteSectorsNoRetry = 0x31;
inline constexpr std::uint8_t kCmdWriteSectorsExt = 0x34;
inline constexpr std::uint8_t kCmdWriteDmaExt = 0x35;
inline constexpr std::uint8_t kCmdWriteMultipleExt = 0x39;
inline constexpr std::uint8_t kCmdReadVerify = 0x40;
inline constexpr std::uint8_t kCmdReadVerifyNoRetry = 0x41;
inline constexpr std::uint8_t kCmdReadVerifyExt = 0x42;
inline constexpr std::uint8_t kCmdSeek = 0x70;  // To 7Fh.
inline constexpr std::uint8_t kCmdDiagnostic = 0x90;
inline constexpr std::uint8_t kCmdInitializeParameters = 0x91;
inline constexpr std::uint8_t kCmdPacket = 0xa0;
inline constexpr std::uint8_t kCmdIdentifyPacketDevice = 0xa1;
inline constexpr std::uint8_t kCmdReadMultiple = 0xc4;
inline constexpr std::uint8_t kCmdWriteMultiple = 0xc5;
inline constexpr std::uint8_t kCmdSetMultiple = 0xc6;
inline constexpr std::uint8_t kCmdReadDma = 0xc8;
inline constexpr std::uint8_t kCmdReadDmaNoRetry = 0xc9;
inline constexpr std::uint8_t kCmdWriteDma = 0xca;
inline constexpr std::uint8_t kCmdWriteDmaNoRetry = 0xcb;
inline constexpr std::uint8_t kCmdStandbyImmediate = 0xe0;
inline constexpr std::uint8_t kCmdIdleImmediate = 0xe1;
inline constexpr std::uint8_t kCmdStandby = 0xe2;
inline constexpr std::uint8_t kCmdIdle = 0xe3;
inline constexpr std::uint8_t kCmdCheckPowerMode = 0xe5;
inline constexpr std::uint8_t kCmdSleep = 0xe6;
inline constexpr std::uint8_t kCmdFlushCache = 0xe7;
inline constexpr std::uint8_t kCmdFlushCacheExt = 0xea;
inline constexpr std::uint8_t kCmdIdentifyDevice = 0xec;
inline constexpr std::uint8_t kCmdSetFeatures = 0xef;
inline constexpr std::uint8_t kCmdReadNativeMax = 0xf8;

/// SET FEATURES' subcommands (8.46, table 44).
inline constexpr std::uint8_t kFeatureWriteCacheOn = 0x02;
inline constexpr std::uint8_t kFeatureTransferMode = 0x03;
inline constexpr std::uint8_t kFeatureLookAheadOff = 0x55;
inline constexpr std::uint8_t kFeatureKeepSettings = 0x66;
inline constexpr std::uint8_t kFeatureWriteCacheOff = 0x82;
inline constexpr std::uint8_t kFeatureLookAheadOn = 0xaa;
inline constexpr std::uint8_t kFeatureRevertSettings = 0xcc;

}  // namespace minivmm::ide
