// What a hostile driver may put into its rings: the queue breaks, and nothing else does.

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "devices/virtio/virtqueue.h"
#include "support/driver_queue.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::readable;
using test::writable;

constexpr std::uint16_t kSize = 8;

/// A driver, a queue with all features, and a few bytes of RAM.
struct Hostile {
  Hostile() { driver.config().indirect = true; }

  /// What the device makes of one chain that begins at head.
  std::optional<QueueFault> offer(std::uint16_t head) {
    driver.make_available(head);
    driver.offer();
    return take();
  }
  std::optional<QueueFault> take() {
    Virtqueue queue(ram.memory(), driver.config());
    CHECK_FALSE(queue.pop());
    CHECK_FALSE(queue.pop());
    CHECK(queue.enable_notifications());
    return queue.fault();
  }

  DriverRam ram{};
  DriverQueue driver{ram, kSize};
  std::uint64_t buffer = ram.allocate(4096).value;
};

TEST_CASE("a chain that loops breaks the queue") {
  Hostile guest;
  guest.driver.set_descriptor(0, {guest.buffer, 1, kDescriptorNext, 1});
  guest.driver.set_descriptor(1, {guest.buffer, 1, kDescriptorNext, 0});
  CHECK(guest.offer(0) == QueueFault::kChainTooLong);
}

TEST_CASE("a loop of empty buffers breaks the queue") {
  Hostile guest;
  guest.driver.set_descriptor(0, {guest.buffer, 0, kDescriptorNext, 0});
  CHECK(guest.offer(0) == QueueFault::kChainTooLong);
}

TEST_CASE("a head beyond the table breaks the queue") {
  Hostile guest;
  CHECK(guest.offer(kSize) == QueueFault::kBadHead);
}

TEST_CASE("a next beyond the table breaks the queue") {
  Hostile guest;
  guest.driver.set_descriptor(0, {guest.buffer, 1, kDescriptorNext, kSize});
  CHECK(guest.offer(0) == QueueFault::kBadHead);
}

TEST_CASE("a next beyond an indirect table breaks the queue") {
  Hostile guest;
  const auto table = guest.ram.allocate(16);
  guest.ram.store(table, Descriptor{guest.buffer, 1, kDescriptorNext, 1});
  guest.driver.set_descriptor(0, {table.value, 16, kDescriptorIndirect, 0});
  CHECK(guest.offer(0) == QueueFault::kBadHead);
}

TEST_CASE("an available index that jumps by more than the queue breaks it") {
  Hostile guest;
  guest.driver.set_available_index(kSize + 1);
  CHECK(guest.take() == QueueFault::kIndexJumped);
}

TEST_CASE("an available index that goes back breaks the queue") {
  Hostile guest;
  guest.driver.set_available_index(0xffff);
  CHECK(guest.take() == QueueFault::kIndexJumped);
}

TEST_CASE("offering chains that are still out breaks the queue") {
  Hostile guest;
  guest.driver.set_descriptor(0, {guest.buffer, 1, 0, 0});
  Virtqueue queue(guest.ram.memory(), guest.driver.config());
  std::vector<Chain> out;
  for (unsigned i = 0; i < kSize; ++i) guest.driver.make_available(0);
  guest.driver.offer();
  while (auto chain = queue.pop()) out.push_back(std::move(*chain));
  REQUIRE(out.size() == kSize);

  guest.driver.make_available(0);
  guest.driver.offer();

  CHECK_FALSE(queue.pop());
  CHECK(queue.fault() == QueueFault::kTooManyInFlight);
}

TEST_CASE("a chain that is out when the queue breaks can still be answered") {
  Hostile guest;
  guest.driver.set_descriptor(0, {guest.buffer, 4, kDescriptorWrite, 0});
  Virtqueue queue(guest.ram.memory(), guest.driver.config());
  guest.driver.make_available(0);
  guest.driver.make_available(kSize);
  guest.driver.offer();
  auto chain = queue.pop();
  CHECK_FALSE(queue.pop());

  queue.push(std::move(*chain), 4);
  queue.publish();

  CHECK(guest.driver.take()->written == 4);
}

TEST_CASE("a readable buffer behind a writable one breaks the queue") {
  Hostile guest;
  guest.driver.add({writable({guest.buffer}, 1), readable({guest.buffer}, 1)});
  guest.driver.offer();
  CHECK(guest.take() == QueueFault::kReadAfterWrite);
}

TEST_CASE("a buffer that is not wholly in one region of RAM breaks the queue") {
  const std::uint64_t end = DriverRam::kFirstSize + DriverRam::kSecondSize;
  const auto address =
      GENERATE_COPY(as<std::uint64_t>{}, end, end - 1, DriverRam::kFirstSize - 1, ~0ull, ~0ull - 1);
  CAPTURE(address);
  Hostile guest;
  guest.driver.add({writable({address}, 2)});
  guest.driver.offer();
  CHECK(guest.take() == QueueFault::kBadBuffer);
}

TEST_CASE("an indirect table") {
  Hostile guest;
  const auto table = guest.ram.allocate(16 * (kSize + 1));
  guest.ram.store(table, Descriptor{guest.buffer, 1, 0, 0});
  const auto is_refused = [&](const Descriptor& descriptor) {
    guest.driver.set_descriptor(0, descriptor);
    return guest.offer(0) == QueueFault::kBadIndirect;
  };
  const std::uint64_t at = table.value;

  SECTION("of no entries") {
    CHECK(is_refused({at, 0, kDescriptorIndirect, 0}));
  }
  SECTION("of half an entry") {
    CHECK(is_refused({at, 8, kDescriptorIndirect, 0}));
  }
  SECTION("of one and a half") {
    CHECK(is_refused({at, 24, kDescriptorIndirect, 0}));
  }
  SECTION("longer than the queue") {
    CHECK(is_refused({at, 16 * (kSize + 1), kDescriptorIndirect, 0}));
  }
  SECTION("of almost 4 GiB") {
    CHECK(is_refused({at, 0xffff'fff0, kDescriptorIndirect, 0}));
  }
  SECTION("outside RAM") {
    CHECK(is_refused({1ull << 40, 16, kDescriptorIndirect, 0}));
  }
  SECTION("that is not the last of its chain") {
    CHECK(is_refused({at, 16, kDescriptorIndirect | kDescriptorNext, 1}));
  }
  SECTION("inside another") {
    guest.ram.store(table, Descriptor{at, 16, kDescriptorIndirect, 0});
    CHECK(is_refused({at, 16, kDescriptorIndirect, 0}));
  }
  SECTION("without the feature") {
    guest.driver.config().indirect = false;
    CHECK(is_refused({at, 16, kDescriptorIndirect, 0}));
  }
}

TEST_CASE("a loop inside an indirect table breaks the queue") {
  Hostile guest;
  const auto table = guest.ram.allocate(16);
  guest.ram.store(table, Descriptor{guest.buffer, 1, kDescriptorNext, 0});
  guest.driver.set_descriptor(0, {table.value, 16, kDescriptorIndirect, 0});
  CHECK(guest.offer(0) == QueueFault::kChainTooLong);
}

TEST_CASE("direct and indirect descriptors together are no more than the queue has entries") {
  Hostile guest;
  const auto table = guest.ram.allocate(16 * kSize);
  for (std::uint16_t i = 0; i < kSize; ++i) {
    const std::uint16_t flags = i + 1 < kSize ? kDescriptorNext : std::uint16_t{0};
    guest.ram.store(table + i * 16u,
                    Descriptor{guest.buffer, 1, flags, static_cast<std::uint16_t>(i + 1)});
  }
  guest.driver.set_descriptor(0, {guest.buffer, 1, kDescriptorNext, 1});
  guest.driver.set_descriptor(1, {table.value, 16 * kSize, kDescriptorIndirect, 0});
  CHECK(guest.offer(0) == QueueFault::kChainTooLong);
}

TEST_CASE("a chain of more than 4 GiB breaks the queue") {
  // The region claims more than there is: the queue only describes buffers, it touches none.
  DriverRam ram;
  DriverQueue driver(ram, 4);
  const std::uint64_t big = 4ull << 30;
  const auto small = ram.memory().regions()[0];
  const GuestMemory memory({small, MemoryRegion{{{1ull << 40}, big}, small.host}});
  Virtqueue queue(memory, driver.config());

  driver.add({readable({1ull << 40}, 0xffff'ffff), readable({1ull << 40}, 2)});
  driver.offer();

  CHECK_FALSE(queue.pop());
  CHECK(queue.fault() == QueueFault::kChainTooBig);
}

TEST_CASE("a queue is broken from the start") {
  DriverRam ram;
  DriverQueue driver(ram, kSize);
  QueueConfig& config = driver.config();
  const std::uint64_t end = DriverRam::kFirstSize + DriverRam::kSecondSize;
  QueueFault expected = QueueFault::kBadRing;

  SECTION("when its size is 0") {
    config.size = 0;
    expected = QueueFault::kBadSize;
  }
  SECTION("when its size is not a power of two") {
    config.size = 7;
    expected = QueueFault::kBadSize;
  }
  SECTION("when the descriptor table is misaligned") {
    config.descriptors.value += 8;
  }
  SECTION("when the available ring is misaligned") {
    config.available.value += 1;
  }
  SECTION("when the used ring is misaligned") {
    config.used.value += 2;
  }
  SECTION("when the descriptor table is outside RAM") {
    config.descriptors.value = end - 16;
  }
  SECTION("when the available ring's end is outside RAM") {
    config.available.value = end - 16;
  }
  SECTION("when the used ring wraps") {
    config.used.value = ~0ull - 3;
  }
  SECTION("when a ring crosses regions") {
    config.used.value = DriverRam::kFirstSize - 4;
  }

  Virtqueue queue(ram.memory(), config);

  CHECK(queue.fault() == expected);
  CHECK_FALSE(queue.pop());
  CHECK(queue.enable_notifications());
  queue.disable_notifications();
  CHECK_FALSE(queue.publish());
  CHECK_FALSE(queue.should_interrupt());
}

TEST_CASE("every fault has words of its own") {
  std::vector<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(QueueFault::kBadIndirect); ++i) {
    words.push_back(describe(static_cast<QueueFault>(i)));
  }
  std::sort(words.begin(), words.end());
  CHECK(std::unique(words.begin(), words.end()) == words.end());
}

}  // namespace
}  // namespace minivmm::virtio
