// Driver and device side by side on two threads, each sleeping until the other rings: a lost
// notification shows as a hang, a missing barrier as a report of ThreadSanitizer.

#include <poll.h>

#include <catch2/catch.hpp>
#include <thread>

#include "devices/virtio/virtqueue.h"
#include "host/event_fd.h"
#include "support/driver_queue.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;

constexpr std::uint32_t kRequests = 20'000;
constexpr std::uint32_t kSlots = 16;

void wait_for(const EventFd& event) {
  pollfd waited{event.fd(), POLLIN, 0};
  ::poll(&waited, 1, -1);
  event.consume();
}

/// Answers each request with its number plus one, until all have been answered.
void run_device(Virtqueue& queue, const EventFd& doorbell, const EventFd& interrupt) {
  for (std::uint32_t answered = 0; answered < kRequests;) {
    queue.disable_notifications();
    while (auto chain = queue.pop()) {
      std::uint32_t number = 0;
      gather(chain->readable(), 0, std::as_writable_bytes(std::span(&number, 1)));
      ++number;
      scatter(chain->writable(), std::as_bytes(std::span(&number, 1)));
      queue.push(std::move(*chain), sizeof(number));
      ++answered;
    }
    if (queue.publish() && queue.should_interrupt()) interrupt.signal();
    if (answered < kRequests && queue.enable_notifications()) wait_for(doorbell);
  }
}

/// Keeps the queue as full as it can; answers how many answers were right.
std::uint32_t run_driver(DriverRam& ram, DriverQueue& driver, bool event_idx,
                         const EventFd& doorbell, const EventFd& interrupt) {
  const GuestAddress questions = ram.allocate(kSlots * 4);
  const GuestAddress answers = ram.allocate(kSlots * 4);
  std::uint32_t right = 0;
  std::uint32_t sent = 0;
  std::vector<std::uint32_t> number_of(kSlots * 2);
  for (std::uint32_t received = 0; received < kRequests;) {
    while (sent < kRequests && sent - received < kSlots && driver.has_room(2)) {
      const std::uint64_t slot = sent % kSlots * 4;
      ram.store(questions + slot, sent);
      const auto head =
          driver.add({test::readable(questions + slot, 4), test::writable(answers + slot, 4)});
      number_of[head] = sent++;
    }
    if (driver.offer(event_idx)) doorbell.signal();
    driver.set_used_event(driver.taken());
    const std::uint32_t before = received;
    while (const auto used = driver.take()) {
      const std::uint32_t number = number_of[used->head];
      if (ram.load<std::uint32_t>(answers + number % kSlots * 4) == number + 1) ++right;
      ++received;
    }
    if (received == before) wait_for(interrupt);
  }
  return right;
}

TEST_CASE("a driver and a device that sleep whenever they may never wait for each other forever") {
  const bool event_idx = GENERATE(false, true);
  DriverRam ram;
  DriverQueue driver(ram, 32);
  driver.config().event_idx = event_idx;
  Virtqueue queue(ram.memory(), driver.config());
  const EventFd doorbell;
  const EventFd interrupt;

  std::thread device([&] { run_device(queue, doorbell, interrupt); });
  const std::uint32_t right = run_driver(ram, driver, event_idx, doorbell, interrupt);
  device.join();

  CHECK(right == kRequests);
  CHECK_FALSE(queue.fault());
}

}  // namespace
}  // namespace minivmm::virtio
