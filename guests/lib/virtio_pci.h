#pragma once
// A virtio device behind PCI, modern (virtio 1.2, 4.1).

#include <cstdint>

#include "lib/io.h"
#include "lib/pci.h"
#include "lib/virtqueue.h"

namespace guest {

inline constexpr std::uint16_t kVirtioVendor = 0x1af4;
/// Virtio 1.2, 4.1.2: 0x1040 + the device's type.
inline constexpr std::uint16_t kVirtioNet = 0x1041, kVirtioBlock = 0x1042, kVirtioEntropy = 0x1044;

inline constexpr std::uint64_t kFeatureIndirect = 1ull << 28;
inline constexpr std::uint64_t kFeatureEventIndex = 1ull << 29;
inline constexpr std::uint64_t kFeatureVersion1 = 1ull << 32;

inline constexpr std::uint8_t kStatusAcknowledge = 1, kStatusDriver = 2, kStatusDriverOk = 4;
inline constexpr std::uint8_t kStatusFeaturesOk = 8, kStatusNeedsReset = 64;

/// Offsets in the common configuration (4.1.4.3).
enum class VirtioCommon : std::uint8_t {
  kDeviceFeatureSelect = 0x00,
  kDeviceFeature = 0x04,
  kDriverFeatureSelect = 0x08,
  kDriverFeature = 0x0c,
  kConfigVector = 0x10,
  kQueueCount = 0x12,
  kStatus = 0x14,
  kQueueSelect = 0x16,
  kQueueSize = 0x18,
  kQueueVector = 0x1a,
  kQueueEnable = 0x1c,
  kQueueNotifyOffset = 0x1e,
  kQueueDescriptors = 0x20,
  kQueueDriver = 0x28,
  kQueueDevice = 0x30,
};
inline constexpr std::uint16_t kNoVector = 0xffff;
inline constexpr unsigned kMaxQueues = 8;

class VirtioDevice {
 public:
  /// The device number `index` of its kind; false if there are not so many. Maps its BARs, turns
  /// on memory access and bus mastering.
  bool find(std::uint16_t device_id, unsigned index);

  [[nodiscard]] PciAddress address() const { return address_; }
  /// Where the common configuration is, for what this class has no word for.
  [[nodiscard]] std::uintptr_t common() const { return common_; }

  void reset();
  [[nodiscard]] std::uint8_t status() const;
  [[nodiscard]] std::uint64_t features() const;
  /// Acknowledges, and takes the features; false if the device refuses them.
  [[nodiscard]] bool negotiate(std::uint64_t features);
  [[nodiscard]] std::uint16_t queue_count() const;
  /// The greatest size that the device supports for this queue; 0: there is no such queue.
  [[nodiscard]] std::uint16_t max_queue_size(std::uint16_t queue) const;
  /// False if the device has no such vector.
  [[nodiscard]] bool enable_queue(std::uint16_t queue, const Virtqueue& memory,
                                  std::uint16_t vector);
  void driver_ok();
  /// Works in ring 3, after enable_queue().
  void notify(std::uint16_t queue) const { write16(doorbells_[queue], queue); }

  [[nodiscard]] std::uint8_t config8(unsigned offset) const { return read8(device_ + offset); }
  [[nodiscard]] std::uint16_t config16(unsigned offset) const { return read16(device_ + offset); }
  [[nodiscard]] std::uint32_t config32(unsigned offset) const { return read32(device_ + offset); }
  [[nodiscard]] std::uint64_t config64(unsigned offset) const;
  /// Reading it lowers INTx.
  [[nodiscard]] std::uint8_t interrupt_status() const { return read8(interrupt_status_); }

  [[nodiscard]] std::uint16_t msix_vector_count() const;
  /// Entry `entry` of the table sends `vector` to the CPU with that APIC id.
  void msix_route(std::uint16_t entry, std::uint8_t vector, std::uint8_t apic_id);
  void msix_enable(bool on);

 private:
  [[nodiscard]] std::uintptr_t at(VirtioCommon field) const {
    return common_ + static_cast<std::uint8_t>(field);
  }
  void find_structures();
  void find_msix_table();

  PciAddress address_ = {};
  std::uintptr_t common_ = 0, interrupt_status_ = 0, device_ = 0, notify_ = 0;
  std::uint32_t notify_multiplier_ = 0;
  std::uint8_t msix_ = 0;
  std::uintptr_t msix_table_ = 0;
  std::uintptr_t doorbells_[kMaxQueues] = {};
};

}  // namespace guest
