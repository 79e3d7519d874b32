#include "backends/block/patient_disk.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "host/log.h"
#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr timespec kBetweenTries{.tv_sec = 1, .tv_nsec = 0};

bool wants_room(int error) {
  return error == ENOSPC || error == EDQUOT;
}

}  // namespace

PatientDisk::PatientDisk(std::unique_ptr<BlockBackend> inner, std::string name, Events events)
    : inner_(std::move(inner)),
      name_(std::move(name)),
      events_(std::move(events)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!timer_) throw system_error("cannot make a timer");
  inner_->watch(timer_.get());
  inner_->watch(given_up_event_.fd());
}

void PatientDisk::start(BlockRequest request) {
  if (free_.empty()) {
    free_.push_back(kept_.size());
    kept_.emplace_back();
  }
  const std::uint64_t index = free_.back();
  free_.pop_back();
  Kept& kept = kept_[index];
  kept.tag = std::exchange(request.tag, index);
  // Reading takes no room.
  if (request.op != BlockOp::kRead) kept.request = request;
  inner_->start(std::move(request));
}

void PatientDisk::turn(Wait wait, std::vector<BlockCompletion>& done) {
  try_again();
  ended_.clear();
  inner_->turn(wait, ended_);
  for (const BlockCompletion& completion : ended_) take(completion, done);
}

void PatientDisk::take(const BlockCompletion& completion, std::vector<BlockCompletion>& done) {
  if (wants_room(completion.error) && !given_up_) return keep(completion);
  const bool found_room =
      completion.error == 0 && kept_[completion.tag].request.op != BlockOp::kRead;
  end(completion, done);
  if (!full_ || !found_room || !waiting_.empty()) return;
  full_ = false;
  log::warning("disk '{}': the host has room again, and the guest goes on", name_);
  if (events_.on_room) events_.on_room();
}

void PatientDisk::keep(const BlockCompletion& completion) {
  if (!std::exchange(full_, true))
    log::error(
        "disk '{}': the host has no room for what the guest writes: {} (the guest waits; "
        "free some space there, and it goes on)",
        name_, errno_text(completion.error));
  if (waiting_.empty()) set_timer(true);
  waiting_.push_back(completion.tag);
  if (events_.on_full) events_.on_full();
}

void PatientDisk::end(const BlockCompletion& completion, std::vector<BlockCompletion>& done) {
  Kept& kept = kept_[completion.tag];
  done.push_back({kept.tag, completion.error});
  kept.request = {};
  free_.push_back(completion.tag);
}

// All of them when the timer has rung, or when nobody is to wait any longer.
void PatientDisk::try_again() {
  if (waiting_.empty()) return;
  std::uint64_t rings = 0;
  if (!given_up_ && ::read(timer_.get(), &rings, sizeof rings) <= 0) return;
  set_timer(false);
  for (const std::uint64_t index : std::exchange(waiting_, {})) {
    BlockRequest request = kept_[index].request;
    request.tag = index;
    inner_->start(std::move(request));
  }
}

void PatientDisk::set_timer(bool on) {
  const itimerspec once{.it_interval = {}, .it_value = on ? kBetweenTries : timespec{}};
  ::timerfd_settime(timer_.get(), 0, &once, nullptr);
}

void PatientDisk::give_up() {
  given_up_ = true;
  given_up_event_.signal();
}

}  // namespace minivmm
