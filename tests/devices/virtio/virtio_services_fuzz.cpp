// Arbitrary bytes as guest memory, rings included, in front of the balloon, the console and a
// shared folder: whatever they say, nothing beyond RAM is touched, and what is given back is in
// RAM.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>
#include <vector>

#include "devices/virtio/virtio_9p.h"
#include "devices/virtio/virtio_balloon.h"
#include "devices/virtio/virtio_console.h"
#include "host/log.h"
#include "support/fake_char_backend.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

constexpr std::size_t kRamSize = 16 << 10;

struct Setup {
  std::uint8_t device = 0;
  std::uint8_t size_exponent = 0;
  std::uint8_t features = 0;
  std::uint8_t typed = 0;
  std::uint16_t descriptors = 0;
  std::uint16_t available = 0;
  std::uint16_t used = 0;
};

class Echo final : public MessageServer {
 public:
  std::size_t answer(std::span<const std::byte> request, std::span<std::byte> reply) override {
    const std::size_t size = std::min(request.size(), reply.size());
    if (size != 0) std::memcpy(reply.data(), request.data(), size);
    return size;
  }
  void forget_client() override {}
  [[nodiscard]] std::size_t largest_message() const override { return 4096; }
};

QueueConfig config_from(const Setup& setup) {
  QueueConfig config;
  config.size = static_cast<std::uint16_t>(1u << (setup.size_exponent % 9));
  config.indirect = (setup.features & 1) != 0;
  config.event_idx = (setup.features & 2) != 0;
  config.descriptors = {setup.descriptors};
  config.available = {setup.available};
  config.used = {setup.used};
  return config;
}

void run_balloon(const Setup& setup, const GuestMemory& memory, test::FakeTransport& transport) {
  const MemoryRegion ram = memory.regions().front();
  VirtioBalloon balloon(memory, [&](std::span<std::byte> bytes) {
    const bool inside = bytes.data() >= ram.host && bytes.size() <= ram.range.size &&
                        bytes.data() + bytes.size() <= ram.host + ram.range.size;
    if (!inside) std::abort();
    std::memset(bytes.data(), 0, bytes.size());  // As the host does.
  });
  balloon.activate(transport, setup.features);
  for (std::uint16_t queue = 0; queue < kBalloonQueues; ++queue) {
    balloon.start_queue(queue, config_from(setup));
    balloon.notify(queue);
  }
  balloon.ask_for_stats();
  if (balloon.registers().empty()) std::abort();
}

void run_console(const Setup& setup, const GuestMemory& memory, test::FakeTransport& transport) {
  std::mutex lock;
  test::FakeCharBackend line;
  VirtioConsole console(memory, line, VirtioConsole::Size::kKnown);
  console.activate(transport, 0);
  for (std::uint16_t queue = 0; queue < 2; ++queue) console.start_queue(queue, config_from(setup));
  const std::vector<std::byte> typed(setup.typed);
  if (console.receive(lock, typed) > typed.size()) std::abort();
  (void)console.serve(lock);
  if (!console.idle()) std::abort();
}

void run_share(const Setup& setup, const GuestMemory& memory, test::FakeTransport& transport) {
  std::mutex lock;
  Echo server;
  Virtio9p share(memory, server, "share");
  share.activate(transport, 0);
  share.start_queue(0, config_from(setup));
  (void)share.serve(lock);
  if (!share.idle()) std::abort();
}

void run(const Setup& setup, std::span<const std::uint8_t> image) {
  // Exactly as large as RAM, so that a step beyond it is seen.
  std::vector<std::byte> ram(kRamSize);
  std::memcpy(ram.data(), image.data(), std::min(image.size(), ram.size()));
  const GuestMemory memory({MemoryRegion{{{0}, kRamSize}, ram.data()}});
  test::FakeTransport transport;
  if (setup.device % 3 == 0) run_balloon(setup, memory, transport);
  if (setup.device % 3 == 1) run_console(setup, memory, transport);
  if (setup.device % 3 == 2) run_share(setup, memory, transport);
}

}  // namespace
}  // namespace minivmm::virtio

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using minivmm::virtio::Setup;
  minivmm::log::set_level(minivmm::log::Level::kOff);
  Setup setup;
  if (size < sizeof(setup)) return 0;
  std::memcpy(&setup, data, sizeof(setup));
  minivmm::virtio::run(setup, {data + sizeof(setup), size - sizeof(setup)});
  return 0;
}
