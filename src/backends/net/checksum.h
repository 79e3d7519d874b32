#pragma once
// The work that a driver left to the device, for a network that takes finished frames alone.

#include <cstddef>
#include <cstdint>
#include <span>

#include "minivmm/net_backend.h"

namespace minivmm::net {

/// Computes the checksum that header asks for, in frame, whose bytes nobody else changes. A TCP
/// frame that was to be cut into segments stays whole: its IP header is made to say so. header is
/// as NetBackend::send() has it; a frame that is not what it says stays wrong, and is the
/// receiver's to drop.
void finish_frame(const NetHeader& header, std::span<std::byte> frame);

/// The internet checksum's sum (RFC 1071), not yet complemented; bytes of an odd count are padded
/// with a zero. In the byte order of the frame.
[[nodiscard]] std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint64_t start = 0);

}  // namespace minivmm::net
