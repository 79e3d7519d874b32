#include "blk/block_driver.h"

#include "blk/block_interrupts.h"
#include "lib/cpu.h"
#include "lib/exit.h"

using namespace guest;

namespace {

// Virtio 1.2, 5.2.4.
constexpr unsigned kConfigCapacity = 0, kConfigQueues = 34;

bool device_writes(BlockRequest request) {
  return request == BlockRequest::kRead || request == BlockRequest::kGetId;
}

std::uint64_t address_of(const volatile void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace

std::uint64_t BlockDriver::wanted_features(const BlockSetup& setup) const {
  std::uint64_t wanted = kFeatureVersion1 | kBlockReadOnly | kBlockFlush | kBlockQueues |
                         kBlockDiscard | kBlockWriteZeroes;
  if (setup.chains == Chains::kIndirect) wanted |= kFeatureIndirect;
  if (setup.notifications == Notifications::kByEventIndex) wanted |= kFeatureEventIndex;
  return wanted;
}

void BlockDriver::start(const BlockSetup& setup) {
  setup_ = setup;
  device_.reset();
  const std::uint64_t offered = device_.features();
  check((offered & kFeatureVersion1) != 0, "the disk offers VIRTIO_F_VERSION_1");
  check((offered & kFeatureIndirect) != 0, "the disk offers indirect descriptors");
  check((offered & kFeatureEventIndex) != 0, "the disk offers EVENT_IDX");
  features_ = offered & wanted_features(setup);
  check(device_.negotiate(features_), "the disk accepts the features that it offered");
  sectors_ = device_.config64(kConfigCapacity);
  queue_count_ =
      (features_ & kBlockQueues) != 0 ? device_.config16(kConfigQueues) : std::uint16_t{1};
  check(queue_count_ > 0 && queue_count_ <= device_.queue_count(),
        "num_queues says how many queues there are");
  if (queue_count_ > kMaxQueues) queue_count_ = kMaxQueues;
  route_interrupts();
  depth_ = kDepth;
  for (std::uint16_t queue = 0; queue < queue_count_; ++queue) start_queue(queue);
  device_.driver_ok();
}

void BlockDriver::route_interrupts() {
  device_.msix_enable(setup_.waiting != Waiting::kIntx);
  if (setup_.waiting == Waiting::kIntx) block_intx_init(device_);
  if (setup_.waiting == Waiting::kMsix) block_msix_init(device_, queue_count_);
}

void BlockDriver::start_queue(std::uint16_t index) {
  Virtqueue& ring = queues_[index].ring;
  const std::uint16_t most = device_.max_queue_size(index);
  check(most > 0, "each queue exists that num_queues counts");
  ring.init(most < Virtqueue::kMaxSize ? most : Virtqueue::kMaxSize, setup_.notifications);
  const unsigned room =
      ring.size() / (setup_.chains == Chains::kIndirect ? 1u : unsigned{kMostPieces});
  if (room < depth_) depth_ = room;
  ring.set_interrupts(setup_.waiting == Waiting::kPolling ? UsedInterrupts::kOff
                                                          : UsedInterrupts::kOn);
  const std::uint16_t vector =
      setup_.waiting == Waiting::kMsix ? block_msix_entry(device_, index) : kNoVector;
  check(device_.enable_queue(index, ring, vector), "the disk takes a queue's MSI-X vector");
}

Descriptor* BlockDriver::chain_of(Queue& queue, unsigned slot, unsigned pieces) {
  if (setup_.chains == Chains::kDirect) return &queue.ring.descriptor(slot * kMostPieces);
  Descriptor* table = queue.slots[slot].indirect;
  queue.ring.descriptor(slot) = {.address = address_of(table),
                                 .length = static_cast<std::uint32_t>(pieces * sizeof(Descriptor)),
                                 .flags = kDescriptorIndirect,
                                 .next = 0};
  return table;
}

void BlockDriver::add(unsigned queue, unsigned slot, BlockRequest request, std::uint64_t sector,
                      const void* data, std::uint32_t size, Pieces pieces) {
  Queue& where = queues_[queue];
  Slot& place = where.slots[slot];
  place.header = {.type = static_cast<std::uint32_t>(request), .reserved = 0, .sector = sector};
  place.status = static_cast<std::uint8_t>(BlockStatus::kPending);

  const unsigned data_pieces = size == 0 ? 0 : pieces == Pieces::kSplit ? 2 : 1;
  const unsigned count = data_pieces + 2;
  Descriptor* chain = chain_of(where, slot, count);
  const unsigned first = setup_.chains == Chains::kDirect ? slot * kMostPieces : 0;
  const auto flags =
      static_cast<std::uint16_t>(kDescriptorNext | (device_writes(request) ? kDescriptorWrite : 0));
  const auto next = [&](unsigned at) { return static_cast<std::uint16_t>(first + at + 1); };

  chain[0] = {address_of(&place.header), sizeof(place.header), kDescriptorNext, next(0)};
  if (data_pieces == 1) {
    chain[1] = {address_of(data), size, flags, next(1)};
  } else if (data_pieces == 2) {
    const std::uint32_t cut = size / 2 - 3;
    chain[1] = {address_of(data), cut, flags, next(1)};
    chain[2] = {address_of(data) + cut, size - cut, flags, next(2)};
  }
  chain[count - 1] = {address_of(&place.status), 1, kDescriptorWrite, 0};
  where.ring.add(static_cast<std::uint16_t>(first + (setup_.chains == Chains::kDirect ? 0 : slot)));
}

bool BlockDriver::publish(unsigned queue) {
  const bool wanted = queues_[queue].ring.publish();
  if (wanted) device_.notify(static_cast<std::uint16_t>(queue));
  return wanted;
}

int BlockDriver::pop(unsigned queue, std::uint32_t& written) {
  UsedElement element;
  if (!queues_[queue].ring.pop(element)) return -1;
  written = element.length;
  const unsigned each = setup_.chains == Chains::kDirect ? kMostPieces : 1;
  return static_cast<int>(element.id / each % kDepth);
}

BlockStatus BlockDriver::status(unsigned queue, unsigned slot) const {
  return static_cast<BlockStatus>(queues_[queue].slots[slot].status);
}

void BlockDriver::wait(unsigned queue, unsigned& slot, std::uint32_t& written) {
  for (;;) {
    const unsigned interrupts = block_interrupts();
    const int done = pop(queue, written);
    if (done >= 0) {
      slot = static_cast<unsigned>(done);
      return;
    }
    if (setup_.waiting == Waiting::kPolling) {
      pause();
      continue;
    }
    // An interrupt for the next completion; then look again, for it may have come before.
    queues_[queue].ring.set_interrupts(UsedInterrupts::kOn);
    const int late = pop(queue, written);
    if (late >= 0) {
      slot = static_cast<unsigned>(late);
      return;
    }
    while (block_interrupts() == interrupts) wait_for_interrupt();
  }
}

BlockStatus BlockDriver::run(unsigned queue, BlockRequest request, std::uint64_t sector,
                             const void* data, std::uint32_t size, Pieces pieces) {
  add(queue, 0, request, sector, data, size, pieces);
  publish(queue);
  unsigned slot = 0;
  std::uint32_t written = 0;
  wait(queue, slot, written);
  check(slot == 0, "the used ring names the request that was made");
  check(written ==
            (device_writes(request) && status(queue, 0) == BlockStatus::kOk ? size + 1 : written),
        "the used ring says how much the device wrote");
  return status(queue, slot);
}
