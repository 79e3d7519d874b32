#include "debug/trace/recorder.h"

#include <pthread.h>

#include <utility>

namespace minivmm::debug {
namespace {

// The writer is woken for so many; it comes by itself after kPatience, so that a file that is
// looked at meanwhile is not far behind.
constexpr std::size_t kBatch = 1024;
constexpr std::size_t kMost = 16 * kBatch;
constexpr std::chrono::milliseconds kPatience{200};

}  // namespace

class TraceRecorder::Track final : public RequestObserver {
 public:
  Track(TraceRecorder& recorder, TraceTrack identity) : recorder_(recorder), identity_(identity) {}

  void add_waiting(TraceEvent event) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return events_.size() < kMost; });
    push(std::move(event), lock);
  }
  void add(TraceEvent event) {
    std::unique_lock lock(mutex_);
    push(std::move(event), lock);
  }

  void on_request(const RequestRecord& record) override {
    add({.start = recorder_.since_start(record.taken),
         .duration = record.answered - record.taken,
         .what = TracedRequest{.what = record.what,
                               .queue = record.queue,
                               .offset = record.offset,
                               .length = record.length,
                               .error = record.error}});
  }
  void on_work(Time from, Time until, unsigned taken, unsigned answered) override {
    add({.start = recorder_.since_start(from),
         .duration = until - from,
         .what = TracedWork{.taken = taken, .answered = answered}});
  }

  /// On the writer's thread.
  void write_to(const std::vector<std::unique_ptr<TraceSink>>& sinks) {
    {
      const std::lock_guard guard(mutex_);
      std::swap(events_, written_);
    }
    room_.notify_one();
    if (written_.empty()) return;
    for (const auto& sink : sinks) sink->write(identity_, written_);
    written_.clear();
  }

 private:
  void push(TraceEvent event, std::unique_lock<std::mutex>& lock) {
    events_.push_back(std::move(event));
    const bool full = events_.size() == kBatch;
    lock.unlock();
    if (full) recorder_.wake_writer();
  }

  TraceRecorder& recorder_;
  const TraceTrack identity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::vector<TraceEvent> events_;
  std::vector<TraceEvent> written_;  // The writer's own, kept to reuse its memory.
};

TraceRecorder::TraceRecorder(unsigned cpus, unsigned disks,
                             std::vector<std::unique_ptr<TraceSink>> sinks, Sources sources)
    : sources_(std::move(sources)), sinks_(std::move(sinks)) {
  for (unsigned cpu = 0; cpu < cpus; ++cpu)
    cpus_.push_back(std::make_unique<Track>(*this, TraceTrack{TraceTrack::Kind::kCpu, cpu}));
  for (unsigned disk = 0; disk < disks; ++disk)
    disks_.push_back(std::make_unique<Track>(*this, TraceTrack{TraceTrack::Kind::kDisk, disk}));
  for (unsigned card = 0; card < sources_.cards; ++card)
    cards_.push_back(std::make_unique<Track>(*this, TraceTrack{TraceTrack::Kind::kCard, card}));
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "trace");
    run();
  });
}

TraceRecorder::~TraceRecorder() {
  finish();
}

void TraceRecorder::on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
                            Time exited) {
  cpus_.at(cpu)->add_waiting(
      {.start = since_start(exited),
       .duration = std::chrono::steady_clock::now() - exited,
       .what = TracedExit{.record = record, .place = place, .rip = sources_.rip(cpu)}});
}

RequestObserver& TraceRecorder::disk(unsigned number) {
  return *disks_.at(number);
}

RequestObserver& TraceRecorder::card(unsigned number) {
  return *cards_.at(number);
}

void TraceRecorder::wake_writer() {
  {
    const std::lock_guard guard(mutex_);
    wanted_ = true;
  }
  work_.notify_one();
}

void TraceRecorder::run() {
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      work_.wait_for(lock, kPatience, [this] { return wanted_ || finished_; });
      wanted_ = false;
      last = finished_;
    }
    write_all();
  }
}

void TraceRecorder::write_all() {
  for (const auto& track : cpus_) track->write_to(sinks_);
  for (const auto& track : disks_) track->write_to(sinks_);
  for (const auto& track : cards_) track->write_to(sinks_);
}

void TraceRecorder::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    finished_ = true;
  }
  work_.notify_one();
  thread_.join();
  for (const auto& sink : sinks_) sink->finish();
}

}  // namespace minivmm::debug
