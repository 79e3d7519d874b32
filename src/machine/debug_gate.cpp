#include "machine/debug_gate.h"

#include <utility>

namespace minivmm {
void DebugGate::attach_debugger() {
  const std::lock_guard guard(mutex_);
  attached_ = true;
}

void DebugGate::enter_board(DebuggedCpus& cpus) {
  const std::lock_guard guard(mutex_);
  cpus_ = &cpus;
  stops_.clear();
  gone_.consume();
  opened_ = std::chrono::steady_clock::now();
  if (!attached()) return;
  mode_ = kHoldAll;
  stops_.push_back({.reason = DebugStop::Reason::kStarted, .number = exits_});
  tell();
}

void DebugGate::let_go() {
  const std::lock_guard guard(mutex_);
  if (looking_) gone_.signal();
  released_.notify_all();
}

void DebugGate::leave_board() {
  std::unique_lock lock(mutex_);
  if (looking_) gone_.signal();
  changed_.wait(lock, [this] { return !looking_; });
  stops_.clear();
  cpus_ = nullptr;
}

void DebugGate::end(const std::string& account) {
  const std::lock_guard guard(mutex_);
  ended_ = account;
  tell();
}

bool DebugGate::stands() {
  const std::lock_guard guard(mutex_);
  return looking_;
}

void DebugGate::carry_out_interrupt() {
  if (!interrupts_.consume()) return;
  const std::lock_guard guard(mutex_);
  if (looking_ || cpus_ == nullptr || !stops_.empty()) return;
  attached_ = true;
  unsigned cpu = 0;
  if (const int mode = mode_; mode >= 0) cpu = static_cast<unsigned>(mode);
  stop_locked({.reason = DebugStop::Reason::kInterrupted, .cpu = cpu});
  cpus_->kick_others(std::nullopt);
}

void DebugGate::park(unsigned cpu, const std::function<void()>& finish) {
  const auto released = [this, cpu] { return !holds(cpu) || stop_control_.requested(); };
  std::unique_lock lock(mutex_);
  std::uint64_t asked = settlings_;
  const auto wanted = [&] { return released() || settlings_ != asked; };
  ++parked_;
  tell();
  for (;;) {
    lock.unlock();
    vcpus_look_out_.until(wanted);
    lock_awake(lock);
    released_.wait(lock, wanted);
    if (released()) break;
    asked = settlings_;
    lock.unlock();
    finish();
    lock.lock();
    ++finished_;
    tell();
  }
  --parked_;
}

void DebugGate::settle() {
  if (!unsettled_.exchange(false)) return;
  std::unique_lock lock(mutex_);
  finished_ = 0;
  ++settlings_;
  released_.notify_all();
  changed_.wait(lock, [this] { return finished_ == cpus_->count() || stop_control_.requested(); });
}

// Each stop is looked at anew.
void DebugGate::set_looking(bool looking) {
  looking_ = looking;
  unsettled_ = looking;
}

void DebugGate::on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
                        Time exited) {
  if (record.kind == ExitKind::kInterrupted) return;
  const std::lock_guard guard(mutex_);
  ++exits_;
  if (stop_control_.requested() || cpus_ == nullptr) return;
  // One instruction is being stepped: what it does by the way is no stop of its own.
  if (mode_.load() >= 0) return;
  if (!std::exchange(any_exit_, false) && !(filter_ && filter_(cpu, record, place))) return;
  stop_locked({.reason = DebugStop::Reason::kExit,
               .cpu = cpu,
               .exit = record,
               .place = place,
               .exit_rip = cpus_->rip(cpu),
               .since_last = exited - opened_});
  cpus_->kick_others(cpu);
}

void DebugGate::on_stop(DebugStop found) {
  const std::lock_guard guard(mutex_);
  if (stop_control_.requested() || cpus_ == nullptr) return;
  const unsigned cpu = found.cpu;
  stop_locked(std::move(found));
  cpus_->kick_others(cpu);
}

void DebugGate::stop_locked(DebugStop found) {
  if (found.since_last.count() == 0) found.since_last = std::chrono::steady_clock::now() - opened_;
  found.number = exits_;
  stops_.push_back(std::move(found));
  mode_ = kHoldAll;
  tell();
}

void DebugGate::set_filter(DebugTarget::ExitFilter filter) {
  const std::lock_guard guard(mutex_);
  filter_ = std::move(filter);
}

void DebugGate::open(int mode) {
  opened_ = std::chrono::steady_clock::now();
  mode_ = mode;
  released_.notify_all();
}

void DebugGate::tell() {
  news_.fetch_add(1, std::memory_order_release);
  changed_.notify_all();
}

DebugStop DebugGate::wait_locked(std::unique_lock<std::mutex>& lock) {
  set_looking(false);
  tell();
  const auto stands = [this] {
    return cpus_ != nullptr && !stops_.empty() && parked_ == cpus_->count() &&
           !stop_control_.requested();
  };
  const auto over = [&] { return ended_ || stands(); };
  // Without the lock, which the vCPUs need to bring news.
  std::uint64_t seen = news_;
  bool is_over = over();
  lock.unlock();
  debugger_looks_out_.until([&] {
    if (is_over || news_ == seen) return is_over;
    lock_awake(lock);
    seen = news_;
    is_over = over();
    lock.unlock();
    return is_over;
  });
  lock_awake(lock);
  changed_.wait(lock, over);
  if (!stands()) return {.reason = DebugStop::Reason::kEnded, .number = exits_, .account = *ended_};
  set_looking(true);
  any_exit_ = false;
  const DebugStop found = std::move(stops_.front());
  stops_.pop_front();
  return found;
}

DebugStop DebugGate::wait() {
  std::unique_lock lock(mutex_);
  return wait_locked(lock);
}

DebugStop DebugGate::release(Until until) {
  std::unique_lock lock(mutex_);
  if (stops_.empty()) {
    any_exit_ = until == Until::kNextExit;
    open(kOpen);
  }
  return wait_locked(lock);
}

DebugStop DebugGate::release_one(unsigned cpu) {
  std::unique_lock lock(mutex_);
  if (stops_.empty()) open(static_cast<int>(cpu));
  return wait_locked(lock);
}

void DebugGate::detach() {
  const std::lock_guard guard(mutex_);
  attached_ = false;
  filter_ = {};
  set_looking(false);
  stops_.clear();
  open(kOpen);
  tell();
}

}  // namespace minivmm
