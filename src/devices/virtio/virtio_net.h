#pragma once
// virtio-net: the network card that drivers program (virtio 1.2, 5.1), in front of any NetBackend.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "devices/virtio/hosted_rings.h"
#include "devices/virtio/net_control.h"
#include "devices/virtio/net_layout.h"
#include "devices/virtio/net_queues.h"
#include "devices/virtio/poll_window.h"
#include "devices/virtio/virtio_device.h"
#include "minivmm/guest_memory.h"
#include "minivmm/net_backend.h"
#include "minivmm/request_observer.h"

namespace minivmm::virtio {

/// A card. Its work is done by one thread, which the machine owns and which runs
///
///   while (!stop) card.serve(function.lock(), NetBackend::Wait::kYes);
///
/// A blocked serve() returns when a frame came, when a doorbell rang, or when any other eventfd was
/// signalled that the backend watches. So before the thread starts, the machine calls
/// backend.watch() for the fd of each queue's doorbell and for one eventfd of its own; to end the
/// thread it sets stop, then signals that one.
///
/// A network that works on rings itself (NetRings) gets those of all pairs, unless somebody looks
/// on: then this thread has the control queue alone.
///
/// Frames that wait when the thread ends, or the driver resets the card, are lost.
///
/// Threads: serve() on the card's thread, without the lock, all else as VirtioDevice says. lock is
/// always that of the transport's function. The backend belongs to the card's thread.
class VirtioNet final : public VirtioDevice {
 public:
  struct Options {
    MacAddress mac{};
    std::uint16_t queue_pairs = 1;  ///< At most what the backend can.
  };

  /// memory, backend and onlooker, which may be null, must outlive it.
  VirtioNet(const GuestMemory& memory, NetBackend& backend, const Options& options,
            RequestObserver* onlooker = nullptr);

  /// One turn: sends what the driver has given and hands it what has come. With Wait::kYes it
  /// blocks when there is nothing to do, after a look out for more (PollWindow).
  void serve(std::mutex& lock, NetBackend::Wait wait);

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override {
    return std::as_bytes(std::span(&state_.config, 1)).first(kNetConfigSize);
  }
  [[nodiscard]] std::string_view config_field(std::uint64_t offset) const override;
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  /// Does nothing: the card's thread hears the driver by the queues' doorbells, which it must have.
  void notify(std::uint16_t queue) override;
  void interrupts_moved() override;
  void reset() override;
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override;
  [[nodiscard]] bool idle() const override { return !working_; }

 private:
  /// Receive and transmit queue of a pair.
  struct Pair {
    ReceiveQueue receive{};
    TransmitQueue transmit{};
  };
  /// What the driver chose, and the backend is told of by the card's thread.
  struct Settings {
    NetOffloads to_guest{};
    unsigned pairs = 1;
    friend bool operator==(const Settings&, const Settings&) = default;
  };

  /// All that can be done without waiting; false: nothing could.
  [[nodiscard]] bool work(std::mutex& lock);
  void take_all();
  void put_all();
  [[nodiscard]] bool move_frames();
  void settle_wants();
  void report(std::string_view problem);
  /// Watches the rings without sleeping; true when something is available.
  [[nodiscard]] bool look_out(std::mutex& lock);
  /// Asks the driver to ring; false when something is available already.
  [[nodiscard]] bool listen();

  void serve_control();
  [[nodiscard]] std::uint8_t obey(const Chain& chain);
  [[nodiscard]] std::uint16_t control_index() const;
  [[nodiscard]] NetQueue& queue_at(std::uint16_t index);
  [[nodiscard]] bool hosts(std::size_t pair) const;
  void serve_hosted();

  // Configuration.
  const Options options_;
  DeviceTraits traits_{};

  // Wiring.
  const GuestMemory& memory_;
  NetBackend& backend_;
  RequestObserver* const onlooker_;

  // State.
  struct State {
    Transport* transport = nullptr;
    std::uint64_t features = 0;
    NetConfigSpace config{};
    Settings settings{};
    std::optional<Virtqueue> control{};
    bool hosting = false;  ///< Its network takes rings.
  } state_;

  // The queues' chains outlive a reset while the card's thread works on them.
  std::deque<Pair> pairs_;
  std::optional<HostedRings> hosted_{};
  bool working_ = false;  // Under the lock: it does.

  // The card's thread's own: what it works by, as agreed when it took its work.
  NetRules rules_{};
  Settings wanted_{};
  Settings applied_{};
  std::vector<NetBackend::Wants> wants_;
  PollWindow poll_window_;
};

}  // namespace minivmm::virtio
