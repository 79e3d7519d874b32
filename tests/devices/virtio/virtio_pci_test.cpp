// A virtio device on PCI as a driver finds, negotiates and drives it (virtio 1.2, 3.1 and 4.1).

#include "devices/virtio/virtio_pci.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <vector>

#include "devices/virtio/features.h"
#include "host/log.h"
#include "support/virtio_machine.h"

namespace minivmm::virtio {
namespace {

using test::VirtioMachine;
using test::VirtioPciDriver;

TEST_CASE("a driver recognises the device by its identifiers") {
  VirtioMachine machine;
  CHECK(machine.driver.config_read(pci::kVendorId, 2) == 0x1af4);
  CHECK(machine.driver.config_read(pci::kDeviceId, 2) == 0x1042);
  CHECK(machine.driver.config_read(pci::kRevisionId, 1) == 1);
  CHECK(machine.driver.config_read(pci::kClassCode + 2, 1) == 0x01);
  CHECK(machine.driver.config_read(pci::kSubsystemId, 2) >= 0x40);
  CHECK(machine.driver.config_read(pci::kInterruptPin, 1) == 1);
}

TEST_CASE("every structure has its capability") {
  VirtioMachine machine;
  const auto field = [&](CapType type, std::uint32_t offset) {
    return machine.driver.config_read(machine.driver.capability(type) + offset, 4);
  };
  CHECK(field(CapType::kCommon, kCapRegionLength) == sizeof(CommonConfig));
  CHECK(field(CapType::kIsr, kCapRegionLength) >= 1);
  CHECK(field(CapType::kDevice, kCapRegionLength) == test::FakeDevice::kConfigSize);
  CHECK(field(CapType::kNotify, kCapRegionLength) == 2 * kNotifyMultiplier);
  CHECK(field(CapType::kNotify, kCapNotifyMultiplier) == kNotifyMultiplier);
  CHECK(machine.driver.has(CapType::kPciConfig));
  CHECK(machine.driver.config_read(machine.driver.capability(CapType::kNotify) + 2, 1) == 20);
}

TEST_CASE("the device configuration is read as it is and can't be written") {
  VirtioMachine machine;
  machine.driver.write(CapType::kDevice, 0, 1, 0xff);
  CHECK(machine.driver.read(CapType::kDevice, 0, 4) == 0x04030201);
  CHECK(machine.driver.read(CapType::kDevice, 5, 1) == 6);
  CHECK(machine.driver.read(CapType::kDevice, test::FakeDevice::kConfigSize, 2) == 0xffff);
}

TEST_CASE("the features offered are the device's own and the ones of all devices") {
  VirtioMachine machine;
  CHECK(machine.driver.offered_features() ==
        (test::FakeDevice::kFeature | kFeatureVersion1 | kFeatureIndirectDesc | kFeatureEventIdx));
  machine.driver.set_common(offsetof(CommonConfig, device_feature_select), 4, 2);
  CHECK(machine.driver.common(offsetof(CommonConfig, device_feature), 4) == 0);
}

TEST_CASE("a driver that accepts VERSION_1 and offered features gets FEATURES_OK") {
  VirtioMachine machine;
  CHECK(machine.driver.negotiate(kFeatureVersion1 | test::FakeDevice::kFeature));
}

TEST_CASE("a driver without VERSION_1, or with features not offered, is refused") {
  VirtioMachine machine;
  SECTION("without VERSION_1") {
    CHECK_FALSE(machine.driver.negotiate(test::FakeDevice::kFeature));
  }
  SECTION("with an unknown bit") {
    CHECK_FALSE(machine.driver.negotiate(kFeatureVersion1 | 1ull << 33));
  }
  machine.driver.drive();
  CHECK((machine.driver.status() & kStatusDriverOk) == 0);
  CHECK_FALSE(machine.device.active);
}

TEST_CASE("features can't be changed once they are agreed") {
  VirtioMachine machine;
  REQUIRE(machine.driver.negotiate(kFeatureVersion1));
  machine.driver.accept_features(kFeatureVersion1 | kFeatureEventIdx);
  machine.driver.drive();
  CHECK(machine.device.features == kFeatureVersion1);
}

TEST_CASE("status bits stay until a reset, and NEEDS_RESET is not the driver's to set") {
  VirtioMachine machine;
  machine.driver.set_status(kStatusAcknowledge | kStatusNeedsReset);
  machine.driver.set_status(kStatusDriver);
  CHECK(machine.driver.status() == (kStatusAcknowledge | kStatusDriver));
  machine.driver.set_status(0);
  CHECK(machine.driver.status() == 0);
}

TEST_CASE("the device gets the queues as the driver set them up") {
  VirtioMachine machine;
  machine.start(kFeatureVersion1 | kFeatureIndirectDesc | kFeatureEventIdx);
  REQUIRE(machine.device.active);
  REQUIRE(machine.device.started.size() == 2);
  const QueueConfig& config = machine.device.started.at(1);
  CHECK(config.size == 16);
  CHECK(config.descriptors == machine.queues[1].config().descriptors);
  CHECK(config.available == machine.queues[1].config().available);
  CHECK(config.used == machine.queues[1].config().used);
  CHECK(config.indirect);
  CHECK(config.event_idx);
}

TEST_CASE("a queue that isn't enabled is not started; enabled later, it is") {
  VirtioMachine machine;
  REQUIRE(machine.driver.negotiate(kFeatureVersion1));
  machine.driver.set_up_queue(1, machine.queues[1].config());
  machine.driver.drive();
  CHECK(machine.device.started.count(0) == 0);
  CHECK(machine.device.started.count(1) == 1);

  machine.driver.set_up_queue(0, machine.queues[0].config());

  CHECK(machine.device.started.count(0) == 1);
}

TEST_CASE("a queue's size is a power of two up to the maximum, or stays") {
  VirtioMachine machine;
  machine.driver.select_queue(0);
  const auto size_after = [&](unsigned size) {
    machine.driver.set_common(offsetof(CommonConfig, queue_size), 2, size);
    return machine.driver.common(offsetof(CommonConfig, queue_size), 2);
  };
  CHECK(size_after(64) == 64);
  CHECK(size_after(0) == 64);
  CHECK(size_after(24) == 64);
  CHECK(size_after(128) == 64);
  CHECK(size_after(1) == 1);
}

TEST_CASE("an enabled queue can't be changed or disabled") {
  VirtioMachine machine;
  machine.driver.set_up_queue(0, machine.queues[0].config());
  machine.driver.set_common(offsetof(CommonConfig, queue_desc), 8, 0x123450);
  machine.driver.set_common(offsetof(CommonConfig, queue_size), 2, 2);
  machine.driver.set_common(offsetof(CommonConfig, queue_enable), 2, 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_desc), 8) ==
        machine.queues[0].config().descriptors.value);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_size), 2) == 16);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_enable), 2) == 1);
}

TEST_CASE("a queue's addresses can be written in halves") {
  VirtioMachine machine;
  machine.driver.select_queue(1);
  machine.driver.set_common(offsetof(CommonConfig, queue_driver), 4, 0x1000);
  machine.driver.set_common(offsetof(CommonConfig, queue_driver) + 4, 4, 0x2);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_driver), 8) == 0x2'0000'1000);
}

TEST_CASE("a queue that doesn't exist has size 0 and takes nothing") {
  VirtioMachine machine;
  machine.driver.select_queue(2);
  machine.driver.set_up_queue(2, machine.queues[0].config());
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_size), 2) == 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_enable), 2) == 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_msix_vector), 2) == kNoVector);
  CHECK(machine.driver.common(offsetof(CommonConfig, num_queues), 2) == 2);
}

TEST_CASE("the notify offsets give each queue an address of its own") {
  VirtioMachine machine;
  machine.driver.select_queue(0);
  const auto first = machine.driver.common(offsetof(CommonConfig, queue_notify_off), 2);
  machine.driver.select_queue(1);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_notify_off), 2) != first);
}

TEST_CASE("interrupts by MSI-X go to the vector of their queue") {
  VirtioMachine machine;
  machine.driver.enable_msix(3);
  machine.driver.select_queue(1);
  machine.driver.set_common(offsetof(CommonConfig, queue_msix_vector), 2, 2);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_msix_vector), 2) == 2);
  machine.start();

  machine.interrupt(1);
  machine.interrupt(0);  // Has no vector.

  REQUIRE(machine.msi.sent.size() == 1);
  CHECK(machine.msi.sent[0].data == 2);
  CHECK_FALSE(machine.wire.asserted);
}

TEST_CASE("a vector beyond the table reads back as none") {
  VirtioMachine machine;
  machine.driver.set_common(offsetof(CommonConfig, config_msix_vector), 2, 3);
  CHECK(machine.driver.common(offsetof(CommonConfig, config_msix_vector), 2) == kNoVector);
  machine.driver.set_common(offsetof(CommonConfig, config_msix_vector), 2, 2);
  CHECK(machine.driver.common(offsetof(CommonConfig, config_msix_vector), 2) == 2);
  machine.driver.set_common(offsetof(CommonConfig, config_msix_vector), 2, kNoVector);
  CHECK(machine.driver.common(offsetof(CommonConfig, config_msix_vector), 2) == kNoVector);
}

TEST_CASE("without MSI-X the wire is asserted until the ISR is read") {
  VirtioMachine machine;
  machine.start();
  machine.interrupt(0);
  CHECK(machine.wire.asserted);
  CHECK(machine.driver.read(CapType::kIsr, 0, 1) == kIsrQueue);
  CHECK_FALSE(machine.wire.asserted);
  CHECK(machine.driver.read(CapType::kIsr, 0, 1) == 0);
}

TEST_CASE("a device that needs a reset says so by status and configuration interrupt") {
  VirtioMachine machine;
  SECTION("on the wire") {
    machine.start();
    machine.break_device();
    CHECK(machine.wire.asserted);
  }
  SECTION("by MSI-X") {
    machine.driver.enable_msix(3);
    machine.driver.set_common(offsetof(CommonConfig, config_msix_vector), 2, 0);
    machine.start();
    machine.break_device();
    machine.break_device();
    CHECK(machine.msi.sent.size() == 1);
  }
  CHECK((machine.driver.status() & kStatusNeedsReset) != 0);
  CHECK(machine.driver.read(CapType::kIsr, 0, 1) == kIsrConfig);
  machine.driver.set_status(0);
  CHECK(machine.driver.status() == 0);
}

TEST_CASE("the window in configuration space reaches the registers") {
  VirtioMachine machine;
  const std::uint32_t window = machine.driver.capability(CapType::kPciConfig);
  const auto aim = [&](std::uint32_t bar, std::uint32_t offset, std::uint32_t length) {
    machine.driver.config_write(window + kCapBar, 1, bar);
    machine.driver.config_write(window + kCapOffset, 4, offset);
    machine.driver.config_write(window + kCapRegionLength, 4, length);
  };

  SECTION("to read") {
    aim(kRegisterBar, kDeviceRegion + 2, 2);
    CHECK(machine.driver.config_read(window + kCapWindowData, 2) == 0x0403);
  }
  SECTION("to write") {
    aim(kRegisterBar, offsetof(CommonConfig, device_status), 1);
    machine.driver.config_write(window + kCapWindowData, 1, kStatusAcknowledge);
    CHECK(machine.driver.status() == kStatusAcknowledge);
  }
  SECTION("to notify") {
    machine.start();
    const unsigned rings = machine.doorbells[1].rings;
    aim(kRegisterBar, kNotifyRegion + kNotifyMultiplier, 2);
    machine.driver.config_write(window + kCapWindowData, 2, 1);
    CHECK(machine.doorbells[1].rings == rings + 1);
  }
  SECTION("to the MSI-X table") {
    aim(kMsixBar, 8, 4);
    machine.driver.config_write(window + kCapWindowData, 4, 0x1234);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x1234);
  }
  SECTION("but not beyond them, nor askew") {
    machine.driver.config_write(window + kCapWindowData, 4, 0x5a5a5a5a);
    aim(kRegisterBar, kRegisterBarSize, 4);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x5a5a5a5a);
    aim(kRegisterBar, 2, 4);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x5a5a5a5a);
    aim(kRegisterBar, 0, 3);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x5a5a5a5a);
    aim(5, 0, 4);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x5a5a5a5a);
    aim(kRegisterBar, 0xffff'fffc, 4);
    CHECK(machine.driver.config_read(window + kCapWindowData, 4) == 0x5a5a5a5a);
  }
}

TEST_CASE("a register is written in its own width or not at all") {
  VirtioMachine machine;
  machine.driver.set_common(offsetof(CommonConfig, queue_select), 1, 1);
  machine.driver.set_common(offsetof(CommonConfig, queue_select) + 1, 1, 1);
  machine.driver.set_common(offsetof(CommonConfig, device_status), 2, kStatusAcknowledge);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_select), 2) == 0);
  CHECK(machine.driver.status() == 0);
}

}  // namespace
}  // namespace minivmm::virtio
