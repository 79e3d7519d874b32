#include "host/epoll_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr std::uint64_t kWakeId = 0;
constexpr const char* kMoreFiles = "raise the limit of open files: ulimit -n";

}  // namespace

class EpollLoop::Watch final : public Subscription {
 public:
  Watch(EpollLoop& loop, int fd, Callback callback)
      : callback_(std::make_unique<Callback>(std::move(callback))),
        loop_(loop),
        fd_(fd),
        id_(loop.add(*this, fd)) {}
  ~Watch() override { loop_.remove(*this, fd_); }

  [[nodiscard]] Id id() const { return id_; }
  [[nodiscard]] const Callback& callback() const { return *callback_; }
  [[nodiscard]] std::unique_ptr<Callback> release_callback() { return std::move(callback_); }

 private:
  std::unique_ptr<Callback> callback_;  // On the heap, so that it can outlive the watch.
  EpollLoop& loop_;
  int fd_;
  Id id_;
};

class EpollLoop::EpollTimer final : public EventLoop::Timer {
 public:
  EpollTimer(EpollLoop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}

  void arm(std::chrono::steady_clock::time_point when) override {
    const std::lock_guard lock(mutex_);
    if (!fd_) create();
    // steady_clock is CLOCK_MONOTONIC; a time of 0 would disarm instead of firing at once.
    set(std::max(std::chrono::nanoseconds(1),
                 std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch())));
  }

  void disarm() override {
    const std::lock_guard lock(mutex_);
    if (fd_) set(std::chrono::nanoseconds(0));
  }

 private:
  void create() {
    UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!fd) throw system_error("cannot create a timer", kMoreFiles);
    // The callback moves into the watch, which may outlive this timer when it ends itself.
    watch_ = loop_.watch_readable(fd.get(), [raw = fd.get(), call = std::move(callback_)] {
      std::uint64_t expirations = 0;
      // Nothing to read: it was set anew or disarmed since epoll saw it.
      if (::read(raw, &expirations, sizeof expirations) == sizeof expirations) call();
    });
    fd_ = std::move(fd);
  }

  void set(std::chrono::nanoseconds when) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when);
    itimerspec setting{};
    setting.it_value.tv_sec = seconds.count();
    setting.it_value.tv_nsec = (when - seconds).count();
    ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
  }

  EpollLoop& loop_;
  Callback callback_;  // Until create().
  std::mutex mutex_;
  UniqueFd fd_;
  std::unique_ptr<Subscription> watch_;  // Last: ends before the descriptor is closed.
};

EpollLoop::EpollLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw system_error("cannot create an epoll instance", kMoreFiles);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeId;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.fd(), &event) != 0)
    throw system_error("cannot wait for an eventfd");
}

EpollLoop::~EpollLoop() = default;

std::unique_ptr<Subscription> EpollLoop::watch_readable(int fd, Callback callback) {
  return std::make_unique<Watch>(*this, fd, std::move(callback));
}

std::unique_ptr<EventLoop::Timer> EpollLoop::make_timer(Callback callback) {
  return std::make_unique<EpollTimer>(*this, std::move(callback));
}

void EpollLoop::post(Callback callback) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(callback));
  if (posted_.size() == 1) wake_.signal();
}

void EpollLoop::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  wake_.signal();
}

EpollLoop::Id EpollLoop::add(Watch& watch, int fd) {
  const std::lock_guard lock(mutex_);
  const Id id = next_id_++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    // EPERM: a kind of file that epoll(7) has no notion of waiting for.
    if (errno != EPERM) throw system_error("cannot wait for a file descriptor");
    always_readable_.push_back(id);
    wake_.signal();
  }
  watches_.emplace(id, &watch);
  return id;
}

void EpollLoop::remove(Watch& watch, int fd) {
  std::unique_lock lock(mutex_);
  watches_.erase(watch.id());
  if (std::erase(always_readable_, watch.id()) == 0)
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  if (loop_thread_ != std::this_thread::get_id()) {
    callback_ended_.wait(lock, [&] { return running_ != &watch; });
  } else if (running_ == &watch) {
    retired_ = watch.release_callback();  // It is what is calling us.
  }
}

void EpollLoop::dispatch(Id id) {
  const Callback* callback = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watches_.find(id);
    if (found == watches_.end()) return;  // Ended since epoll saw it.
    running_ = found->second;
    callback = &running_->callback();
  }
  struct Ended {
    EpollLoop& loop;
    ~Ended() {
      std::unique_ptr<Callback> retired;  // Destroyed without the lock.
      const std::lock_guard lock(loop.mutex_);
      retired = std::move(loop.retired_);
      loop.running_ = nullptr;
      loop.callback_ended_.notify_all();
    }
  } const ended{*this};
  (*callback)();
}

void EpollLoop::dispatch_always_readable() {
  std::vector<Id> ids;
  {
    const std::lock_guard lock(mutex_);
    if (always_readable_.empty()) return;
    ids = always_readable_;
  }
  for (const Id id : ids) dispatch(id);
}

// Runs what was posted so far; answers whether the loop goes on.
bool EpollLoop::run_posted() {
  std::vector<Callback> callbacks;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    callbacks.swap(posted_);
    stopping = std::exchange(stop_, false);
  }
  for (const Callback& callback : callbacks) callback();
  return !stopping;
}

int EpollLoop::wait_timeout() {
  const std::lock_guard lock(mutex_);
  constexpr int kForever = -1;
  return always_readable_.empty() ? kForever : 0;
}

void EpollLoop::run() {
  {
    const std::lock_guard lock(mutex_);
    loop_thread_ = std::this_thread::get_id();
  }
  struct Left {
    EpollLoop& loop;
    ~Left() {
      const std::lock_guard lock(loop.mutex_);
      loop.loop_thread_ = {};
    }
  } const left{*this};

  std::array<epoll_event, 16> events{};
  for (bool going_on = true; going_on;) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_timeout());
    if (count < 0 && errno != EINTR) throw system_error("cannot wait for events");
    for (int i = 0; i < count; ++i) {
      const Id id = events[static_cast<std::size_t>(i)].data.u64;
      if (id != kWakeId) {
        dispatch(id);
        continue;
      }
      wake_.consume();
      going_on = run_posted();
    }
    dispatch_always_readable();
  }
}

}  // namespace minivmm
