#pragma once
// What an input device's driver reads and writes (virtio 1.2, 5.8.4 and 5.8.6).

#include <array>
#include <cstddef>
#include <cstdint>

namespace minivmm::virtio {

/// 5.8.4, virtio_input_config_select: what the driver wants to know.
enum class InputQuestion : std::uint8_t {
  kUnset = 0x00,
  kName = 0x01,
  kSerial = 0x02,
  kDeviceIds = 0x03,
  kProperties = 0x10,
  kEventBits = 0x11,  ///< subsel is the event type.
  kAxis = 0x12,       ///< subsel is the axis.
};

/// virtio_input_absinfo.
struct InputAxis {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
  std::uint32_t fuzz = 0;
  std::uint32_t flat = 0;
  std::uint32_t resolution = 0;
};
static_assert(sizeof(InputAxis) == 20);

/// virtio_input_devids.
struct InputIds {
  std::uint16_t bus = 0;
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::uint16_t version = 0;
};
static_assert(sizeof(InputIds) == 8);

/// virtio_input_config: the driver writes the first two, the device answers in the others.
struct InputConfig {
  std::uint8_t select = 0;
  std::uint8_t subselect = 0;
  std::uint8_t size = 0;
  std::array<std::byte, 5> reserved{};
  std::array<std::byte, 128> answer{};
};
static_assert(sizeof(InputConfig) == 136 && offsetof(InputConfig, answer) == 8);

/// virtio_input_event: types, codes and values are those of Linux (linux/input-event-codes.h).
struct InputEvent {
  std::uint16_t type = 0;
  std::uint16_t code = 0;
  std::uint32_t value = 0;
};
static_assert(sizeof(InputEvent) == 8);

}  // namespace minivmm::virtio
