#pragma once
// virtio-blk: the disk that drivers program (virtio 1.2, 5.2), in front of any BlockBackend.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/served_disk.h"
#include "devices/virtio/blk_layout.h"
#include "devices/virtio/blk_request.h"
#include "devices/virtio/poll_window.h"
#include "devices/virtio/virtio_device.h"
#include "host/log.h"
#include "minivmm/block_backend.h"
#include "minivmm/guest_memory.h"
#include "minivmm/request_observer.h"

namespace minivmm::virtio {

/// A disk. Its work is done by one I/O thread, which the machine owns and which runs
///
///   while (!stop) disk.serve(function.lock(), BlockBackend::Wait::kYes);
///   disk.drain(function.lock());
///
/// A blocked serve() returns when a request ended, when a doorbell rang, or when any other eventfd
/// was signalled that the backend watches. So before the thread starts, the machine calls
/// backend.watch() for the fd of each queue's doorbell and for one eventfd of its own; to end the
/// thread it sets stop, then signals that one.
///
/// To reset the machine: stop the thread (which drains), reset the function, load memory, start
/// the thread again. Nothing touches guest memory once drain() has returned.
///
/// Threads: serve() and drain() on the I/O thread, without the lock, all else as VirtioDevice says.
/// lock is always that of the transport's function. The backend belongs to the I/O thread.
class VirtioBlk final : public VirtioDevice, public ServedDisk {
 public:
  struct Options {
    std::string name{};    ///< For the log: the image's path.
    std::string serial{};  ///< What GET_ID answers; the first 20 bytes count.
    std::uint16_t queues = 1;
  };

  /// memory, backend and onlooker, which may be null, must outlive it.
  VirtioBlk(const GuestMemory& memory, BlockBackend& backend, Options options,
            RequestObserver* onlooker = nullptr);

  /// One turn: takes what is available, starts it, and answers what has ended. With Wait::kYes it
  /// blocks when there is nothing to do, after a look out for more (PollWindow). A caller that
  /// passes kNo must come back by itself, since drivers are told not to ring meanwhile.
  void serve(std::mutex& lock, BlockBackend::Wait wait) override;

  /// Waits until all that was taken off the queues is answered; takes nothing more.
  void drain(std::mutex& lock) override;

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override {
    return std::as_bytes(std::span(&config_, 1)).first(kBlkConfigSize);
  }
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  /// Does nothing: the I/O thread hears the driver by the queues' doorbells, which it must have.
  void notify(std::uint16_t queue) override;
  void reset() override;
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override;
  [[nodiscard]] bool idle() const override { return free_slots_.size() == slots_.size(); }

 private:
  /// A chain whose answer is owed. Its index is the tag of the backend's requests.
  struct Slot {
    std::optional<Chain> chain{};
    std::uint16_t queue = 0;
    BlkVerdict verdict{};
    BlockOp op = BlockOp::kRead;  // Of its first request, as is
    std::uint64_t offset = 0;     // this: for the log and those
    std::uint64_t length = 0;     // who look on.
    RequestObserver::Time taken{};
    unsigned pending = 0;     // Requests that have not ended.
    int error = 0;            // The first errno among them.
    bool then_flush = false;  // A write that must be stable before it is answered.
  };

  /// Takes what is available and starts it; false: there was nothing.
  [[nodiscard]] bool take_work(std::mutex& lock);
  void turn(std::mutex& lock, BlockBackend::Wait wait);
  /// Watches the rings without sleeping; true when something is available.
  [[nodiscard]] bool look_out(std::mutex& lock);
  void collect();
  void collect_queue(std::uint16_t index, Virtqueue& queue);
  void accept(std::uint16_t index, Virtqueue& queue, Chain chain);
  void submit(std::uint16_t index, Chain chain, const BlkVerdict& verdict, std::size_t first);
  void start_submissions();
  void finish(const BlockCompletion& completion);
  void answer(Slot& slot);
  void report(const Slot& slot);
  void tell(const Slot& slot);
  void publish();
  /// Asks all drivers to ring; false when something is available already.
  [[nodiscard]] bool listen();
  [[nodiscard]] bool must_write_through(BlockOp op) const;

  // Configuration.
  const Options options_;
  BlkRules rules_{};
  BlkConfig config_{};
  DeviceTraits traits_{};

  // Wiring.
  const GuestMemory& memory_;
  BlockBackend& backend_;
  RequestObserver* const onlooker_;

  // State.
  struct State {
    Transport* transport = nullptr;
    std::uint64_t features = 0;
    std::vector<std::optional<Virtqueue>> queues{};
  } state_;

  // What is in flight at the host outlives a reset: one slot for each entry of each queue.
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_slots_;
  log::RateLimit log_limit_;

  // The I/O thread's own, kept to reuse their memory.
  PollWindow poll_window_;
  std::vector<BlockRequest> submissions_;
  std::vector<BlockCompletion> done_;
};

}  // namespace minivmm::virtio
