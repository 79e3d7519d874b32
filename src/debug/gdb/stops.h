#pragma once
// The breakpoints and watchpoints that gdb asked for.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "minivmm/debug_target.h"

namespace minivmm::debug::gdb {

/// Software ones are INT3 in the guest's memory, by its page tables as they are at that moment.
/// Threads: the debugger's, while the machine stands.
class Stops {
 public:
  explicit Stops(DebugTarget& target) : target_(target) {}

  [[nodiscard]] bool insert_software(std::uint64_t linear);
  [[nodiscard]] bool remove_software(std::uint64_t linear);
  [[nodiscard]] bool insert_hardware(const HardwareStop& stop);
  [[nodiscard]] bool remove_hardware(const HardwareStop& stop);
  /// All of them.
  void clear();
  /// The guest started over: its memory is new, and INT3s are gone with the old one.
  void forget_software() { patched_.clear(); }
  /// Puts into bytes, read from linear, what the guest has where INT3s are.
  void hide(std::uint64_t linear, std::span<std::byte> bytes) const;
  /// What kind of access a watchpoint at this address waits for.
  [[nodiscard]] HardwareStop::Kind watched_kind(std::uint64_t linear) const;

 private:
  struct Patch {
    GuestAddress physical{};
    std::byte original{};
  };
  void tell_planted();

  DebugTarget& target_;
  std::map<std::uint64_t, Patch> patched_;
  std::vector<HardwareStop> hardware_;
};

}  // namespace minivmm::debug::gdb
