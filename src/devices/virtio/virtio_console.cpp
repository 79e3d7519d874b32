#include "devices/virtio/virtio_console.h"

#include <cstddef>
#include <utility>

#include "devices/virtio/features.h"

namespace minivmm::virtio {
namespace {

/// 5.3.3.
constexpr std::uint64_t kConsoleFeatureSize = 1ull << 0;

constexpr std::uint16_t kQueueSize = 64;
constexpr std::size_t kBytesAtOnce = 4096;

/// More buffers than a driver has waiting; an end for one that never stops adding empty ones.
constexpr unsigned kMostChains = 2 * kQueueSize;

DeviceTraits console_traits(VirtioConsole::Size size) {
  DeviceTraits traits;
  traits.id = kDeviceConsole;
  traits.features = size == VirtioConsole::Size::kKnown ? kConsoleFeatureSize : 0;
  traits.queue_sizes = {kQueueSize, kQueueSize};
  return traits;
}

}  // namespace

VirtioConsole::VirtioConsole(const GuestMemory& memory, CharBackend& backend, Size size)
    : traits_(console_traits(size)), memory_(memory), backend_(backend) {}

// --- What the guest sends -----------------------------------------------------------------------

bool VirtioConsole::serve(std::mutex& lock) {
  offer_room(lock);
  for (unsigned chains = 0; chains < kMostChains; ++chains) {
    std::optional<Chain> chain = take_sent(lock);
    if (!chain) return false;
    send(*chain);
    give_back(lock, std::move(*chain));
  }
  return true;
}

std::optional<Chain> VirtioConsole::take_sent(std::mutex& lock) {
  const std::lock_guard guard(lock);
  std::optional<Virtqueue>& queue = state_.queues[kTransmit];
  if (!queue || queue->fault()) return std::nullopt;
  std::optional<Chain> chain;
  do {
    chain = queue->pop();
  } while (!chain && !queue->enable_notifications());
  if (queue->fault()) state_.transport->needs_reset(describe(*queue->fault()));
  sending_ = chain.has_value();
  return chain;
}

// The guest may change the bytes meanwhile; whoever reads them gets what is copied here.
void VirtioConsole::send(const Chain& chain) {
  std::array<std::byte, kBytesAtOnce> bytes;
  for (std::uint64_t done = 0; done < chain.readable_size();) {
    const std::size_t some = gather(chain.readable(), done, bytes);
    backend_.send(std::span(bytes).first(some));
    done += some;
  }
}

void VirtioConsole::give_back(std::mutex& lock, Chain chain) {
  const std::lock_guard guard(lock);
  sending_ = false;
  std::optional<Virtqueue>& queue = state_.queues[kTransmit];
  if (!queue) return;  // Reset meanwhile: the driver expects nothing any more.
  queue->push(std::move(chain), 0);
  answer(kTransmit);
}

// --- What the guest receives --------------------------------------------------------------------

std::size_t VirtioConsole::receive(std::mutex& lock, std::span<const std::byte> bytes) {
  const std::lock_guard guard(lock);
  std::optional<Virtqueue>& queue = state_.queues[kReceive];
  std::size_t taken = 0;
  for (unsigned chains = 0; queue && taken < bytes.size() && chains < kMostChains;) {
    std::optional<Chain> buffer = queue->pop();
    if (!buffer && queue->enable_notifications()) break;
    if (!buffer) continue;
    const std::size_t written = scatter(buffer->writable(), bytes.subspan(taken));
    queue->push(std::move(*buffer), static_cast<std::uint32_t>(written));
    ++chains;
    taken += written;
  }
  refused_ = taken < bytes.size();
  if (queue) answer(kReceive);
  return taken;
}

// The backend calls receive() from another thread, which sets it anew where the room is not enough.
void VirtioConsole::offer_room(std::mutex& lock) {
  {
    const std::lock_guard guard(lock);
    const std::optional<Virtqueue>& queue = state_.queues[kReceive];
    if (!refused_ || !queue || !queue->has_available()) return;
    refused_ = false;
  }
  backend_.resume();
}

void VirtioConsole::answer(std::uint16_t index) {
  Virtqueue& queue = *state_.queues[index];
  if (queue.publish() && queue.should_interrupt()) state_.transport->interrupt_queue(index);
  if (queue.fault()) state_.transport->needs_reset(describe(*queue.fault()));
}

void VirtioConsole::set_size(std::uint16_t columns, std::uint16_t rows) {
  if (columns == config_.cols && rows == config_.rows) return;
  config_.cols = columns;
  config_.rows = rows;
  if (state_.transport != nullptr) state_.transport->config_changed();
}

// --- The life of the device ---------------------------------------------------------------------

std::string_view VirtioConsole::config_field(std::uint64_t offset) const {
  if (offset < offsetof(ConsoleConfig, rows)) return "cols";
  if (offset < offsetof(ConsoleConfig, max_nr_ports)) return "rows";
  return offset < offsetof(ConsoleConfig, emerg_wr) ? "max_nr_ports" : "emerg_wr";
}

void VirtioConsole::activate(Transport& transport, std::uint64_t /*features*/) {
  state_.transport = &transport;
}

void VirtioConsole::start_queue(std::uint16_t queue, const QueueConfig& config) {
  const Virtqueue& started = state_.queues.at(queue).emplace(memory_, config);
  if (started.fault()) state_.transport->needs_reset(describe(*started.fault()));
}

void VirtioConsole::reset() {
  state_ = {};
}

std::uint64_t VirtioConsole::answered(std::uint16_t queue) const {
  const bool started = queue < state_.queues.size() && state_.queues[queue].has_value();
  return started ? state_.queues[queue]->answered() : 0;
}

std::vector<RegisterValue> VirtioConsole::registers() const {
  return {{.name = "cols", .value = config_.cols, .width = 2},
          {.name = "rows", .value = config_.rows, .width = 2},
          {.name = "input waits", .value = refused_ ? 1u : 0u},
          {.name = "output waits", .value = sending_ ? 1u : 0u}};
}

}  // namespace minivmm::virtio
