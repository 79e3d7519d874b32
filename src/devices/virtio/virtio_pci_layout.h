#pragma once
// virtio over PCI, the modern interface: identifiers, capabilities, registers (virtio 1.2, 4.1).

#include <cstddef>
#include <cstdint>

namespace minivmm::virtio {

/// 4.1.2.
inline constexpr std::uint16_t kPciVendor = 0x1af4;
inline constexpr std::uint16_t kPciDeviceBase = 0x1040;  ///< Plus the device type.
inline constexpr std::uint8_t kPciRevision = 1;          ///< 4.1.2.1: not transitional.
/// 4.1.2.1: 0x40 or higher, so that no legacy driver takes it for its own.
inline constexpr std::uint16_t kPciSubsystem = 0x1100;

/// 4.1.4: struct virtio_pci_cap, as offsets from the capability's start.
inline constexpr std::uint32_t kCapLength = 2;
inline constexpr std::uint32_t kCapType = 3;
inline constexpr std::uint32_t kCapBar = 4;
inline constexpr std::uint32_t kCapOffset = 8;
inline constexpr std::uint32_t kCapRegionLength = 12;
inline constexpr std::uint32_t kCapSize = 16;
inline constexpr std::uint32_t kCapNotifyMultiplier = 16;  ///< 4.1.4.4.
inline constexpr std::uint32_t kCapWindowData = 16;        ///< 4.1.4.9: pci_cfg_data.

enum class CapType : std::uint8_t {
  kCommon = 1,
  kNotify = 2,
  kIsr = 3,
  kDevice = 4,
  kPciConfig = 5,
};

/// Our BARs, and where in the first one each structure is.
inline constexpr unsigned kRegisterBar = 0;
inline constexpr unsigned kMsixBar = 1;
inline constexpr std::uint32_t kRegionSize = 0x1000;
inline constexpr std::uint32_t kCommonRegion = 0 * kRegionSize;
inline constexpr std::uint32_t kIsrRegion = 1 * kRegionSize;
inline constexpr std::uint32_t kDeviceRegion = 2 * kRegionSize;
inline constexpr std::uint32_t kNotifyRegion = 3 * kRegionSize;
inline constexpr std::uint32_t kRegisterBarSize = 4 * kRegionSize;

/// 4.1.4.4: each queue has a doorbell of its own, this many bytes after the one before.
inline constexpr std::uint32_t kNotifyMultiplier = 4;

/// 4.1.4.5: the ISR status.
inline constexpr std::uint8_t kIsrQueue = 1;
inline constexpr std::uint8_t kIsrConfig = 2;

/// 4.1.5.1.2: VIRTIO_MSI_NO_VECTOR.
inline constexpr std::uint16_t kNoVector = 0xffff;

/// 4.1.4.3: struct virtio_pci_common_cfg.
struct CommonConfig {
  std::uint32_t device_feature_select = 0;
  std::uint32_t device_feature = 0;
  std::uint32_t driver_feature_select = 0;
  std::uint32_t driver_feature = 0;
  std::uint16_t config_msix_vector = 0;
  std::uint16_t num_queues = 0;
  std::uint8_t device_status = 0;
  std::uint8_t config_generation = 0;
  std::uint16_t queue_select = 0;
  std::uint16_t queue_size = 0;
  std::uint16_t queue_msix_vector = 0;
  std::uint16_t queue_enable = 0;
  std::uint16_t queue_notify_off = 0;
  std::uint64_t queue_desc = 0;
  std::uint64_t queue_driver = 0;
  std::uint64_t queue_device = 0;
  std::uint16_t queue_notify_data = 0;  // VIRTIO_F_NOTIF_CONFIG_DATA is not offered.
  std::uint16_t queue_reset = 0;        // VIRTIO_F_RING_RESET is not offered.
  std::uint32_t padding = 0;
};
static_assert(offsetof(CommonConfig, config_msix_vector) == 0x10);
static_assert(offsetof(CommonConfig, device_status) == 0x14);
static_assert(offsetof(CommonConfig, queue_select) == 0x16);
static_assert(offsetof(CommonConfig, queue_notify_off) == 0x1e);
static_assert(offsetof(CommonConfig, queue_desc) == 0x20);
static_assert(offsetof(CommonConfig, queue_device) == 0x30);
static_assert(offsetof(CommonConfig, queue_reset) == 0x3a);
static_assert(sizeof(CommonConfig) == 0x40);

}  // namespace minivmm::virtio
