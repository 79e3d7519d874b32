// A split virtqueue between a well-behaved driver and the device (virtio 1.2, 2.7).

#include "devices/virtio/virtqueue.h"

#include <catch2/catch.hpp>
#include <vector>

#include "support/driver_queue.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::readable;
using test::writable;

TEST_CASE("a driver's chain arrives with its buffers in order, readable ones first") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  const auto out = ram.allocate(64);
  const auto in = ram.allocate(64);
  Virtqueue queue(ram.memory(), driver.config());

  const auto head = driver.add({readable(out, 16), readable(out + 32, 8), writable(in, 64)});
  driver.offer();
  const std::optional<Chain> chain = queue.pop();

  REQUIRE(chain);
  CHECK(chain->head() == head);
  REQUIRE(chain->readable().size() == 2);
  CHECK(chain->readable()[0].data() == ram.memory().at(out, 1)->data());
  CHECK(chain->readable()[1].size() == 8);
  CHECK(chain->readable_size() == 24);
  REQUIRE(chain->writable().size() == 1);
  CHECK(chain->writable_size() == 64);
  CHECK_FALSE(queue.pop());
  CHECK_FALSE(queue.fault());
}

TEST_CASE("a chain added but not yet offered is not seen") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  Virtqueue queue(ram.memory(), driver.config());

  driver.add({readable(ram.allocate(16), 16)});

  CHECK_FALSE(queue.pop());
}

TEST_CASE("a buffer of no bytes is passed over") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  Virtqueue queue(ram.memory(), driver.config());

  driver.add({readable({~0ull}, 0), writable(ram.allocate(4), 4)});
  driver.offer();
  const auto chain = queue.pop();

  REQUIRE(chain);
  CHECK(chain->readable().empty());
  CHECK(chain->writable_size() == 4);
}

TEST_CASE("answers appear on the used ring together, when they are published") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  Virtqueue queue(ram.memory(), driver.config());
  const auto first = driver.add({writable(ram.allocate(4), 4)});
  const auto second = driver.add({writable(ram.allocate(4), 4)});
  driver.offer();
  auto one = queue.pop();
  auto two = queue.pop();

  queue.push(std::move(*two), 3);
  queue.push(std::move(*one), 4);
  CHECK(driver.used_index() == 0);
  CHECK(queue.answered() == 0);
  CHECK(queue.publish());

  CHECK(driver.used_index() == 2);
  CHECK(queue.answered() == 2);
  const auto used_first = driver.take();
  const auto used_second = driver.take();
  CHECK(used_first->head == second);
  CHECK(used_first->written == 3);
  CHECK(used_second->head == first);
  CHECK_FALSE(queue.publish());
}

TEST_CASE("a ring works on past its end and past the 16-bit index's end") {
  DriverRam ram;
  DriverQueue driver(ram, 4);
  Virtqueue queue(ram.memory(), driver.config());
  const auto buffer = ram.allocate(4);

  for (unsigned i = 0; i < 70'000; ++i) {
    const auto head = driver.add({writable(buffer, 4)});
    driver.offer();
    auto chain = queue.pop();
    REQUIRE(chain);
    queue.push(std::move(*chain), 4);
    REQUIRE(queue.publish());
    REQUIRE(queue.should_interrupt());
    REQUIRE(driver.take()->head == head);
  }
}

TEST_CASE("a queue of one entry works") {
  DriverRam ram;
  DriverQueue driver(ram, 1);
  Virtqueue queue(ram.memory(), driver.config());
  driver.add({writable(ram.allocate(4), 4)});
  driver.offer();

  auto chain = queue.pop();
  REQUIRE(chain);
  queue.push(std::move(*chain), 1);
  queue.publish();

  CHECK(driver.take()->written == 1);
}

TEST_CASE("indirect descriptors") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  driver.config().indirect = true;
  Virtqueue queue(ram.memory(), driver.config());
  const auto buffer = ram.allocate(64);

  SECTION("a table gives the whole chain") {
    driver.add_indirect({readable(buffer, 16), writable(buffer + 16, 32), writable(buffer, 1)});
    driver.offer();
    const auto chain = queue.pop();
    REQUIRE(chain);
    CHECK(chain->readable_size() == 16);
    CHECK(chain->writable_size() == 33);
  }

  SECTION("a table may follow direct descriptors, and its write flag means nothing") {
    const auto table = ram.allocate(sizeof(Descriptor));
    ram.store(table, Descriptor{buffer.value, 4, 0, 0});
    driver.set_descriptor(0, {buffer.value, 16, kDescriptorNext, 1});
    driver.set_descriptor(1, {table.value, 16, kDescriptorIndirect | kDescriptorWrite, 0});
    driver.make_available(0);
    driver.offer();
    const auto chain = queue.pop();
    REQUIRE(chain);
    CHECK(chain->readable_size() == 20);
    CHECK(chain->writable().empty());
  }

  SECTION("a table as long as the queue is allowed") {
    driver.add_indirect(std::vector(8, readable(buffer, 1)));
    driver.offer();
    CHECK(queue.pop()->readable().size() == 8);
  }
}

TEST_CASE("without EVENT_IDX a driver's flag decides on interrupts") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  Virtqueue queue(ram.memory(), driver.config());
  const auto answer = [&] {
    driver.add({writable(ram.allocate(4), 4)});
    driver.offer();
    queue.push(*queue.pop(), 0);
    queue.publish();
    return queue.should_interrupt();
  };

  CHECK(answer());
  driver.set_no_interrupt(true);
  CHECK_FALSE(answer());
  driver.set_no_interrupt(false);
  CHECK(answer());
  CHECK_FALSE(queue.should_interrupt());
}

TEST_CASE("with EVENT_IDX a driver is interrupted when the index passes used_event") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  driver.config().event_idx = true;
  Virtqueue queue(ram.memory(), driver.config());
  const auto answer = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      driver.add({writable(ram.allocate(4), 4)});
      driver.offer(true);
      queue.push(*queue.pop(), 0);
    }
    queue.publish();
    while (driver.take()) continue;
    return queue.should_interrupt();
  };

  driver.set_used_event(0);
  CHECK(answer(1));
  CHECK_FALSE(answer(1));  // used_event is behind.
  driver.set_used_event(4);
  CHECK_FALSE(answer(2));
  CHECK(answer(3));  // From 4 to 7, past event 4.
  driver.set_no_interrupt(true);
  driver.set_used_event(7);
  CHECK(answer(1));  // 2.7.7.1: the flag is not looked at.
}

TEST_CASE("without EVENT_IDX a driver rings unless the device says that it needn't") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  Virtqueue queue(ram.memory(), driver.config());
  const auto add_one = [&] {
    driver.add({writable(ram.allocate(4), 4)});
    return driver.offer();
  };

  CHECK(add_one());
  queue.disable_notifications();
  CHECK_FALSE(add_one());
  CHECK_FALSE(queue.enable_notifications());  // Two chains are waiting.
  REQUIRE(queue.pop());
  REQUIRE(queue.pop());
  CHECK(queue.enable_notifications());
  CHECK(add_one());
}

TEST_CASE("with EVENT_IDX a driver rings once for what follows the device's last look") {
  DriverRam ram;
  DriverQueue driver(ram, 8);
  driver.config().event_idx = true;
  Virtqueue queue(ram.memory(), driver.config());
  const auto add_one = [&] {
    driver.add({writable(ram.allocate(4), 4)});
    return driver.offer(true);
  };

  CHECK(queue.enable_notifications());
  CHECK(add_one());
  CHECK_FALSE(add_one());
  REQUIRE(queue.pop());
  CHECK_FALSE(queue.enable_notifications());  // The second one is waiting.
  REQUIRE(queue.pop());
  CHECK(queue.enable_notifications());
  CHECK(add_one());
}

TEST_CASE("as many chains can be out as the queue has entries") {
  DriverRam ram;
  DriverQueue driver(ram, 4);
  Virtqueue queue(ram.memory(), driver.config());
  for (unsigned i = 0; i < 4; ++i) driver.add({writable(ram.allocate(4), 4)});
  driver.offer();

  std::vector<Chain> out;
  while (auto chain = queue.pop()) out.push_back(std::move(*chain));

  CHECK(out.size() == 4);
  CHECK(queue.outstanding() == 4);
  CHECK_FALSE(queue.fault());
}

}  // namespace
}  // namespace minivmm::virtio
