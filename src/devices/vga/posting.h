#pragma once
// When writes to the adapter are posted, and in what order they are answered.

#include <functional>
#include <utility>

#include "minivmm/posted_writes.h"

namespace minivmm::vga {

/// Writes to the planes and to the ports are posted while a guest makes many of them: at its
/// kAccessesBeforePosting-th access that traps, and until
/// - the window at 0xa0000 is to be mapped: what a register changes there must hold at once;
/// - a viewer has looked kQuietLooks times for nothing: it is going to wait, and a posted write
///   wakes nobody.
///
/// Ownership: refers to everything in Wiring. Threads: with the device's lock held.
class Posting {
 public:
  /// Beginning and ending cost about as much as some hundred exits.
  static constexpr unsigned kAccessesBeforePosting = 32;
  static constexpr unsigned kQuietLooks = 24;

  struct Wiring {
    PostedWrites* writes = nullptr;  ///< Null: every write is an access of its own.
    std::function<void(const PostedWrite&)> answer;
    /// A viewer that waits has to be woken: nothing that is posted will do so.
    std::function<void()> begun;
  };

  explicit Posting(Wiring wiring) : wiring_(std::move(wiring)) {}

  /// Answers what was posted, before anything else of the device is changed or looked at: the guest
  /// has done it, so that functions that are const for who looks show it.
  void catch_up() const;
  /// An access trapped, while nothing is mapped at 0xa0000.
  void trapped();
  /// A viewer has looked and wants to wait for a change; true: it has to look again instead.
  [[nodiscard]] bool must_look_again();
  [[nodiscard]] bool active() const { return state_.active; }
  /// What was posted before is there still.
  void end();
  /// Forgets it.
  void reset();

 private:
  // Wiring.
  const Wiring wiring_;

  // State.
  struct State {
    bool active = false;
    unsigned accesses = 0;  // That trapped since the last end.
    unsigned quiet_looks = 0;
    mutable bool any_taken = false;  // Since a viewer looked last.
  } state_;
};

}  // namespace minivmm::vga
