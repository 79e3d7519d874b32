#pragma once
// A virtio PCI function with a device that only remembers, everything it is wired to, and a driver.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/virtio/features.h"
#include "devices/virtio/virtio_device.h"
#include "devices/virtio/virtio_pci.h"
#include "host/log.h"
#include "support/driver_queue.h"
#include "support/virtio_fakes.h"
#include "support/virtio_pci_driver.h"

namespace minivmm::test {

/// Calls itself a disk, so that it has a configuration space; has two queues of up to 64 entries.
class FakeDevice final : public virtio::VirtioDevice {
 public:
  static constexpr std::uint64_t kFeature = 1 << 9;
  static constexpr std::size_t kConfigSize = 6;

  [[nodiscard]] const virtio::DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override { return config_; }
  void activate(virtio::Transport& to, std::uint64_t accepted) override {
    transport = &to;
    features = accepted;
    active = true;
  }
  void start_queue(std::uint16_t queue, const virtio::QueueConfig& config) override {
    started[queue] = config;
  }
  void notify(std::uint16_t queue) override { notified.push_back(queue); }
  void reset() override {
    active = false;
    started.clear();
    ++resets;
  }
  [[nodiscard]] bool idle() const override { return !busy; }

  virtio::Transport* transport = nullptr;
  std::uint64_t features = 0;
  bool active = false;
  bool busy = false;
  unsigned resets = 0;
  std::map<std::uint16_t, virtio::QueueConfig> started{};
  std::vector<std::uint16_t> notified{};

 private:
  virtio::DeviceTraits traits_{virtio::kDeviceBlock, kFeature, {64, 64}};
  std::array<std::byte, kConfigSize> config_{std::byte{1}, std::byte{2}, std::byte{3},
                                             std::byte{4}, std::byte{5}, std::byte{6}};
};

enum class Doorbells { kEach, kNone };

struct VirtioMachine {
  explicit VirtioMachine(Doorbells doorbell = Doorbells::kEach)
      : function({&bus, nullptr, &wire}, msi, device, factory(doorbell)), driver(bus, function) {
    log::set_level(log::Level::kOff);
    device.resets = 0;
  }

  /// Everything up to DRIVER_OK with both queues; MSI-X vectors set before stay as they are.
  void start(std::uint64_t features = virtio::kFeatureVersion1) {
    driver.set_status(virtio::kStatusAcknowledge | virtio::kStatusDriver);
    driver.accept_features(features);
    driver.set_status(virtio::kStatusFeaturesOk);
    for (std::uint16_t i = 0; i < 2; ++i) driver.set_up_queue(i, queues[i].config());
    driver.drive();
  }
  void interrupt(std::uint16_t queue) {
    const std::lock_guard guard(function.lock());
    device.transport->interrupt_queue(queue);
  }
  void break_device() {
    const std::lock_guard guard(function.lock());
    device.transport->needs_reset("a test wants it");
  }

  virtio::VirtioPci::DoorbellFactory factory(Doorbells doorbell) {
    if (doorbell == Doorbells::kNone) return {};
    return [this, next = 0u]() mutable {
      return std::make_unique<FakeDoorbell>(doorbells.at(next++));
    };
  }

  DriverRam ram{};
  Bus bus{};
  FakeMsiVectors msi{};
  FakeWire wire{};
  std::array<FakeDoorbell::Record, 2> doorbells{};
  FakeDevice device{};
  virtio::VirtioPci function;
  VirtioPciDriver driver;
  std::array<DriverQueue, 2> queues{DriverQueue{ram, 16}, DriverQueue{ram, 16}};
};

}  // namespace minivmm::test
