#include "devices/virtio/chain.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace minivmm::virtio {
namespace {

/// After this the compiler can't go back to the guest's bytes for what was already copied.
void end_of_copy() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

std::size_t gather(std::span<const Segment> segments, std::uint64_t offset,
                   std::span<std::byte> to) {
  std::size_t done = 0;
  for (const Segment& segment : segments) {
    if (done == to.size()) break;
    if (offset >= segment.size()) {
      offset -= segment.size();
      continue;
    }
    const Segment rest = segment.subspan(offset);
    const std::size_t bytes = std::min(rest.size(), to.size() - done);
    std::memcpy(to.data() + done, rest.data(), bytes);
    done += bytes;
    offset = 0;
  }
  end_of_copy();
  return done;
}

std::size_t scatter(std::span<const Segment> segments, std::span<const std::byte> from) {
  std::size_t done = 0;
  for (const Segment& segment : segments) {
    const std::size_t bytes = std::min(segment.size(), from.size() - done);
    if (bytes == 0) continue;
    std::memcpy(segment.data(), from.data() + done, bytes);
    done += bytes;
  }
  return done;
}

std::vector<Segment> slice(std::span<const Segment> segments, std::uint64_t offset,
                           std::uint64_t length) {
  std::vector<Segment> pieces;
  pieces.reserve(segments.size());
  for (const Segment& segment : segments) {
    if (length == 0) break;
    if (offset >= segment.size()) {
      offset -= segment.size();
      continue;
    }
    const Segment rest = segment.subspan(offset);
    pieces.push_back(rest.first(std::min<std::uint64_t>(rest.size(), length)));
    length -= pieces.back().size();
    offset = 0;
  }
  return pieces;
}

}  // namespace minivmm::virtio
