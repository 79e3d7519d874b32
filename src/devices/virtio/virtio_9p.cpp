#include "devices/virtio/virtio_9p.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "devices/virtio/features.h"

namespace minivmm::virtio {
namespace {

/// linux/virtio_9p.h: VIRTIO_9P_MOUNT_TAG.
constexpr std::uint64_t k9pFeatureMountTag = 1ull << 0;

/// Linux makes chains of up to 128 buffers (net/9p/trans_virtio.c, VIRTQUEUE_NUM).
constexpr std::uint16_t kQueueSize = 128;

DeviceTraits share_traits() {
  DeviceTraits traits;
  traits.id = kDevice9p;
  traits.features = k9pFeatureMountTag;
  traits.queue_sizes = {kQueueSize};
  return traits;
}

/// struct virtio_9p_config: le16 tag_len; u8 tag[tag_len], without a terminating 0.
std::vector<std::byte> config_for(std::string_view tag) {
  assert(tag.size() <= Virtio9p::kLongestTag);
  const auto length = static_cast<std::uint16_t>(tag.size());
  std::vector<std::byte> config(sizeof(length) + tag.size());
  std::memcpy(config.data(), &length, sizeof(length));
  std::memcpy(config.data() + sizeof(length), tag.data(), tag.size());
  return config;
}

}  // namespace

Virtio9p::Virtio9p(const GuestMemory& memory, MessageServer& server, std::string_view tag)
    : traits_(share_traits()), config_(config_for(tag)), memory_(memory), server_(server) {}

bool Virtio9p::serve(std::mutex& lock) {
  for (unsigned chains = 0; chains < kQueueSize; ++chains) {
    std::optional<Chain> chain = take_request(lock);
    if (!chain) return false;
    const std::span<const std::byte> reply = answer(*chain);
    give_back(lock, std::move(*chain), reply);
  }
  return true;
}

std::optional<Chain> Virtio9p::take_request(std::mutex& lock) {
  std::optional<Chain> chain;
  bool new_client = false;
  {
    const std::lock_guard guard(lock);
    std::optional<Virtqueue>& requests = state_.requests;
    if (!requests || requests->fault()) return std::nullopt;
    do {
      chain = requests->pop();
    } while (!chain && !requests->enable_notifications());
    if (requests->fault()) state_.transport->needs_reset(describe(*requests->fault()));
    answering_ = chain.has_value();
    if (chain) new_client = std::exchange(client_is_new_, false);
  }
  if (new_client) server_.forget_client();
  return chain;
}

// Copied in and out: what the guest changes meanwhile is nobody's but its own.
std::span<const std::byte> Virtio9p::answer(const Chain& chain) {
  const std::uint64_t most = server_.largest_message();
  const auto room = [most](std::vector<std::byte>& bytes, std::uint64_t wanted) {
    wanted = std::min(wanted, most);
    if (bytes.size() < wanted) bytes.resize(wanted);
    return std::span(bytes).first(wanted);
  };
  const std::span<std::byte> request = room(request_, chain.readable_size());
  const std::span<std::byte> reply = room(reply_, chain.writable_size());
  gather(chain.readable(), 0, request);
  return reply.first(server_.answer(request, reply));
}

void Virtio9p::give_back(std::mutex& lock, Chain chain, std::span<const std::byte> reply) {
  const std::lock_guard guard(lock);
  answering_ = false;
  if (!state_.requests) return;  // Reset meanwhile: the driver expects nothing any more.
  const std::size_t written = scatter(chain.writable(), reply);
  state_.requests->push(std::move(chain), static_cast<std::uint32_t>(written));
  if (state_.requests->publish() && state_.requests->should_interrupt())
    state_.transport->interrupt_queue(0);
}

std::string_view Virtio9p::config_field(std::uint64_t offset) const {
  return offset < sizeof(std::uint16_t) ? "tag_len" : "tag";
}

void Virtio9p::activate(Transport& transport, std::uint64_t /*features*/) {
  state_.transport = &transport;
}

void Virtio9p::start_queue(std::uint16_t /*queue*/, const QueueConfig& config) {
  const Virtqueue& started = state_.requests.emplace(memory_, config);
  if (started.fault()) state_.transport->needs_reset(describe(*started.fault()));
}

void Virtio9p::reset() {
  state_ = {};
  client_is_new_ = true;
}

std::uint64_t Virtio9p::answered(std::uint16_t queue) const {
  return queue == 0 && state_.requests ? state_.requests->answered() : 0;
}

}  // namespace minivmm::virtio
