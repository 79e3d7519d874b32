#include "machine/disk_thread.h"

#include <fmt/core.h>
#include <pthread.h>

#include <exception>
#include <utility>
#include <vector>

#include "host/log.h"
#include "host/system_error.h"

namespace minivmm {

DiskThread::DiskThread(std::string name, const Wiring& wiring)
    : name_(std::move(name)), wiring_(wiring) {
  wiring_.backend.watch(wake_.fd());
}

void DiskThread::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.c_str());
    try {
      run();
    } catch (const std::exception& error) {
      wiring_.stop.request({.kind = StopKind::kHostFailure,
                            .account = fmt::format("{}: {}\n", name_, error.what())});
    }
  });
}

void DiskThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wiring_.backend.give_up();
  wake_.signal();
  thread_.join();
}

void DiskThread::run() {
  while (!stopping_) wiring_.disk.serve(wiring_.lock, BlockBackend::Wait::kYes);
  wiring_.disk.drain(wiring_.lock);
  if (!wiring_.backend.info().read_only) flush();
}

// A guest that ended without a flush of its own loses nothing that it was told to be written.
void DiskThread::flush() {
  std::vector<BlockCompletion> done;
  wiring_.backend.start({.op = BlockOp::kFlush});
  while (done.empty()) wiring_.backend.turn(BlockBackend::Wait::kYes, done);
  if (done.front().error != 0)
    log::error(
        "{}: the last flush failed: {} (what the guest wrote since its own last flush may be lost)",
        name_, errno_text(done.front().error));
}

}  // namespace minivmm
