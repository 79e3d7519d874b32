#pragma once
// A driver of a virtio PCI function: finds the structures by the capabilities and programs them
// over the bus, as an operating system's does (virtio 1.2, 3.1 and 4.1).

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <stdexcept>

#include "bus/bus.h"
#include "devices/pci/function.h"
#include "devices/virtio/features.h"
#include "devices/virtio/virtio_pci_layout.h"
#include "minivmm/io_device.h"
#include "support/driver_queue.h"

namespace minivmm::test {

class VirtioPciDriver {
 public:
  static constexpr GuestAddress kRegisters{0xc000'0000};
  static constexpr GuestAddress kMsix{0xc001'0000};

  VirtioPciDriver(Bus& bus, pci::PciFunction& function) : bus_(bus), function_(function) {
    move_registers(kRegisters);
    config_write(pci::kBar0 + 4 * virtio::kMsixBar, 4, kMsix.value);
    config_write(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
    find_capabilities();
  }

  // Configuration space.
  std::uint32_t config_read(std::uint32_t offset, std::size_t width) {
    std::array<std::byte, 4> data{};
    const std::lock_guard guard(function_.lock());
    function_.config_read(offset, std::span(data).first(width));
    return static_cast<std::uint32_t>(load_le(data));
  }
  void config_write(std::uint32_t offset, std::size_t width, std::uint64_t value) {
    std::array<std::byte, 4> data{};
    store_le(data, value);
    const std::lock_guard guard(function_.lock());
    function_.config_write(offset, std::span(data).first(width));
  }
  void move_registers(GuestAddress address) {
    registers_ = address;
    config_write(pci::kBar0 + 4 * virtio::kRegisterBar, 4, address.value);
  }
  /// Where the capability of this type is; throws when there is none.
  [[nodiscard]] std::uint32_t capability(virtio::CapType type) const {
    return capabilities_.at(type);
  }
  [[nodiscard]] bool has(virtio::CapType type) const { return capabilities_.count(type) != 0; }

  // BAR 0, structure by structure.
  std::uint64_t read(virtio::CapType type, std::uint64_t offset, std::size_t width) {
    std::array<std::byte, 8> data{};
    bus_.read(address_of(type, offset), std::span(data).first(width));
    return load_le(data);
  }
  void write(virtio::CapType type, std::uint64_t offset, std::size_t width, std::uint64_t value) {
    std::array<std::byte, 8> data{};
    store_le(data, value);
    bus_.write(address_of(type, offset), std::span(data).first(width));
  }
  std::uint64_t common(std::uint64_t offset, std::size_t width) {
    return read(virtio::CapType::kCommon, offset, width);
  }
  void set_common(std::uint64_t offset, std::size_t width, std::uint64_t value) {
    write(virtio::CapType::kCommon, offset, width, value);
  }
  std::uint8_t status() {
    return static_cast<std::uint8_t>(common(offsetof(virtio::CommonConfig, device_status), 1));
  }
  void set_status(std::uint64_t value) {
    set_common(offsetof(virtio::CommonConfig, device_status), 1, value);
  }
  void select_queue(std::uint64_t queue) {
    set_common(offsetof(virtio::CommonConfig, queue_select), 2, queue);
  }

  // The steps of 3.1.1.
  std::uint64_t offered_features() {
    std::uint64_t features = 0;
    for (std::uint32_t select = 0; select < 2; ++select) {
      set_common(offsetof(virtio::CommonConfig, device_feature_select), 4, select);
      features |= common(offsetof(virtio::CommonConfig, device_feature), 4) << (32 * select);
    }
    return features;
  }
  void accept_features(std::uint64_t features) {
    for (std::uint32_t select = 0; select < 2; ++select) {
      set_common(offsetof(virtio::CommonConfig, driver_feature_select), 4, select);
      set_common(offsetof(virtio::CommonConfig, driver_feature), 4, features >> (32 * select));
    }
  }
  /// Up to FEATURES_OK; answers whether the device agreed.
  bool negotiate(std::uint64_t features) {
    set_status(0);
    set_status(virtio::kStatusAcknowledge);
    set_status(virtio::kStatusAcknowledge | virtio::kStatusDriver);
    accept_features(features);
    set_status(kReady);
    return (status() & virtio::kStatusFeaturesOk) != 0;
  }
  void set_up_queue(std::uint64_t queue, const virtio::QueueConfig& config) {
    select_queue(queue);
    set_common(offsetof(virtio::CommonConfig, queue_size), 2, config.size);
    set_common(offsetof(virtio::CommonConfig, queue_desc), 8, config.descriptors.value);
    set_common(offsetof(virtio::CommonConfig, queue_driver), 8, config.available.value);
    set_common(offsetof(virtio::CommonConfig, queue_device), 8, config.used.value);
    set_common(offsetof(virtio::CommonConfig, queue_enable), 2, 1);
  }
  void drive() { set_status(kReady | virtio::kStatusDriverOk); }

  void notify(std::uint64_t queue) {
    write(virtio::CapType::kNotify, queue * virtio::kNotifyMultiplier, 2, queue);
  }

  // MSI-X: vector n sends its number as data.
  void enable_msix(unsigned vectors) {
    for (unsigned i = 0; i < vectors; ++i) {
      write_msix(16 * i, 0xfee0'0000);
      write_msix(16 * i + 8, i);
      write_msix(16 * i + 12, 0);
    }
    config_write(msix_ + 2, 2, 0x8000);
  }

 private:
  static constexpr std::uint8_t kReady =
      virtio::kStatusAcknowledge | virtio::kStatusDriver | virtio::kStatusFeaturesOk;

  void find_capabilities() {
    std::uint32_t at = config_read(pci::kCapabilitiesPointer, 1);
    while (at != 0) {
      const std::uint32_t id = config_read(at, 1);
      if (id == pci::kCapabilityMsix) msix_ = at;
      if (id == pci::kCapabilityVendor) {
        capabilities_[static_cast<virtio::CapType>(config_read(at + virtio::kCapType, 1))] = at;
      }
      at = config_read(at + 1, 1);
    }
  }

  std::uint64_t address_of(virtio::CapType type, std::uint64_t offset) {
    const std::uint32_t region = config_read(capability(type) + virtio::kCapOffset, 4);
    return registers_.value + region + offset;
  }
  void write_msix(std::uint64_t offset, std::uint32_t value) {
    std::array<std::byte, 4> data{};
    store_le(data, value);
    bus_.write(kMsix.value + offset, data);
  }

  Bus& bus_;
  pci::PciFunction& function_;
  GuestAddress registers_{};
  std::map<virtio::CapType, std::uint32_t> capabilities_{};
  std::uint32_t msix_ = 0;
};

}  // namespace minivmm::test
