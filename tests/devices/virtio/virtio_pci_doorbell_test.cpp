// Doorbells and resets of a virtio PCI function: what is bound when, and when a reset has ended.

#include <catch2/catch.hpp>

#include "devices/virtio/features.h"
#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_rng.h"
#include "support/memory_disk.h"
#include "support/virtio_machine.h"

namespace minivmm::virtio {
namespace {

using test::VirtioMachine;
using test::VirtioPciDriver;

constexpr GuestAddress kFirstDoorbell = VirtioPciDriver::kRegisters + kNotifyRegion;

TEST_CASE("doorbells are bound when the driver is ready, each once, and rung once") {
  VirtioMachine machine;
  REQUIRE(machine.driver.negotiate(kFeatureVersion1));
  machine.driver.set_up_queue(0, machine.queues[0].config());
  machine.driver.set_up_queue(1, machine.queues[1].config());
  CHECK_FALSE(machine.doorbells[0].bound);

  machine.driver.drive();

  CHECK(machine.doorbells[0].bound == kFirstDoorbell);
  CHECK(machine.doorbells[1].bound == kFirstDoorbell + kNotifyMultiplier);
  CHECK(machine.doorbells[0].binds == 1);
  CHECK(machine.doorbells[0].rings == 1);  // Buffers may be waiting.
}

TEST_CASE("a doorbell of a queue that isn't enabled stays unbound") {
  VirtioMachine machine;
  REQUIRE(machine.driver.negotiate(kFeatureVersion1));
  machine.driver.set_up_queue(1, machine.queues[1].config());
  machine.driver.drive();
  CHECK_FALSE(machine.doorbells[0].bound);
  CHECK(machine.doorbells[1].bound);
}

TEST_CASE("doorbells follow their BAR, at one call a move") {
  VirtioMachine machine;
  machine.start();

  machine.driver.move_registers({0xc100'0000});
  CHECK(machine.doorbells[0].bound == GuestAddress{0xc100'0000} + kNotifyRegion);
  CHECK(machine.doorbells[0].binds == 2);
  CHECK(machine.doorbells[0].unbinds == 0);

  machine.driver.config_write(pci::kCommand, 2, 0);
  CHECK_FALSE(machine.doorbells[0].bound);
  machine.driver.config_write(pci::kCommand, 2, pci::kCommandMemory);
  CHECK(machine.doorbells[0].bound);
}

TEST_CASE("a reset unbinds the doorbells") {
  VirtioMachine machine;
  machine.start();
  machine.driver.set_status(0);
  CHECK_FALSE(machine.doorbells[0].bound);
  CHECK_FALSE(machine.doorbells[1].bound);
  machine.start();
  CHECK(machine.doorbells[0].bound);
}

TEST_CASE("a notification that comes as an ordinary write rings") {
  VirtioMachine machine;
  machine.start();
  const unsigned before = machine.doorbells[1].rings;
  machine.driver.notify(1);
  machine.driver.notify(2);                                             // There is no such queue.
  machine.driver.write(CapType::kNotify, kNotifyMultiplier + 1, 1, 1);  // Nor an address.
  CHECK(machine.doorbells[1].rings == before + 1);
}

TEST_CASE("notifications before DRIVER_OK and after a reset ring nothing") {
  VirtioMachine machine;
  machine.driver.notify(0);
  machine.start();
  machine.driver.set_status(0);
  machine.driver.notify(0);
  CHECK(machine.doorbells[0].rings == 1);
}

TEST_CASE("a queue without a doorbell is notified on the vCPU's thread") {
  VirtioMachine machine(test::Doorbells::kNone);
  machine.start();
  CHECK(machine.device.notified == std::vector<std::uint16_t>{0, 1});
  machine.driver.notify(1);
  CHECK(machine.device.notified == std::vector<std::uint16_t>{0, 1, 1});
}

TEST_CASE("a reset ends when nothing is in flight any more") {
  VirtioMachine machine;
  machine.start();
  machine.device.busy = true;

  machine.driver.set_status(0);
  CHECK(machine.driver.status() != 0);
  machine.driver.set_status(0);
  machine.driver.set_status(kStatusAcknowledge);  // The driver should have waited.
  machine.driver.select_queue(1);
  CHECK(machine.driver.status() != 0);
  CHECK(machine.device.resets == 1);
  CHECK_FALSE(machine.doorbells[0].bound);

  machine.device.busy = false;
  CHECK(machine.driver.status() == 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_select), 2) == 0);
  machine.start();
  CHECK(machine.device.active);
}

TEST_CASE("a reset puts every register back") {
  VirtioMachine machine;
  machine.driver.set_common(offsetof(CommonConfig, config_msix_vector), 2, 1);
  machine.start();
  machine.interrupt(0);
  REQUIRE(machine.wire.asserted);

  machine.driver.set_status(0);

  CHECK_FALSE(machine.wire.asserted);
  CHECK(machine.driver.common(offsetof(CommonConfig, config_msix_vector), 2) == kNoVector);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_enable), 2) == 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_size), 2) == 64);
  CHECK(machine.driver.common(offsetof(CommonConfig, queue_desc), 8) == 0);
  CHECK(machine.driver.common(offsetof(CommonConfig, driver_feature), 4) == 0);
}

TEST_CASE("the machine's reset resets the device and takes its BARs away") {
  VirtioMachine machine;
  machine.start();
  {
    const std::lock_guard guard(machine.function.lock());
    machine.function.reset();
  }
  CHECK_FALSE(machine.device.active);
  CHECK_FALSE(machine.doorbells[0].bound);
  CHECK_FALSE(machine.bus.answers(VirtioPciDriver::kRegisters.value));
}

/// A disk behind the transport, served by the test itself.
struct DiskMachine {
  DiskMachine() {
    REQUIRE(driver.negotiate(kFeatureVersion1));
    driver.set_up_queue(0, queue.config());
    driver.drive();
  }

  test::DriverRam ram{};
  test::MemoryDisk backend{{1 << 20, 512, 0, false}};
  VirtioBlk disk{ram.memory(), backend, {"test.img", "", 1}};
  Bus bus{};
  test::FakeMsiVectors msi{};
  test::FakeWire wire{};
  test::FakeDoorbell::Record doorbell{};
  VirtioPci function{{&bus, nullptr, &wire}, msi, disk, [this] {
                       return std::make_unique<test::FakeDoorbell>(doorbell);
                     }};
  VirtioPciDriver driver{bus, function};
  test::DriverQueue queue{ram, 16};
};

TEST_CASE("a disk's reset reads back 0 only after its read has stopped writing to memory") {
  DiskMachine machine;
  const auto header = machine.ram.allocate(sizeof(BlkHeader));
  const auto data = machine.ram.allocate(512);
  const auto status = machine.ram.allocate(1);
  machine.ram.store(header, BlkHeader{kBlkIn, 0, 0});
  machine.queue.add(
      {test::readable(header, 16), test::writable(data, 512), test::writable(status, 1)});
  machine.queue.offer();
  machine.backend.hold();
  machine.disk.serve(machine.function.lock(), BlockBackend::Wait::kNo);

  machine.driver.set_status(0);
  CHECK(machine.driver.status() != 0);
  CHECK(machine.ram.load<std::uint8_t>(data) == 0xa5);
  machine.backend.release();
  machine.disk.serve(machine.function.lock(), BlockBackend::Wait::kNo);

  CHECK(machine.driver.status() == 0);
  CHECK(machine.ram.load<std::uint8_t>(data) == 0);
  CHECK(machine.ram.load<std::uint8_t>(status) == 0xa5);
  CHECK(machine.queue.used_index() == 0);
}

TEST_CASE("a disk's broken queue shows as NEEDS_RESET, and a reset heals it") {
  DiskMachine machine;
  machine.queue.set_available_index(999);
  machine.disk.serve(machine.function.lock(), BlockBackend::Wait::kNo);
  CHECK((machine.driver.status() & kStatusNeedsReset) != 0);
  CHECK(machine.wire.asserted);

  test::DriverQueue fresh(machine.ram, 16);
  REQUIRE(machine.driver.negotiate(kFeatureVersion1));
  machine.driver.set_up_queue(0, fresh.config());
  machine.driver.drive();
  const auto header = machine.ram.allocate(sizeof(BlkHeader));
  const auto status = machine.ram.allocate(1);
  machine.ram.store(header, BlkHeader{kBlkFlush, 0, 0});
  fresh.add({test::readable(header, 16), test::writable(status, 1)});
  fresh.offer();
  machine.disk.serve(machine.function.lock(), BlockBackend::Wait::kNo);

  CHECK(machine.ram.load<std::uint8_t>(status) == kBlkOk);
}

TEST_CASE("the entropy device works by plain notifications") {
  test::DriverRam ram;
  VirtioRng rng(ram.memory());
  Bus bus;
  test::FakeMsiVectors msi;
  test::FakeWire wire;
  VirtioPci function({&bus, nullptr, &wire}, msi, rng);
  VirtioPciDriver driver(bus, function);
  test::DriverQueue queue(ram, 8);
  CHECK(driver.config_read(pci::kDeviceId, 2) == 0x1044);
  CHECK_FALSE(driver.has(CapType::kDevice));
  REQUIRE(driver.negotiate(kFeatureVersion1));
  driver.set_up_queue(0, queue.config());
  driver.drive();

  queue.add({test::writable(ram.allocate(32), 32)});
  queue.offer();
  driver.notify(0);

  CHECK(queue.take()->written == 32);
  CHECK(wire.asserted);
}

}  // namespace
}  // namespace minivmm::virtio
