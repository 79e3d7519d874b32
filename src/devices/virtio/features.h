#pragma once
// Numbers that all virtio devices and transports share (virtio 1.2).

#include <cstdint>

namespace minivmm::virtio {

/// 6: feature bits that belong to no device type.
inline constexpr std::uint64_t kFeatureIndirectDesc = 1ull << 28;
inline constexpr std::uint64_t kFeatureEventIdx = 1ull << 29;
inline constexpr std::uint64_t kFeatureVersion1 = 1ull << 32;

/// 2.1: the device status field.
inline constexpr std::uint8_t kStatusAcknowledge = 1;
inline constexpr std::uint8_t kStatusDriver = 2;
inline constexpr std::uint8_t kStatusDriverOk = 4;
inline constexpr std::uint8_t kStatusFeaturesOk = 8;
inline constexpr std::uint8_t kStatusNeedsReset = 64;
inline constexpr std::uint8_t kStatusFailed = 128;

/// 5: device types.
inline constexpr std::uint16_t kDeviceNetwork = 1;
inline constexpr std::uint16_t kDeviceBlock = 2;
inline constexpr std::uint16_t kDeviceConsole = 3;
inline constexpr std::uint16_t kDeviceEntropy = 4;
inline constexpr std::uint16_t kDeviceBalloon = 5;
inline constexpr std::uint16_t kDevice9p = 9;
inline constexpr std::uint16_t kDeviceInput = 18;

}  // namespace minivmm::virtio
