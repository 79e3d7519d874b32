#pragma once
// A disk's requests as those see them who look on: traces.

#include <chrono>
#include <cstdint>
#include <string_view>

namespace minivmm {

/// From the moment that the device's thread took it off the queue until it was answered. The
/// driver's doorbell comes before, by an ioeventfd that nobody but the kernel sees.
struct RequestRecord {
  using Time = std::chrono::steady_clock::time_point;

  std::string_view what{};  ///< "read", "write", "flush", ...; of static storage.
  unsigned queue = 0;
  std::uint64_t offset = 0;  ///< In bytes; of reads and writes.
  std::uint64_t length = 0;  ///< In bytes.
  int error = 0;             ///< An errno value; 0: it succeeded.
  Time taken{};
  Time answered{};
};

/// Looks on at one device's requests. A device without one pays a comparison for it.
///
/// Threads: on the device's own thread, perhaps with the device's lock held: must not wait for it.
class RequestObserver {
 public:
  using Time = RequestRecord::Time;
  virtual ~RequestObserver() = default;

  virtual void on_request(const RequestRecord& record) = 0;
  /// What the thread did between two sleeps: how many requests it took, and how many it answered.
  virtual void on_work(Time from, Time until, unsigned taken, unsigned answered) = 0;
};

}  // namespace minivmm
