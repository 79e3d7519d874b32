#include "backends/block/sync_file.h"

#include <poll.h>
#include <unistd.h>

#include "backends/block/sync_io.h"

namespace minivmm {

void SyncFile::turn(Wait wait, std::vector<BlockCompletion>& done) {
  if (waiting_.empty() && wait == Wait::kYes) wait_for_event();
  for (const auto& [file, request] : waiting_) {
    const int error = block::execute(*file, request);
    if (error != 0) block::report_failure(*file, request.op, request.offset, request.length, error);
    done.push_back({request.tag, error});
  }
  waiting_.clear();
}

void SyncFile::wait_for_event() const {
  std::vector<pollfd> polled;
  for (const int fd : watched_) polled.push_back({fd, POLLIN, 0});
  constexpr int kForever = -1;
  if (::poll(polled.data(), polled.size(), kForever) <= 0) return;  // A signal: ask again.
  for (const pollfd& each : polled) {
    std::uint64_t count = 0;
    if ((each.revents & POLLIN) != 0) [[maybe_unused]]
      const auto taken = ::read(each.fd, &count, sizeof count);
  }
}

}  // namespace minivmm
