// The registers of a virtio function in words (virtio 1.2, 4.1.4).

#include <fmt/core.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "devices/virtio/features.h"
#include "devices/virtio/virtio_pci.h"

namespace minivmm::virtio {

namespace {

struct Field {
  std::size_t offset;
  std::string_view name;
};
// 4.1.4.3; each goes on up to the next.
constexpr std::array<Field, 17> kCommonFields{
    {{offsetof(CommonConfig, device_feature_select), "device_feature_select"},
     {offsetof(CommonConfig, device_feature), "device_feature"},
     {offsetof(CommonConfig, driver_feature_select), "driver_feature_select"},
     {offsetof(CommonConfig, driver_feature), "driver_feature"},
     {offsetof(CommonConfig, config_msix_vector), "config_msix_vector"},
     {offsetof(CommonConfig, num_queues), "num_queues"},
     {offsetof(CommonConfig, device_status), "device_status"},
     {offsetof(CommonConfig, config_generation), "config_generation"},
     {offsetof(CommonConfig, queue_select), "queue_select"},
     {offsetof(CommonConfig, queue_size), "queue_size"},
     {offsetof(CommonConfig, queue_msix_vector), "queue_msix_vector"},
     {offsetof(CommonConfig, queue_enable), "queue_enable"},
     {offsetof(CommonConfig, queue_notify_off), "queue_notify_off"},
     {offsetof(CommonConfig, queue_desc), "queue_desc"},
     {offsetof(CommonConfig, queue_driver), "queue_driver"},
     {offsetof(CommonConfig, queue_device), "queue_device"},
     {offsetof(CommonConfig, queue_notify_data), "queue_notify_data"}}};

std::string common_field(std::uint64_t offset) {
  if (offset >= sizeof(CommonConfig)) return {};
  std::string_view name;
  for (const Field& field : kCommonFields) {
    if (field.offset <= offset) name = field.name;
  }
  return std::string(name);
}

// 2.1.
std::string status_words(std::uint8_t status) {
  struct Bit {
    std::uint8_t bit;
    std::string_view word;
  };
  constexpr std::array<Bit, 6> kBits{{{kStatusAcknowledge, "ACKNOWLEDGE"},
                                      {kStatusDriver, "DRIVER"},
                                      {kStatusFeaturesOk, "FEATURES_OK"},
                                      {kStatusDriverOk, "DRIVER_OK"},
                                      {kStatusNeedsReset, "DEVICE_NEEDS_RESET"},
                                      {kStatusFailed, "FAILED"}}};
  std::string words;
  for (const Bit& bit : kBits) {
    if ((status & bit.bit) == 0) continue;
    if (!words.empty()) words += ' ';
    words += bit.word;
  }
  return words;
}

}  // namespace

std::string VirtioPci::Registers::register_at(std::uint64_t offset, Access /*access*/) const {
  const std::uint64_t within = offset % kRegionSize;
  switch (offset - within) {
    case kCommonRegion:
      return common_field(within);
    case kIsrRegion:
      return within == 0 ? "ISR status" : "";
    case kDeviceRegion: {
      if (within >= owner_.device_.config().size()) return {};
      const std::string_view field = owner_.device_.config_field(within);
      return field.empty() ? fmt::format("config+{:#x}", within) : std::string(field);
    }
    default: {
      const std::uint64_t queue = within / kNotifyMultiplier;
      return queue < owner_.state_.queues.size() ? fmt::format("QueueNotify {}", queue) : "";
    }
  }
}

std::vector<RegisterValue> VirtioPci::Registers::registers() const {
  const State& state = owner_.state_;
  std::vector<RegisterValue> all{
      {.name = "device_status", .value = state.status, .meaning = status_words(state.status)},
      {.name = "device_feature", .value = owner_.offered_features(), .width = 8},
      {.name = "driver_feature", .value = state.driver_features, .width = 8},
      {.name = "config_msix_vector", .value = state.config_vector, .width = 2},
      {.name = "ISR status", .value = state.isr},
      {.name = "queue_select", .value = state.queue_select, .width = 2}};
  for (std::size_t i = 0; i < state.queues.size(); ++i) {
    const QueueState& queue = state.queues[i];
    all.push_back({.name = fmt::format("queue {}", i),
                   .value = queue.size,
                   .width = 2,
                   .meaning = queue.enabled ? fmt::format("enabled, MSI-X vector {}", queue.vector)
                                            : "not enabled"});
  }
  for (RegisterValue& own : owner_.device_.registers()) all.push_back(std::move(own));
  return all;
}

std::vector<QueueView> VirtioPci::Registers::queues() const {
  std::vector<QueueView> all;
  for (std::size_t i = 0; i < owner_.state_.queues.size(); ++i) {
    const QueueState& queue = owner_.state_.queues[i];
    all.push_back({.index = static_cast<unsigned>(i),
                   .size = queue.size,
                   .enabled = queue.enabled,
                   .descriptors = queue.descriptors,
                   .available = queue.driver,
                   .used = queue.device,
                   .answered = owner_.device_.answered(static_cast<std::uint16_t>(i))});
  }
  return all;
}

}  // namespace minivmm::virtio
