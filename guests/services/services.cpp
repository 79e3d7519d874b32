// Uses what makes a guest comfortable: the balloon, the console, a shared folder; those that are
// there.

#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "services/exchange.h"

using namespace guest;

void Exchange::start(VirtioDevice& device, std::uint16_t queue) {
  device_ = &device;
  queue_ = queue;
  const std::uint16_t most = device.max_queue_size(queue);
  check(most > 1, "a queue of the device exists");
  ring_.init(most < Virtqueue::kMaxSize ? most : Virtqueue::kMaxSize, Notifications::kByFlags);
  ring_.set_interrupts(UsedInterrupts::kOff);
  check(device.enable_queue(queue, ring_, kNoVector), "a queue needs no vector");
}

void Exchange::offer(Piece readable, Piece writable) {
  const bool both = readable.size != 0 && writable.size != 0;
  const auto put = [&](unsigned at, Piece piece, std::uint16_t flags, std::uint16_t next) {
    ring_.descriptor(at) = {.address = reinterpret_cast<std::uint64_t>(piece.data),
                            .length = piece.size,
                            .flags = flags,
                            .next = next};
  };
  if (readable.size != 0) put(0, readable, both ? kDescriptorNext : std::uint16_t{0}, 1);
  if (writable.size != 0) put(both ? 1 : 0, writable, kDescriptorWrite, 0);
  ring_.add(0);
  if (ring_.publish()) device_->notify(queue_);
}

std::uint32_t Exchange::wait() {
  UsedElement element;
  while (!ring_.pop(element)) pause();
  check(element.id == 0, "the used ring names the chain that was offered");
  return element.length;
}

bool begin(VirtioDevice& device, std::uint16_t id, std::uint64_t wanted) {
  if (!device.find(id, 0)) return false;
  device.reset();
  const std::uint64_t features = device.features() & (wanted | kFeatureVersion1);
  check(features == (wanted | kFeatureVersion1), "the device offers what it should");
  check(device.negotiate(features), "the device accepts the features that it offered");
  return true;
}

extern "C" void guest_main() {
  serial_init();
  check_balloon();
  check_console();
  check_share();
  print("services checked\n");
  succeed();
}
