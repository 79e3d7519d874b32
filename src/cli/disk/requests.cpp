#include "cli/disk/requests.h"

#include <fmt/core.h>

#include <algorithm>

#include "host/system_error.h"

namespace minivmm::cli::disk {

void Requests::finish() {
  std::vector<BlockCompletion> done;
  while (backend_->in_flight() != 0) backend_->turn(BlockBackend::Wait::kYes, done);
  for (const BlockCompletion& each : done) {
    if (each.error == 0) continue;
    const bool full = each.error == ENOSPC || each.error == EDQUOT;
    throw system_error(fmt::format("disk '{}' failed", path_),
                       full ? "free some space on the host" : "", each.error);
  }
}

void Requests::flush() {
  start({.op = BlockOp::kFlush});
  finish();
}

void zero_range(const DiskImage& image, std::uint64_t offset, std::uint64_t length) {
  constexpr std::uint64_t kMostAtOnce = 1u << 30;
  Requests requests(image);
  while (length != 0) {
    const std::uint64_t bytes = std::min(length, kMostAtOnce);
    requests.start({.op = BlockOp::kWriteZeroes, .offset = offset, .length = bytes, .unmap = true});
    requests.finish();
    offset += bytes;
    length -= bytes;
  }
  requests.flush();
}

}  // namespace minivmm::cli::disk
