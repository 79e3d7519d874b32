#include "devices/virtio/virtqueue.h"

#include <atomic>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace minivmm::virtio {
namespace {

/// A field that both sides use. Its alignment follows from the ring's, which has been checked.
template <typename T>
std::atomic_ref<T> shared(std::span<std::byte> ring, std::size_t offset) {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(ring.data() + offset));
}

/// A private copy: the fence keeps the compiler from going back to the guest's bytes, which may
/// change after they were checked.
Descriptor copy_descriptor(std::span<const std::byte> table, std::size_t index) {
  Descriptor descriptor;
  std::memcpy(&descriptor, table.data() + index * sizeof(Descriptor), sizeof(Descriptor));
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return descriptor;
}

std::span<std::byte> ring_at(const GuestMemory& memory, GuestAddress address, std::size_t size,
                             std::uint64_t alignment) {
  if (address.value % alignment != 0) return {};
  return memory.at(address, size).value_or(std::span<std::byte>{});
}

}  // namespace

std::string_view describe(QueueFault fault) {
  switch (fault) {
    case QueueFault::kBadSize:
      return "the queue's size is not a power of two";
    case QueueFault::kBadRing:
      return "a ring is misaligned or not in RAM";
    case QueueFault::kIndexJumped:
      return "the available index jumped by more than the queue's size";
    case QueueFault::kTooManyInFlight:
      return "more chains are in flight than there are descriptors";
    case QueueFault::kBadHead:
      return "a descriptor's index is beyond the table";
    case QueueFault::kChainTooLong:
      return "a chain loops or has more descriptors than the queue";
    case QueueFault::kChainTooBig:
      return "a chain has more than 4 GiB";
    case QueueFault::kReadAfterWrite:
      return "a readable buffer follows a writable one";
    case QueueFault::kBadBuffer:
      return "a buffer is not in RAM";
    case QueueFault::kBadIndirect:
      return "an indirect table is not allowed or malformed";
  }
  return "unknown";
}

Virtqueue::Virtqueue(const GuestMemory& memory, const QueueConfig& config)
    : size_(config.size),
      indirect_(config.indirect),
      event_idx_(config.event_idx),
      memory_(&memory) {
  if (!std::has_single_bit(size_) || size_ > kMaxQueueSize) {
    fail(QueueFault::kBadSize);
    return;
  }
  descriptors_ =
      ring_at(memory, config.descriptors, descriptor_table_size(size_), kDescriptorAlignment);
  available_ = ring_at(memory, config.available, available_ring_size(size_), kAvailableAlignment);
  used_ = ring_at(memory, config.used, used_ring_size(size_), kUsedAlignment);
  if (descriptors_.empty() || available_.empty() || used_.empty()) fail(QueueFault::kBadRing);
}

bool Virtqueue::fail(QueueFault fault) {
  fault_ = fault;
  return false;
}

std::optional<Chain> Virtqueue::pop() {
  const std::optional<std::uint16_t> head = next_head();
  if (!head) return std::nullopt;
  std::vector<Segment> storage;
  if (!spare_storage_.empty()) {
    storage = std::move(spare_storage_.back());
    spare_storage_.pop_back();
  }
  Chain chain(*head, std::move(storage));
  if (!collect(*head, chain)) return std::nullopt;
  ++outstanding_;
  return chain;
}

std::optional<std::uint16_t> Virtqueue::next_head() {
  if (fault_) return std::nullopt;
  if (next_available_ == seen_available_) {
    // Acquire: the entries and descriptors behind the index are seen with it.
    seen_available_ = shared<std::uint16_t>(available_, kRingIndex).load(std::memory_order_acquire);
    if (next_available_ == seen_available_) return std::nullopt;
    if (static_cast<std::uint16_t>(seen_available_ - next_available_) > size_) {
      fail(QueueFault::kIndexJumped);
      return std::nullopt;
    }
  }
  if (outstanding_ == size_) {
    fail(QueueFault::kTooManyInFlight);
    return std::nullopt;
  }
  const std::size_t entry = next_available_ & (size_ - 1u);
  ++next_available_;
  return shared<std::uint16_t>(available_, kRingEntries + entry * kAvailableEntrySize)
      .load(std::memory_order_relaxed);
}

bool Virtqueue::collect(std::uint16_t head, Chain& chain) {
  std::span<const std::byte> table = descriptors_;
  std::size_t index = head;
  bool inside_indirect = false;
  // 2.7.5.3.1: a chain is never longer than the queue; so a loop ends here as well.
  for (unsigned taken = 0; taken <= size_;) {
    if (index >= table.size() / sizeof(Descriptor)) return fail(QueueFault::kBadHead);
    const Descriptor descriptor = copy_descriptor(table, index);
    if ((descriptor.flags & kDescriptorIndirect) != 0) {
      if (inside_indirect) return fail(QueueFault::kBadIndirect);  // 2.7.5.3.1.
      const auto indirect = indirect_table(descriptor);
      if (!indirect) return fail(QueueFault::kBadIndirect);
      table = *indirect;
      index = 0;
      inside_indirect = true;
      continue;
    }
    if (++taken > size_) break;
    if (!append(descriptor, chain)) return false;
    if ((descriptor.flags & kDescriptorNext) == 0) return true;
    index = descriptor.next;
  }
  return fail(QueueFault::kChainTooLong);
}

/// 2.7.5.3: the write flag of the descriptor is ignored; it is the last of its chain.
std::optional<std::span<std::byte>> Virtqueue::indirect_table(const Descriptor& descriptor) {
  if (!indirect_ || (descriptor.flags & kDescriptorNext) != 0) return std::nullopt;
  if (descriptor.length == 0 || descriptor.length % sizeof(Descriptor) != 0) return std::nullopt;
  if (descriptor.length / sizeof(Descriptor) > size_) return std::nullopt;
  return memory_->at({descriptor.address}, descriptor.length);
}

bool Virtqueue::append(const Descriptor& descriptor, Chain& chain) {
  const bool writable = (descriptor.flags & kDescriptorWrite) != 0;
  if (!writable && !chain.writable().empty()) return fail(QueueFault::kReadAfterWrite);
  if (descriptor.length == 0) return true;
  const std::uint64_t total = chain.readable_size() + chain.writable_size();
  if (descriptor.length > kMaxChainBytes - total) return fail(QueueFault::kChainTooBig);
  const auto segment = memory_->at({descriptor.address}, descriptor.length);
  if (!segment) return fail(QueueFault::kBadBuffer);
  if (writable) {
    chain.add_writable(*segment);
  } else {
    chain.add_readable(*segment);
  }
  return true;
}

void Virtqueue::push(Chain chain, std::uint32_t written) {
  assert(outstanding_ > 0);
  const std::size_t entry = kRingEntries + (next_used_ & (size_ - 1u)) * kUsedEntrySize;
  shared<std::uint32_t>(used_, entry).store(chain.head(), std::memory_order_relaxed);
  shared<std::uint32_t>(used_, entry + 4).store(written, std::memory_order_relaxed);
  ++next_used_;
  --outstanding_;
  spare_storage_.push_back(std::move(chain).take_storage());
}

bool Virtqueue::publish() {
  if (next_used_ == published_used_) return false;
  answered_ += static_cast<std::uint16_t>(next_used_ - published_used_);
  published_used_ = next_used_;
  // Release: the entries are seen with the index. Sequentially consistent: the driver's wish for
  // interrupts, which should_interrupt() reads next, is read after the index can be seen (2.7.8.2).
  shared<std::uint16_t>(used_, kRingIndex).store(published_used_, std::memory_order_seq_cst);
  return true;
}

bool Virtqueue::should_interrupt() {
  const std::uint16_t before = std::exchange(signalled_used_, published_used_);
  if (before == published_used_) return false;
  if (!event_idx_) {
    const auto flags = shared<std::uint16_t>(available_, kRingFlags);
    return (flags.load(std::memory_order_seq_cst) & kAvailableNoInterrupt) == 0;
  }
  const auto used_event = shared<std::uint16_t>(available_, used_event_offset(size_));
  return passes_event(used_event.load(std::memory_order_seq_cst), published_used_, before);
}

bool Virtqueue::has_available() const {
  if (fault_) return false;
  const auto index = shared<std::uint16_t>(available_, kRingIndex);
  return index.load(std::memory_order_relaxed) != next_available_;
}

bool Virtqueue::enable_notifications() {
  if (fault_) return true;
  // Sequentially consistent store, then load: either the driver sees that we want a notification,
  // or we see what it made available; never neither.
  if (event_idx_) {
    shared<std::uint16_t>(used_, avail_event_offset(size_))
        .store(next_available_, std::memory_order_seq_cst);
  } else {
    shared<std::uint16_t>(used_, kRingFlags).store(0, std::memory_order_seq_cst);
  }
  const auto index = shared<std::uint16_t>(available_, kRingIndex);
  return index.load(std::memory_order_seq_cst) == next_available_;
}

void Virtqueue::disable_notifications() {
  // 2.7.10.1: with EVENT_IDX the flag is not looked at, and avail_event, once passed, is quiet.
  if (fault_ || event_idx_) return;
  shared<std::uint16_t>(used_, kRingFlags).store(kUsedNoNotify, std::memory_order_relaxed);
}

}  // namespace minivmm::virtio
