#include "devices/virtio/virtio_blk.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "devices/virtio/blk_offer.h"
#include "devices/virtio/features.h"
#include "devices/virtio/work_span.h"
#include "host/system_error.h"

namespace minivmm::virtio {
namespace {

std::string_view name_of(BlockOp op) {
  switch (op) {
    case BlockOp::kRead:
      return "read";
    case BlockOp::kWrite:
      return "write";
    case BlockOp::kFlush:
      return "flush";
    case BlockOp::kDiscard:
      return "discard";
    case BlockOp::kWriteZeroes:
      return "write of zeroes";
  }
  return "request";
}

}  // namespace

VirtioBlk::VirtioBlk(const GuestMemory& memory, BlockBackend& backend, Options options,
                     RequestObserver* onlooker)
    : options_(std::move(options)),
      rules_(rules_for(backend.info())),
      config_(config_for(backend.info(), rules_, options_.queues)),
      memory_(memory),
      backend_(backend),
      onlooker_(onlooker) {
  traits_.id = kDeviceBlock;
  traits_.features = features_for(rules_);
  traits_.queue_sizes.assign(options_.queues, kBlkQueueSize);
  state_.queues.resize(options_.queues);
  slots_.resize(std::size_t{options_.queues} * kBlkQueueSize);
  free_slots_.reserve(slots_.size());
  // The lowest are taken first: those that a shallow driver uses stay in the cache.
  for (std::size_t slot = slots_.size(); slot > 0; --slot) free_slots_.push_back(slot - 1);
}

void VirtioBlk::activate(Transport& transport, std::uint64_t features) {
  assert(idle());
  state_.transport = &transport;
  state_.features = features;
}

void VirtioBlk::start_queue(std::uint16_t queue, const QueueConfig& config) {
  const Virtqueue& started = state_.queues.at(queue).emplace(memory_, config);
  if (started.fault()) state_.transport->needs_reset(describe(*started.fault()));
}

void VirtioBlk::notify(std::uint16_t /*queue*/) {}

void VirtioBlk::reset() {
  // Slots in flight stay taken until the host is done; finish() finds their queue gone.
  state_ = {};
  state_.queues.resize(options_.queues);
}

void VirtioBlk::serve(std::mutex& lock, BlockBackend::Wait wait) {
  const bool busy = take_work(lock);
  // What the host has in its page cache ends right here.
  if (busy || wait == BlockBackend::Wait::kNo) turn(lock, BlockBackend::Wait::kNo);
  // A write that ended may have left a flush to start: the next turn does that, before it sleeps.
  if (wait == BlockBackend::Wait::kNo || !submissions_.empty()) return;
  const bool idle_host = backend_.in_flight() == 0;
  if (busy && idle_host && look_out(lock)) return;
  {
    const std::lock_guard guard(lock);
    if (!listen()) return;
  }
  const auto asleep = std::chrono::steady_clock::now();
  turn(lock, BlockBackend::Wait::kYes);
  if (idle_host) poll_window_.slept(std::chrono::steady_clock::now() - asleep);
}

bool VirtioBlk::take_work(std::mutex& lock) {
  WorkSpan span(onlooker_);
  {
    const std::lock_guard guard(lock);
    collect();
    publish();
  }
  span.took(submissions_.size());
  const bool busy = !submissions_.empty();
  start_submissions();
  return busy;
}

void VirtioBlk::turn(std::mutex& lock, BlockBackend::Wait wait) {
  done_.clear();
  backend_.turn(wait, done_);
  if (done_.empty()) return;
  WorkSpan span(onlooker_);
  span.answered(done_.size());
  const std::lock_guard guard(lock);
  for (const BlockCompletion& completion : done_) finish(completion);
  publish();
}

bool VirtioBlk::look_out(std::mutex& lock) {
  constexpr int kPausesBetweenLooks = 16;  // Leaves the lock to a vCPU that wants it.
  const auto end = std::chrono::steady_clock::now() + poll_window_.length();
  while (std::chrono::steady_clock::now() < end) {
    {
      const std::lock_guard guard(lock);
      const auto asked = [](const auto& queue) { return queue && queue->has_available(); };
      if (std::ranges::any_of(state_.queues, asked)) return true;
    }
    for (int i = 0; i < kPausesBetweenLooks; ++i) __builtin_ia32_pause();
  }
  return false;
}

void VirtioBlk::drain(std::mutex& lock) {
  for (;;) {
    {
      const std::lock_guard guard(lock);
      if (idle()) return;
    }
    start_submissions();
    turn(lock, BlockBackend::Wait::kYes);
  }
}

void VirtioBlk::collect() {
  for (std::uint16_t i = 0; i < state_.queues.size(); ++i) {
    if (state_.queues[i]) collect_queue(i, *state_.queues[i]);
  }
}

void VirtioBlk::collect_queue(std::uint16_t index, Virtqueue& queue) {
  if (queue.fault()) return;
  queue.disable_notifications();
  // Bounded, so that a driver that never stops asking doesn't keep the lock.
  for (unsigned taken = 0; taken < queue.size(); ++taken) {
    std::optional<Chain> chain = queue.pop();
    if (!chain) break;
    accept(index, queue, std::move(*chain));
  }
  if (queue.fault()) state_.transport->needs_reset(describe(*queue.fault()));
}

void VirtioBlk::accept(std::uint16_t index, Virtqueue& queue, Chain chain) {
  const std::size_t first = submissions_.size();
  const BlkVerdict verdict = parse_request(chain, rules_, submissions_);
  switch (verdict.action) {
    case BlkVerdict::Action::kSubmit:
      submit(index, std::move(chain), verdict, first);
      return;
    case BlkVerdict::Action::kUnanswerable:
      // 5.2.6: every request has a status byte. We can't answer; the buffers go back untouched.
      state_.transport->needs_reset("a request has no room for its status");
      queue.push(std::move(chain), 0);
      return;
    case BlkVerdict::Action::kIdentify: {
      std::array<std::byte, kBlkIdSize> id{};
      std::memcpy(id.data(), options_.serial.data(), std::min(options_.serial.size(), id.size()));
      // The last writable byte, the status, is written after it and wins.
      scatter(chain.writable(), id);
      break;
    }
    case BlkVerdict::Action::kAnswer:
      break;
  }
  *verdict.status = std::byte{verdict.answer};
  queue.push(std::move(chain), verdict.written);
}

void VirtioBlk::submit(std::uint16_t index, Chain chain, const BlkVerdict& verdict,
                       std::size_t first) {
  // Never empty: a queue breaks before more of its chains are out than it has entries.
  assert(!free_slots_.empty());
  const std::size_t tag = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[tag];
  slot.chain.emplace(std::move(chain));
  slot.queue = index;
  slot.verdict = verdict;
  slot.op = submissions_[first].op;
  slot.offset = submissions_[first].offset;
  slot.length = submissions_[first].length;
  slot.pending = static_cast<unsigned>(submissions_.size() - first);
  slot.error = 0;
  slot.then_flush = must_write_through(slot.op);
  if (onlooker_ != nullptr) slot.taken = std::chrono::steady_clock::now();
  for (std::size_t i = first; i < submissions_.size(); ++i) submissions_[i].tag = tag;
}

/// 5.2.6.2: a driver that didn't accept FLUSH can't ask for stable storage, so every write is
/// stable when it is answered.
bool VirtioBlk::must_write_through(BlockOp op) const {
  if ((state_.features & kBlkFeatureFlush) != 0) return false;
  return op == BlockOp::kWrite || op == BlockOp::kWriteZeroes;
}

void VirtioBlk::start_submissions() {
  for (BlockRequest& request : submissions_) backend_.start(std::move(request));
  submissions_.clear();
}

void VirtioBlk::finish(const BlockCompletion& completion) {
  Slot& slot = slots_.at(completion.tag);
  assert(slot.pending > 0);
  if (slot.error == 0) slot.error = completion.error;
  if (--slot.pending > 0) return;
  if (slot.then_flush && slot.error == 0) {
    slot.then_flush = false;
    slot.pending = 1;
    BlockRequest& flush = submissions_.emplace_back();
    flush.op = BlockOp::kFlush;
    flush.tag = completion.tag;
    return;
  }
  if (slot.error != 0) report(slot);
  answer(slot);
  tell(slot);
  slot.chain.reset();
  free_slots_.push_back(completion.tag);
}

void VirtioBlk::answer(Slot& slot) {
  std::optional<Virtqueue>& queue = state_.queues[slot.queue];
  if (!queue) return;  // Reset meanwhile: the driver expects nothing any more.
  if (slot.error == 0) {
    *slot.verdict.status = std::byte{slot.verdict.answer};
    queue->push(std::move(*slot.chain), slot.verdict.written);
  } else {
    *slot.verdict.status = std::byte{kBlkIoError};
    const std::uint32_t written = status_only_length(*slot.chain);
    queue->push(std::move(*slot.chain), written);
  }
}

void VirtioBlk::tell(const Slot& slot) {
  if (onlooker_ == nullptr) return;
  onlooker_->on_request({.what = name_of(slot.op),
                         .queue = slot.queue,
                         .offset = slot.offset,
                         .length = slot.length,
                         .error = slot.error,
                         .taken = slot.taken,
                         .answered = std::chrono::steady_clock::now()});
}

void VirtioBlk::report(const Slot& slot) {
  if (!log_limit_.allow()) return;
  log::warning("{}: {} at byte {} failed: {}; the guest is told of an I/O error", options_.name,
               name_of(slot.op), slot.offset, errno_text(slot.error));
}

std::uint64_t VirtioBlk::answered(std::uint16_t queue) const {
  const bool started = queue < state_.queues.size() && state_.queues[queue].has_value();
  return started ? state_.queues[queue]->answered() : 0;
}

void VirtioBlk::publish() {
  for (std::uint16_t i = 0; i < state_.queues.size(); ++i) {
    std::optional<Virtqueue>& queue = state_.queues[i];
    if (!queue || !queue->publish()) continue;
    if (queue->should_interrupt()) state_.transport->interrupt_queue(i);
  }
}

bool VirtioBlk::listen() {
  bool quiet = true;
  for (std::optional<Virtqueue>& queue : state_.queues) {
    if (queue && !queue->enable_notifications()) quiet = false;
  }
  return quiet;
}

}  // namespace minivmm::virtio
