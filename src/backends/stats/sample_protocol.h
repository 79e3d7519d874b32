#pragma once
// What a machine and "minivmm top" say to each other: one message a datagram of a SOCK_SEQPACKET
// socket, between processes of one user on one host (so numbers are in the host's byte order).
//
//   looker                         machine
//   Ask              ----------->
//                    <-----------  Answer, at the end of the second that runs
//   Ask              ----------->
//   ...
//
// A looker that doesn't ask is told nothing, and a machine that nobody asks doesn't count: so one
// that hangs, or was stopped by Ctrl-Z, costs nothing, and no Answer waits for room in the socket.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "minivmm/live_sample.h"

namespace minivmm::stats {

/// "MVT1"; another version of LiveSample has another number.
inline constexpr std::uint32_t kMagic = 0x3154'564d;

struct Ask {
  std::uint32_t magic = kMagic;
};

struct Answer {
  std::uint32_t magic = kMagic;
  std::uint32_t reserved = 0;
  LiveSample sample{};
};

[[nodiscard]] bool is_ask(std::span<const std::byte> bytes);

/// Whether counts, numbers and texts are what the structure says they are: safe to use and to
/// print.
[[nodiscard]] bool is_valid(const LiveSample& sample);

/// nullopt: no such message, or not a valid sample.
[[nodiscard]] std::optional<LiveSample> parse_answer(std::span<const std::byte> bytes);

}  // namespace minivmm::stats
