#pragma once
// A card's queues between driver and backend: who may touch what, and when.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "devices/virtio/net_frame.h"
#include "devices/virtio/virtqueue.h"
#include "minivmm/guest_memory.h"
#include "minivmm/net_backend.h"
#include "minivmm/request_observer.h"

namespace minivmm::virtio {

/// Chains come off the virtqueue with the device's lock held (take()), are worked on by the card's
/// thread without it, and go back with the lock held (put()). Between the two nobody else may call
/// release(). A stop() may come at any time: what is out then is dropped by put().
class NetQueue {
 public:
  // With the lock held.

  /// Answers what is wrong with the configuration, or nothing.
  [[nodiscard]] std::string_view start(const GuestMemory& memory, const QueueConfig& config);
  /// The driver expects nothing any more; release() is owed.
  void stop() { queue_.reset(); }
  /// Drops the chains that were taken.
  void release();
  /// Takes all that is available; answers what rule the driver broke, or nothing.
  [[nodiscard]] std::string_view take();
  /// Hands back what is done; answers whether the driver wants an interrupt for it.
  [[nodiscard]] bool put();
  /// Asks the driver to ring; false: something is available already.
  [[nodiscard]] bool listen() { return !queue_ || queue_->enable_notifications(); }
  [[nodiscard]] bool has_available() const { return queue_ && queue_->has_available(); }
  [[nodiscard]] std::uint64_t answered() const { return queue_ ? queue_->answered() : 0; }

  // On the card's thread.

  /// What the driver did wrong since the last call, or nothing.
  [[nodiscard]] std::string_view take_problem() { return std::exchange(problem_, {}); }

 protected:
  struct Done {
    Chain chain;
    std::uint32_t written = 0;
  };

  std::optional<Virtqueue> queue_{};  // Under the lock.
  // Taken, in order; and done, to be put. Under the lock, or between take() and put() the thread's.
  std::deque<Chain> waiting_{};
  std::vector<Done> done_{};
  std::string_view problem_{};
  std::size_t size_ = 0;  // Of the queue, when last taken from.
  std::vector<Segment> pieces_{};
};

/// Tells who looks on of one frame; null: nobody.
class FrameTeller {
 public:
  FrameTeller(RequestObserver* onlooker, std::string_view what, unsigned queue)
      : onlooker_(onlooker), what_(what), queue_(queue) {}
  void begin() {
    if (onlooker_ != nullptr) from_ = std::chrono::steady_clock::now();
  }
  void end(std::uint64_t bytes) const;

 private:
  RequestObserver* const onlooker_;
  const std::string_view what_;
  const unsigned queue_;
  RequestObserver::Time from_{};
};

class TransmitQueue final : public NetQueue {
 public:
  /// Sends what was taken, as long as the backend takes it; answers how many frames it was done
  /// with.
  unsigned send(NetBackend& backend, unsigned pair, const NetRules& rules, FrameTeller teller);
  /// Frames wait for the backend.
  [[nodiscard]] bool blocked() const { return !waiting_.empty(); }
};

class ReceiveQueue final : public NetQueue {
 public:
  /// Fills buffers with frames that the backend has, as long as there are both; answers how many
  /// frames it was done with.
  unsigned fill(NetBackend& backend, unsigned pair, const NetRules& rules, FrameTeller teller);
  /// The next frame needs more buffers than the driver has given.
  [[nodiscard]] bool starved() const { return starved_; }

 private:
  /// How the next frame went.
  enum class Step { kFilled, kDropped, kNothing, kStarved };
  [[nodiscard]] Step fill_one(NetBackend& backend, unsigned pair, const NetRules& rules,
                              FrameTeller& teller);
  /// Makes pieces_ the room that the first chains have, of wanted bytes or more if there is so
  /// much; answers its size in bytes.
  std::size_t make_room(bool mergeable, std::size_t wanted);
  void answer(NetHeader header, std::size_t size);
  [[nodiscard]] bool find_usable();
  /// The driver can't give more room than it has given.
  [[nodiscard]] bool holds_all() const { return waiting_.size() == size_; }

  bool starved_ = true;
  // As large as the last frame: most have company of their size, and gathering the room for the
  // largest costs more than a small frame.
  std::size_t expected_ = kMinRoom;
  static constexpr std::size_t kMinRoom = 1518;
};

}  // namespace minivmm::virtio
