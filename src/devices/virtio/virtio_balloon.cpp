#include "devices/virtio/virtio_balloon.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "devices/virtio/features.h"

namespace minivmm::virtio {
namespace {

/// Linux reports free pages only where the queue has at least 32 entries.
constexpr std::uint16_t kQueueSize = 128;

/// More than a driver has waiting; an end for one that never stops adding.
constexpr unsigned kMostChainsPerNotify = 2 * kQueueSize;

/// Linux names up to 256 pages at once. What a chain names beyond this stays where it is, which a
/// balloon may do with any page: the work of one chain has an end.
constexpr std::uint64_t kMostPagesPerChain = 64 << 10;
constexpr std::size_t kPagesAtOnce = 1024;

/// Statistics that a driver may say more of than we know.
constexpr std::uint64_t kMostStats = 64;

DeviceTraits balloon_traits() {
  DeviceTraits traits;
  traits.id = kDeviceBalloon;
  traits.features = kBalloonFeatureMustTellHost | kBalloonFeatureStats |
                    kBalloonFeatureDeflateOnOom | kBalloonFeaturePagePoison |
                    kBalloonFeatureReporting;
  traits.queue_sizes.assign(kBalloonQueues, kQueueSize);
  return traits;
}

}  // namespace

VirtioBalloon::VirtioBalloon(const GuestMemory& memory, GiveBack give_back)
    : traits_(balloon_traits()), memory_(memory), give_back_(std::move(give_back)) {}

// --- What the host wants ------------------------------------------------------------------------

void VirtioBalloon::set_target(std::uint64_t bytes) {
  constexpr std::uint64_t kMostPages = ~std::uint32_t{0};
  const std::uint64_t pages = std::min(bytes, memory_.size()) / kBalloonPage;
  const auto wanted = static_cast<std::uint32_t>(std::min(pages, kMostPages));
  if (wanted == state_.config.num_pages) return;
  state_.config.num_pages = wanted;
  if (state_.transport != nullptr) state_.transport->config_changed();
}

/// 5.5.6.3: the buffer goes back; the driver fills it and gives it again.
void VirtioBalloon::ask_for_stats() {
  std::optional<Virtqueue>& queue = state_.queues[kBalloonStats];
  if (!state_.stats_buffer || !queue) return;
  queue->push(std::move(*state_.stats_buffer), 0);
  state_.stats_buffer.reset();
  if (queue->publish() && queue->should_interrupt())
    state_.transport->interrupt_queue(kBalloonStats);
}

BalloonStatus VirtioBalloon::status() const {
  BalloonStatus status{.has_driver = state_.transport != nullptr,
                       .target = state_.config.num_pages * kBalloonPage,
                       .inflated = state_.config.actual * kBalloonPage,
                       .given_back = given_back_};
  for (std::size_t tag = 0; tag < state_.stats.size(); ++tag) {
    if (state_.stats[tag]) status.stats.push_back({kBalloonStatNames[tag], *state_.stats[tag]});
  }
  return status;
}

// --- What the driver says -----------------------------------------------------------------------

bool VirtioBalloon::reports(std::uint16_t queue) const {
  if ((state_.features & kBalloonFeatureReporting) == 0) return false;
  // 5.5.2 gives the queue a number of its own. Drivers older than Linux 6.11 number the queues that
  // they use one after the other instead, so that it takes the place of what was not negotiated.
  return queue == kBalloonReporting || queue == kBalloonFreePage ||
         (queue == kBalloonStats && (state_.features & kBalloonFeatureStats) == 0);
}

VirtioBalloon::Use VirtioBalloon::use_of(std::uint16_t queue) const {
  if (reports(queue)) return &VirtioBalloon::take_reported;
  return queue == kBalloonInflate ? &VirtioBalloon::inflate : &VirtioBalloon::deflate;
}

void VirtioBalloon::notify(std::uint16_t queue) {
  if (queue >= kBalloonQueues || !state_.queues[queue] || state_.queues[queue]->fault()) return;
  if (queue == kBalloonStats && !reports(queue)) {
    take_stats();
  } else {
    answer_all(queue, use_of(queue));
  }
  check(*state_.queues[queue]);
}

void VirtioBalloon::answer_all(std::uint16_t index, Use use) {
  Virtqueue& queue = *state_.queues[index];
  unsigned chains = 0;
  do {
    while (chains < kMostChainsPerNotify) {
      std::optional<Chain> chain = queue.pop();
      if (!chain) break;
      (this->*use)(*chain);
      queue.push(std::move(*chain), 0);
      ++chains;
    }
  } while (!queue.enable_notifications() && chains < kMostChainsPerNotify);
  if (queue.publish() && queue.should_interrupt()) state_.transport->interrupt_queue(index);
}

/// 5.5.6: le32 numbers of pages.
void VirtioBalloon::inflate(const Chain& chain) {
  constexpr std::size_t kEntry = sizeof(std::uint32_t);
  const std::uint64_t named = std::min(chain.readable_size() / kEntry, kMostPagesPerChain);
  std::array<std::uint32_t, kPagesAtOnce> pages;
  for (std::uint64_t first = 0; first < named; first += kPagesAtOnce) {
    const auto count = std::min<std::uint64_t>(kPagesAtOnce, named - first);
    const auto some = std::span(pages).first(count);
    gather(chain.readable(), first * kEntry, std::as_writable_bytes(some));
    give_back_pages(some);
  }
}

/// Neighbours together: one system call for all of them, and huge pages stay whole as they go.
void VirtioBalloon::give_back_pages(std::span<std::uint32_t> pages) {
  std::sort(pages.begin(), pages.end());
  for (std::size_t i = 0; i < pages.size();) {
    const std::uint32_t start = pages[i];
    std::uint64_t count = 1;
    for (++i; i < pages.size() && pages[i] <= start + count; ++i)
      count = std::uint64_t{pages[i]} - start + 1;
    if (const auto bytes = memory_.at({start * kBalloonPage}, count * kBalloonPage)) {
      give_back(*bytes);
      continue;
    }
    // Across the end of a region: those that are RAM.
    for (std::uint64_t page = start; page < start + count; ++page) {
      if (const auto bytes = memory_.at({page * kBalloonPage}, kBalloonPage)) give_back(*bytes);
    }
  }
}

/// 5.5.6.7: the buffers are the free pages themselves. With a poison that isn't zeros they have to
/// keep it (5.5.6.7.2).
void VirtioBalloon::take_reported(const Chain& chain) {
  const bool poisoned = (state_.features & kBalloonFeaturePagePoison) != 0;
  if (poisoned && state_.config.poison_val != 0) return;
  for (const Segment& segment : chain.writable()) give_back(segment);
}

void VirtioBalloon::give_back(std::span<std::byte> bytes) {
  give_back_(bytes);
  given_back_ += bytes.size();
}

void VirtioBalloon::take_stats() {
  Virtqueue& queue = *state_.queues[kBalloonStats];
  unsigned chains = 0;
  do {
    while (chains++ < kMostChainsPerNotify) {
      std::optional<Chain> chain = queue.pop();
      if (!chain) break;
      read_stats(*chain);
      // One is enough to be kept: of two the first goes back.
      if (state_.stats_buffer) queue.push(std::move(*state_.stats_buffer), 0);
      state_.stats_buffer.emplace(std::move(*chain));
    }
  } while (!queue.enable_notifications() && chains < kMostChainsPerNotify);
  if (queue.publish() && queue.should_interrupt()) state_.transport->interrupt_queue(kBalloonStats);
}

void VirtioBalloon::read_stats(const Chain& chain) {
  const std::uint64_t said = std::min(chain.readable_size() / kBalloonStatSize, kMostStats);
  for (std::uint64_t i = 0; i < said; ++i) {
    std::array<std::byte, kBalloonStatSize> entry{};
    gather(chain.readable(), i * kBalloonStatSize, entry);
    std::uint16_t tag = 0;
    std::uint64_t value = 0;
    std::memcpy(&tag, entry.data(), sizeof(tag));
    std::memcpy(&value, entry.data() + sizeof(tag), sizeof(value));
    if (tag < state_.stats.size()) state_.stats[tag] = value;
  }
}

void VirtioBalloon::check(const Virtqueue& queue) {
  if (queue.fault()) state_.transport->needs_reset(describe(*queue.fault()));
}

// --- The life of the device ---------------------------------------------------------------------

std::string_view VirtioBalloon::config_field(std::uint64_t offset) const {
  constexpr std::array<std::string_view, 4> kFields{"num_pages", "actual", "free_page_hint_cmd_id",
                                                    "poison_val"};
  return offset / 4 < kFields.size() ? kFields[offset / 4] : std::string_view();
}

/// 5.5.4: actual and poison_val are the driver's.
void VirtioBalloon::write_config(std::uint64_t offset, std::span<const std::byte> data) {
  const auto ours = std::as_writable_bytes(std::span(&state_.config, 1));
  const auto within = [](std::uint64_t at, std::size_t field) {
    return at >= field && at < field + sizeof(std::uint32_t);
  };
  for (const std::byte byte : data) {
    if (within(offset, offsetof(BalloonConfig, actual)) ||
        within(offset, offsetof(BalloonConfig, poison_val)))
      ours[offset] = byte;
    ++offset;
  }
}

void VirtioBalloon::activate(Transport& transport, std::uint64_t features) {
  state_.transport = &transport;
  state_.features = features;
}

void VirtioBalloon::start_queue(std::uint16_t queue, const QueueConfig& config) {
  check(state_.queues.at(queue).emplace(memory_, config));
}

/// What the host wants stays; that pages were given away does not: the next driver has them all.
void VirtioBalloon::reset() {
  const std::uint32_t wanted = state_.config.num_pages;
  state_ = {};
  state_.config.num_pages = wanted;
}

std::uint64_t VirtioBalloon::answered(std::uint16_t queue) const {
  return queue < kBalloonQueues && state_.queues[queue] ? state_.queues[queue]->answered() : 0;
}

std::vector<RegisterValue> VirtioBalloon::registers() const {
  std::vector<RegisterValue> all{
      {.name = "num_pages", .value = state_.config.num_pages, .width = 4},
      {.name = "actual", .value = state_.config.actual, .width = 4},
      {.name = "poison_val", .value = state_.config.poison_val, .width = 4},
      {.name = "bytes given back", .value = given_back_, .width = 8}};
  for (const BalloonStat& stat : status().stats) {
    all.push_back(
        {.name = "VIRTIO_BALLOON_S_" + std::string(stat.name), .value = stat.value, .width = 8});
  }
  return all;
}

}  // namespace minivmm::virtio
