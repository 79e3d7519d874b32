#pragma once
// The way from a drive's commands to the thread of its image, and back.

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "devices/served_disk.h"
#include "host/log.h"
#include "minivmm/block_backend.h"
#include "minivmm/request_observer.h"

namespace minivmm::ide {

/// At most one request at a time, as a drive has at most one command. What it reads or writes is
/// the drive's buffer, so that nothing of a guest is touched by the thread without the lock.
///
/// Ownership: refers to the backend, which outlives it.
/// Threads: post(), busy() and listen() with the controller's lock held; the rest as ServedDisk
/// says.
class ImageQueue final : public ServedDisk {
 public:
  struct Wiring {
    BlockBackend& backend;
    std::function<void()> wake;           ///< Ends the thread's wait. Never blocks.
    std::string name{};                   ///< For the log: the image's path.
    RequestObserver* onlooker = nullptr;  ///< May be null.
  };
  explicit ImageQueue(Wiring wiring) : wiring_(std::move(wiring)) {}

  [[nodiscard]] const BlockInfo& info() const { return wiring_.backend.info(); }

  /// From now on ended(error), with 0 or an errno value, is called for each request, with the lock
  /// held, on the thread. Empty: nobody is told.
  void listen(std::function<void(int)> ended) { ended_ = std::move(ended); }

  /// There must be none already.
  void post(BlockRequest request);
  [[nodiscard]] bool busy() const { return posted_.has_value() || in_flight_; }

  void serve(std::mutex& lock, BlockBackend::Wait wait) override;
  void drain(std::mutex& lock) override;

 private:
  void turn(std::mutex& lock, BlockBackend::Wait wait);
  void end(const BlockCompletion& completion);
  void report(int error);

  // Wiring.
  const Wiring wiring_;
  std::function<void(int)> ended_{};

  // State: what outlives a drive's reset.
  std::optional<BlockRequest> posted_{};  // Not yet taken by the thread.
  bool in_flight_ = false;                // Taken; its end is still to be told.
  RequestRecord record_{};                // Of the one in flight.
  log::RateLimit log_limit_;

  // The thread's own, kept to reuse its memory.
  std::vector<BlockCompletion> done_{};
};

}  // namespace minivmm::ide
