#include "devices/virtio/virtio_rng.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "devices/virtio/features.h"
#include "host/system_error.h"

namespace minivmm::virtio {
namespace {

constexpr std::uint16_t kQueueSize = 16;

/// 5.4.6.2: fewer bytes than the buffer has are allowed. A page is more than drivers ask for.
constexpr std::size_t kMaxBytesPerChain = 4096;

/// Far more than a driver with a queue of 16 has waiting; an end for one that never stops adding.
constexpr unsigned kMaxChainsPerNotify = 64;

DeviceTraits entropy_traits() {
  DeviceTraits traits;
  traits.id = kDeviceEntropy;
  traits.queue_sizes = {kQueueSize};
  return traits;
}

}  // namespace

void host_entropy(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      throw system_error("Reading random numbers from the host (getrandom)");
    }
  }
}

VirtioRng::VirtioRng(const GuestMemory& memory, EntropySource source)
    : traits_(entropy_traits()), memory_(memory), source_(std::move(source)) {}

void VirtioRng::activate(Transport& transport, std::uint64_t /*features*/) {
  state_.transport = &transport;
}

void VirtioRng::start_queue(std::uint16_t /*queue*/, const QueueConfig& config) {
  const Virtqueue& started = state_.requests.emplace(memory_, config);
  if (started.fault()) state_.transport->needs_reset(describe(*started.fault()));
}

void VirtioRng::notify(std::uint16_t queue) {
  if (queue != 0 || !state_.requests || state_.requests->fault()) return;
  Virtqueue& requests = *state_.requests;
  unsigned chains = 0;
  do {
    while (chains < kMaxChainsPerNotify) {
      std::optional<Chain> chain = requests.pop();
      if (!chain) break;
      const std::uint32_t written = fill(*chain);
      requests.push(std::move(*chain), written);
      ++chains;
    }
  } while (!requests.enable_notifications() && chains < kMaxChainsPerNotify);
  if (requests.publish() && requests.should_interrupt()) state_.transport->interrupt_queue(queue);
  if (requests.fault()) state_.transport->needs_reset(describe(*requests.fault()));
}

std::uint32_t VirtioRng::fill(const Chain& chain) const {
  std::size_t written = 0;
  for (const Segment& segment : chain.writable()) {
    const std::size_t bytes = std::min(segment.size(), kMaxBytesPerChain - written);
    source_(segment.first(bytes));
    written += bytes;
  }
  return static_cast<std::uint32_t>(written);
}

}  // namespace minivmm::virtio
