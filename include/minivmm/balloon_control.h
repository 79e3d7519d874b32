#pragma once
// How much of a guest's memory is the guest's: asked for from a prompt, later from a socket.

#include <cstdint>
#include <string_view>
#include <vector>

namespace minivmm {

/// What the guest's driver said of its memory, in the words of virtio 1.2, 5.5.6.4: "MEMFREE".
/// Counts, or sizes in bytes.
struct BalloonStat {
  std::string_view name;
  std::uint64_t value = 0;
};

struct BalloonStatus {
  bool has_driver = false;           ///< Whether anybody listens to set_target().
  std::uint64_t target = 0;          ///< In bytes: what the guest shall give away.
  std::uint64_t inflated = 0;        ///< In bytes: what it says it has given away.
  std::uint64_t given_back = 0;      ///< In bytes: what went to the host since power-on, in all.
  std::vector<BalloonStat> stats{};  ///< Of the driver's last answer; empty: there was none.
};

/// The balloon of the guest that runs now.
///
/// Threads: every function from any thread; each returns at once, what it asks for happens when the
/// guest gets to it.
/// Errors: none; a guest without a driver does nothing.
class BalloonControl {
 public:
  virtual ~BalloonControl() = default;

  /// How much of its memory the guest shall give away, in bytes; rounded down to pages, at most all
  /// of it. 0: nothing. The guest does what it can.
  virtual void set_target(std::uint64_t bytes) = 0;
  /// Asks the driver for its statistics; they are in status() when it has answered.
  virtual void ask_for_stats() = 0;
  [[nodiscard]] virtual BalloonStatus status() const = 0;
};

}  // namespace minivmm
