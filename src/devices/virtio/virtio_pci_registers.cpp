// What a driver reads and writes in BAR 0 (virtio 1.2, 4.1.4.3 to 4.1.4.6).

#include <algorithm>
#include <bit>
#include <cstring>

#include "devices/virtio/features.h"
#include "devices/virtio/virtio_pci.h"

namespace minivmm::virtio {
namespace {

/// Bytes of a structure from offset on; all ones where it has ended.
void copy_bytes(std::span<const std::byte> from, std::uint64_t offset, std::span<std::byte> data) {
  fill_ones(data);
  if (offset >= from.size()) return;
  const std::size_t bytes = std::min<std::size_t>(data.size(), from.size() - offset);
  std::memcpy(data.data(), from.data() + offset, bytes);
}

std::uint32_t half(std::uint64_t value, std::uint32_t select) {
  return select > 1 ? 0 : static_cast<std::uint32_t>(value >> (32 * select));
}

/// Replaces the lower (part 0) or upper (part 4) half of a 64-bit field.
void set_half(std::uint64_t& field, std::uint64_t part, std::uint64_t value) {
  const unsigned shift = part == 0 ? 0 : 32;
  field = (field & ~(0xffff'ffffull << shift)) | (value << shift);
}

}  // namespace

void VirtioPci::read_registers(std::uint64_t offset, std::span<std::byte> data) {
  settle_reset();
  const std::uint64_t within = offset % kRegionSize;
  switch (offset - within) {
    case kCommonRegion: {
      const CommonConfig registers = common();
      return copy_bytes(std::as_bytes(std::span(&registers, 1)), within, data);
    }
    case kIsrRegion:
      return read_isr(within, data);
    case kDeviceRegion:
      return copy_bytes(device_.config(), within, data);
    default:
      return fill_ones(data);  // 4.1.4.4: notifications are only written.
  }
}

void VirtioPci::write_registers(std::uint64_t offset, std::span<const std::byte> data) {
  settle_reset();
  if (state_.resetting) return;
  const std::uint64_t within = offset % kRegionSize;
  if (offset - within == kNotifyRegion) return write_notify(within);
  if (offset - within == kDeviceRegion) return device_.write_config(within, data);
  if (offset - within != kCommonRegion) return;
  // 4.1.3.1: fields are written in their own width, 64-bit fields in halves, lower first.
  if (data.size() == 8) {
    write_common(within, 4, load_le(data.first(4)));
    write_common(within + 4, 4, load_le(data.subspan(4)));
  } else {
    write_common(within, data.size(), load_le(data));
  }
}

const VirtioPci::QueueState* VirtioPci::selected() const {
  return state_.queue_select < state_.queues.size() ? &state_.queues[state_.queue_select] : nullptr;
}

VirtioPci::QueueState* VirtioPci::selected() {
  return state_.queue_select < state_.queues.size() ? &state_.queues[state_.queue_select] : nullptr;
}

CommonConfig VirtioPci::common() const {
  CommonConfig registers;
  registers.device_feature_select = state_.device_feature_select;
  registers.device_feature = half(offered_features(), state_.device_feature_select);
  registers.driver_feature_select = state_.driver_feature_select;
  registers.driver_feature = half(state_.driver_features, state_.driver_feature_select);
  registers.config_msix_vector = state_.config_vector;
  registers.num_queues = static_cast<std::uint16_t>(state_.queues.size());
  registers.device_status = state_.status;
  registers.config_generation = state_.config_generation;
  registers.queue_select = state_.queue_select;
  registers.queue_msix_vector = kNoVector;
  const QueueState* queue = selected();
  if (queue == nullptr) return registers;  // 4.1.4.3.1: queue_size 0 says that there is none.
  registers.queue_size = queue->size;
  registers.queue_msix_vector = queue->vector;
  registers.queue_enable = queue->enabled ? 1 : 0;
  registers.queue_notify_off = state_.queue_select;
  registers.queue_desc = queue->descriptors;
  registers.queue_driver = queue->driver;
  registers.queue_device = queue->device;
  return registers;
}

/// 4.1.4.5: reading clears it, and with it INTx.
void VirtioPci::read_isr(std::uint64_t offset, std::span<std::byte> data) {
  fill_ones(data);
  if (offset != 0) return;
  store_le(data, state_.isr);
  state_.isr = 0;
  update_irq();
}

void VirtioPci::write_common(std::uint64_t offset, std::size_t width, std::uint64_t value) {
  const auto is = [&](std::size_t field, std::size_t size) {
    return offset == field && width == size;
  };
  if (is(offsetof(CommonConfig, device_feature_select), 4)) {
    state_.device_feature_select = static_cast<std::uint32_t>(value);
  } else if (is(offsetof(CommonConfig, driver_feature_select), 4)) {
    state_.driver_feature_select = static_cast<std::uint32_t>(value);
  } else if (is(offsetof(CommonConfig, driver_feature), 4)) {
    write_driver_features(static_cast<std::uint32_t>(value));
  } else if (is(offsetof(CommonConfig, config_msix_vector), 2)) {
    state_.config_vector = usable_vector(value);
  } else if (is(offsetof(CommonConfig, device_status), 1)) {
    write_status(static_cast<std::uint8_t>(value));
  } else if (is(offsetof(CommonConfig, queue_select), 2)) {
    state_.queue_select = static_cast<std::uint16_t>(value);
  } else {
    write_queue(offset, width, value);
  }
}

void VirtioPci::write_queue(std::uint64_t offset, std::size_t width, std::uint64_t value) {
  QueueState* queue = selected();
  if (queue == nullptr) return;
  if (offset == offsetof(CommonConfig, queue_msix_vector) && width == 2) {
    queue->vector = usable_vector(value);
    return tell_interrupts_moved();
  }
  if (queue->enabled) return;  // 4.1.4.3.2: all else is settled before, and 0 is never written.
  if (offset == offsetof(CommonConfig, queue_size) && width == 2) {
    const auto size = static_cast<std::uint16_t>(value);
    // 4.1.5.1.3: a power of two that is no more than what the device can do.
    const std::uint16_t limit = device_.traits().queue_sizes[state_.queue_select];
    if (std::has_single_bit(size) && size <= limit) queue->size = size;
  } else if (offset == offsetof(CommonConfig, queue_enable) && width == 2) {
    queue->enabled = value == 1;
    if (queue->enabled && driver_ok()) start_queues();
  } else if (width == 4 && offset >= offsetof(CommonConfig, queue_desc) &&
             offset < offsetof(CommonConfig, queue_notify_data) && offset % 4 == 0) {
    std::uint64_t* const fields[] = {&queue->descriptors, &queue->driver, &queue->device};
    set_half(*fields[(offset - offsetof(CommonConfig, queue_desc)) / 8], offset % 8, value);
  }
}

/// 4.1.5.1.2.1: a vector that doesn't exist reads back as NO_VECTOR.
std::uint16_t VirtioPci::usable_vector(std::uint64_t value) const {
  return value < msix_.vectors() ? static_cast<std::uint16_t>(value) : kNoVector;
}

/// 3.1.1: features are settled with FEATURES_OK.
void VirtioPci::write_driver_features(std::uint32_t value) {
  if ((state_.status & kStatusFeaturesOk) != 0 || state_.driver_feature_select > 1) return;
  set_half(state_.driver_features, state_.driver_feature_select, value);
}

void VirtioPci::write_status(std::uint8_t value) {
  if (value == 0) return begin_reset();
  const std::uint8_t before = state_.status;
  // 2.1.1: only a reset clears bits; NEEDS_RESET is the device's own.
  auto status = static_cast<std::uint8_t>(before | (value & ~kStatusNeedsReset));
  const std::uint64_t accepted = state_.driver_features;
  const bool acceptable =
      (accepted & ~offered_features()) == 0 && (accepted & kFeatureVersion1) != 0;
  // 2.2.2, 6.2: what we can't work with is refused by leaving FEATURES_OK clear.
  if (!acceptable) status &= static_cast<std::uint8_t>(~kStatusFeaturesOk);
  // 3.1.1: without agreed features there is no DRIVER_OK.
  if ((status & kStatusFeaturesOk) == 0) status &= static_cast<std::uint8_t>(~kStatusDriverOk);
  state_.status = status;
  if (((status & ~before) & kStatusDriverOk) == 0) return;
  device_.activate(*this, accepted);
  start_queues();
}

void VirtioPci::write_notify(std::uint64_t offset) {
  const std::uint64_t queue = offset / kNotifyMultiplier;
  if (offset % kNotifyMultiplier != 0 || queue >= state_.queues.size()) return;
  if (state_.queues[queue].started) ring(static_cast<std::uint16_t>(queue));
}

}  // namespace minivmm::virtio
