#include "devices/virtio/net_queues.h"

#include <algorithm>
#include <utility>

namespace minivmm::virtio {
namespace {

// Frames in one go: then their buffers go back to the driver, which meanwhile works on them.
constexpr unsigned kBatch = 64;

}  // namespace

std::string_view NetQueue::start(const GuestMemory& memory, const QueueConfig& config) {
  queue_.emplace(memory, config);
  return queue_->fault() ? describe(*queue_->fault()) : std::string_view{};
}

void NetQueue::release() {
  waiting_.clear();
  done_.clear();
  problem_ = {};
}

std::string_view NetQueue::take() {
  if (!queue_ || queue_->fault()) return {};
  size_ = queue_->size();
  queue_->disable_notifications();
  // Bounded by the queue: a driver that offers more than it has entries breaks it.
  while (std::optional<Chain> chain = queue_->pop()) waiting_.push_back(std::move(*chain));
  return queue_->fault() ? describe(*queue_->fault()) : std::string_view{};
}

bool NetQueue::put() {
  if (!queue_) {
    release();
    return false;
  }
  for (Done& done : done_) queue_->push(std::move(done.chain), done.written);
  done_.clear();
  return queue_->publish() && queue_->should_interrupt();
}

void FrameTeller::end(std::uint64_t bytes) const {
  if (onlooker_ == nullptr) return;
  onlooker_->on_request({.what = what_,
                         .queue = queue_,
                         .length = bytes,
                         .taken = from_,
                         .answered = std::chrono::steady_clock::now()});
}

unsigned TransmitQueue::send(NetBackend& backend, unsigned pair, const NetRules& rules,
                             FrameTeller teller) {
  unsigned frames = 0;
  for (; frames < kBatch && !waiting_.empty(); ++frames) {
    const Chain& chain = waiting_.front();
    const OutgoingFrame frame = parse_outgoing(chain, rules, pieces_);
    if (frame.action == OutgoingFrame::Action::kBroken) problem_ = frame.problem;
    if (frame.action == OutgoingFrame::Action::kSend) {
      teller.begin();
      if (!backend.send(pair, frame.header, pieces_)) break;
      teller.end(chain.readable_size() - sizeof(NetHeader));
    }
    // 5.1.6.2: nothing is written to a buffer of the transmit queue.
    done_.push_back({std::move(waiting_.front()), 0});
    waiting_.pop_front();
  }
  return frames;
}

unsigned ReceiveQueue::fill(NetBackend& backend, unsigned pair, const NetRules& rules,
                            FrameTeller teller) {
  unsigned frames = 0;
  Step step = Step::kFilled;
  while (frames < kBatch && (step == Step::kFilled || step == Step::kDropped)) {
    step = fill_one(backend, pair, rules, teller);
    if (step == Step::kFilled || step == Step::kDropped) ++frames;
  }
  starved_ = step == Step::kStarved;
  return frames;
}

ReceiveQueue::Step ReceiveQueue::fill_one(NetBackend& backend, unsigned pair, const NetRules& rules,
                                          FrameTeller& teller) {
  if (!find_usable()) return Step::kStarved;
  std::size_t room = make_room(rules.mergeable, expected_);
  NetHeader header;
  teller.begin();
  std::size_t size = backend.receive(pair, header, pieces_);
  if (size == 0) return Step::kNothing;
  expected_ = std::max(size, kMinRoom);
  if (size > room) {
    room = make_room(rules.mergeable, size);
    if (size <= room) size = backend.receive(pair, header, pieces_);
  }
  if (size > room) {
    // 5.1.6.4.1: without MRG_RXBUF a frame goes into a single buffer, or nowhere.
    const bool hopeless = !rules.mergeable || (holds_all() && done_.empty());
    if (!hopeless) return Step::kStarved;
    backend.drop(pair);
    return Step::kDropped;
  }
  // It came when more was agreed on: from before the driver was started anew.
  if (!may_receive(header, rules.to_guest)) return Step::kDropped;
  answer(header, size);
  teller.end(size);
  return Step::kFilled;
}

/// Hands back first what no frame can be put into; false: there is no other buffer.
bool ReceiveQueue::find_usable() {
  while (!waiting_.empty()) {
    const Chain& chain = waiting_.front();
    // 5.1.6.3.1: each buffer is for the device to write, and has room for the header at least.
    if (chain.readable().empty() && chain.writable_size() >= sizeof(NetHeader)) return true;
    problem_ = "a buffer to receive has no room for a header, or is not to be written";
    done_.push_back({std::move(waiting_.front()), 0});
    waiting_.pop_front();
  }
  return false;
}

std::size_t ReceiveQueue::make_room(bool mergeable, std::size_t wanted) {
  pieces_.clear();
  std::size_t room = 0;
  std::size_t header_left = sizeof(NetHeader);
  for (const Chain& chain : waiting_) {
    for (const Segment& segment : chain.writable()) {
      const std::size_t skipped = std::min(header_left, segment.size());
      header_left -= skipped;
      const std::size_t used = std::min(segment.size() - skipped, kMaxFrame - room);
      if (used != 0) pieces_.push_back(segment.subspan(skipped, used));
      room += used;
    }
    if (!mergeable || room >= wanted) break;
  }
  return room;
}

void ReceiveQueue::answer(NetHeader header, std::size_t size) {
  // What the backend put there it put behind the header, whose place make_room() left free.
  std::size_t left = size + sizeof(NetHeader);
  std::size_t buffers = 0;
  const std::size_t begin = done_.size();
  while (left > 0) {
    const auto written =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(left, waiting_.front().writable_size()));
    left -= written;
    ++buffers;
    done_.push_back({std::move(waiting_.front()), written});
    waiting_.pop_front();
  }
  // 5.1.6.4.1: how many buffers the frame took; 1 where they can't be merged.
  header.num_buffers = static_cast<std::uint16_t>(buffers);
  scatter(done_[begin].chain.writable(), std::as_bytes(std::span(&header, 1)));
}

}  // namespace minivmm::virtio
