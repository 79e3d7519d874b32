#pragma once
// The breakpoints and watchpoints that gdb asked for.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minivmm/debug_target.h"

namespace minivmm::debug::gdb {

/// Software ones are INT3 in the guest's memory, by its page tables as they are at that moment;
/// where the host doesn't honour them, the processor's own, which are four (decision 0025).
/// Threads: the debugger's, while the machine stands.
class Stops {
 public:
  explicit Stops(DebugTarget& target) : target_(target) {}

  /// Answers the packets Z0 to Z4 and z0 to z4.
  [[nodiscard]] std::string change(std::string_view packet);
  /// All of them.
  void clear();
  /// The guest started over: its memory is new, and INT3s are gone with the old one.
  void forget_software() { patched_.clear(); }
  /// Puts into bytes, read from linear, what the guest has where INT3s are.
  void hide(std::uint64_t linear, std::span<std::byte> bytes) const;
  /// Whether an INT3 is there.
  [[nodiscard]] bool is_software(std::uint64_t linear) const { return patched_.contains(linear); }
  /// What kind of access a watchpoint at this address waits for.
  [[nodiscard]] HardwareStop::Kind watched_kind(std::uint64_t linear) const;

 private:
  struct Patch {
    GuestAddress physical{};
    std::byte original{};
  };
  /// Why it can't be, in a line; nullopt: it is there.
  using Refusal = std::optional<std::string>;
  [[nodiscard]] Refusal insert_software(std::uint64_t linear);
  void remove_software(std::uint64_t linear);
  [[nodiscard]] Refusal insert_hardware(const HardwareStop& stop);
  void remove_hardware(const HardwareStop& stop);
  [[nodiscard]] Refusal add(const HardwareStop& stop);
  [[nodiscard]] Refusal plant(std::uint64_t linear, GuestAddress physical);
  void tell_planted();

  DebugTarget& target_;
  std::map<std::uint64_t, Patch> patched_;
  std::vector<HardwareStop> hardware_;
};

}  // namespace minivmm::debug::gdb
