#include "devices/virtio/virtio_pci.h"

#include <array>
#include <bit>
#include <utility>

#include "devices/virtio/features.h"
#include "host/log.h"

namespace minivmm::virtio {
namespace {

/// PCI Code and ID Assignment 1.11, 1.2: what each device type is among PCI's classes.
std::uint32_t class_code(std::uint16_t device_id) {
  constexpr std::uint32_t kScsiController = 0x010000;  // What operating systems take for a disk.
  constexpr std::uint32_t kEthernetController = 0x020000;
  constexpr std::uint32_t kNoClass = 0xff0000;  // Fits none of the classes.
  if (device_id == kDeviceNetwork) return kEthernetController;
  return device_id == kDeviceBlock ? kScsiController : kNoClass;
}

pci::Identity identity(const DeviceTraits& traits) {
  pci::Identity identity;
  identity.vendor = kPciVendor;
  identity.device = static_cast<std::uint16_t>(kPciDeviceBase + traits.id);
  identity.class_code = class_code(traits.id);
  identity.revision = kPciRevision;
  identity.subsystem_vendor = kPciVendor;
  identity.subsystem = kPciSubsystem;
  return identity;
}

unsigned queue_count(const VirtioDevice& device) {
  return static_cast<unsigned>(device.traits().queue_sizes.size());
}

}  // namespace

VirtioPci::VirtioPci(const Wiring& wiring, MsiVectorSource& msi, VirtioDevice& device,
                     const DoorbellFactory& make_doorbell)
    : PciFunction(identity(device.traits()), wiring),
      device_(device),
      registers_(*this),
      msix_(lock(), queue_count(device) + 1, msi),
      bound_(queue_count(device)) {
  for (unsigned i = 0; i < queue_count(device); ++i) {
    doorbells_.push_back(make_doorbell ? make_doorbell() : nullptr);
  }
  add_bar(kRegisterBar, pci::BarKind::kMmio32, kRegisterBarSize, registers_);
  add_msix(kMsixBar, msix_);
  msix_.on_change([this] { tell_interrupts_moved(); });
  add_capabilities();
  if (wiring.intx != nullptr) use_intx();
  power_on();
}

// --- Capabilities -------------------------------------------------------------------------------

std::uint32_t VirtioPci::add_virtio_capability(CapType type, std::uint32_t offset,
                                               std::uint32_t length,
                                               std::optional<std::uint32_t> extra) {
  // What follows the two bytes that every capability begins with.
  constexpr std::uint32_t kSkip = 2;
  std::array<std::byte, kCapSize - kSkip + 4> body{};
  const std::uint32_t size = kCapSize + (extra ? 4 : 0);
  const std::span<std::byte> all(body);
  store_le(all.subspan(kCapLength - kSkip, 1), size);
  store_le(all.subspan(kCapType - kSkip, 1), static_cast<std::uint8_t>(type));
  store_le(all.subspan(kCapBar - kSkip, 1), kRegisterBar);
  store_le(all.subspan(kCapOffset - kSkip, 4), offset);
  store_le(all.subspan(kCapRegionLength - kSkip, 4), length);
  if (extra) store_le(all.subspan(kCapSize - kSkip, 4), *extra);
  return config().add_capability(pci::kCapabilityVendor, all.first(size - kSkip));
}

void VirtioPci::add_capabilities() {
  add_virtio_capability(CapType::kCommon, kCommonRegion, sizeof(CommonConfig));
  add_virtio_capability(CapType::kNotify, kNotifyRegion, kNotifyMultiplier * queue_count(device_),
                        kNotifyMultiplier);
  add_virtio_capability(CapType::kIsr, kIsrRegion, 1);
  if (!device_.config().empty()) {
    add_virtio_capability(CapType::kDevice, kDeviceRegion,
                          static_cast<std::uint32_t>(device_.config().size()));
  }
  // 4.1.4.9: bar, offset, length and pci_cfg_data are the driver's to write.
  window_capability_ = add_virtio_capability(CapType::kPciConfig, 0, 0, 0);
  config().allow_writes(window_capability_ + kCapBar, 1, 0xff);
  config().allow_writes(window_capability_ + kCapOffset, 4, 0xffff'ffff);
  config().allow_writes(window_capability_ + kCapRegionLength, 4, 0xffff'ffff);
  config().allow_writes(window_capability_ + kCapWindowData, 4, 0xffff'ffff);
}

bool VirtioPci::touches_window(std::uint32_t offset, std::uint32_t bytes) const {
  const std::uint32_t data = window_capability_ + kCapWindowData;
  return offset < data + 4 && data < offset + bytes;
}

std::optional<VirtioPci::Target> VirtioPci::window_target() {
  const std::uint32_t bar = config().get(window_capability_ + kCapBar, 1);
  Target target;
  target.offset = config().get(window_capability_ + kCapOffset, 4);
  target.length = config().get(window_capability_ + kCapRegionLength, 4);
  // 4.1.4.9.2: 1, 2 or 4 bytes, aligned, in the BAR.
  if (target.length > 4 || !std::has_single_bit(target.length)) return std::nullopt;
  if (target.offset % target.length != 0) return std::nullopt;
  std::uint64_t size = 0;
  if (bar == kRegisterBar) {
    target.handler = &registers_;
    size = kRegisterBarSize;
  } else if (bar == kMsixBar) {
    target.handler = &msix_;
    size = msix_.region_size();
  }
  if (target.offset >= size) return std::nullopt;
  return target;
}

void VirtioPci::before_config_read(std::uint32_t offset, std::uint32_t bytes) {
  if (!touches_window(offset, bytes)) return;
  const std::optional<Target> target = window_target();
  if (!target) return;
  std::array<std::byte, 4> data{};
  target->handler->read(target->offset, std::span(data).first(target->length));
  config().put(window_capability_ + kCapWindowData, 4, static_cast<std::uint32_t>(load_le(data)));
}

void VirtioPci::after_config_write(std::uint32_t offset, std::uint32_t bytes) {
  if (!touches_window(offset, bytes)) return;
  const std::optional<Target> target = window_target();
  if (!target) return;
  std::array<std::byte, 4> data{};
  store_le(data, config().get(window_capability_ + kCapWindowData, 4));
  target->handler->write(target->offset, std::span(data).first(target->length));
}

// --- The life of the device ---------------------------------------------------------------------

std::uint64_t VirtioPci::offered_features() const {
  return device_.traits().features | kFeatureIndirectDesc | kFeatureEventIdx | kFeatureVersion1;
}

bool VirtioPci::driver_ok() const {
  return (state_.status & kStatusDriverOk) != 0;
}

void VirtioPci::power_on() {
  state_ = {};
  for (const std::uint16_t size : device_.traits().queue_sizes) {
    state_.queues.emplace_back().size = size;
  }
}

void VirtioPci::reset() {
  begin_reset();
  PciFunction::reset();
}

void VirtioPci::begin_reset() {
  if (state_.resetting) return;
  const std::uint8_t status = state_.status;
  device_.reset();
  power_on();
  state_.resetting = true;
  state_.status = status;
  settle_reset();
  update_doorbells();
  update_irq();
}

/// 4.1.4.3.1: device_status reads 0 only once nothing more is done in the driver's memory.
void VirtioPci::settle_reset() {
  if (!state_.resetting || !device_.idle()) return;
  state_.resetting = false;
  state_.status = 0;
}

QueueConfig VirtioPci::queue_config(std::uint16_t index) const {
  const QueueState& queue = state_.queues[index];
  QueueConfig config;
  config.size = queue.size;
  config.descriptors = {queue.descriptors};
  config.available = {queue.driver};
  config.used = {queue.device};
  config.indirect = (state_.driver_features & kFeatureIndirectDesc) != 0;
  config.event_idx = (state_.driver_features & kFeatureEventIdx) != 0;
  if (doorbells_[index]) config.doorbell = doorbells_[index]->fd();
  return config;
}

void VirtioPci::start_queues() {
  std::vector<std::uint16_t> started;
  for (std::uint16_t i = 0; i < state_.queues.size(); ++i) {
    QueueState& queue = state_.queues[i];
    if (!queue.enabled || queue.started) continue;
    queue.started = true;
    device_.start_queue(i, queue_config(i));
    started.push_back(i);
  }
  update_doorbells();
  // Buffers may be waiting already; without this nobody would look before the first notification.
  for (const std::uint16_t queue : started) ring(queue);
}

void VirtioPci::ring(std::uint16_t queue) {
  if (doorbells_[queue]) {
    doorbells_[queue]->ring();
  } else {
    device_.notify(queue);
  }
}

void VirtioPci::bar_mapped(unsigned index, std::optional<GuestAddress> address) {
  if (index != kRegisterBar) return;
  registers_at_ = address;
  update_doorbells();
}

void VirtioPci::update_doorbells() {
  for (std::size_t i = 0; i < doorbells_.size(); ++i) {
    if (!doorbells_[i]) continue;
    std::optional<GuestAddress> wanted;
    if (state_.queues[i].started && registers_at_) {
      wanted = *registers_at_ + kNotifyRegion + kNotifyMultiplier * i;
    }
    if (wanted == bound_[i]) continue;
    if (wanted) {
      doorbells_[i]->bind(*wanted);
    } else {
      doorbells_[i]->unbind();
    }
    bound_[i] = wanted;
  }
}

// --- Interrupts ---------------------------------------------------------------------------------

void VirtioPci::interrupt_queue(std::uint16_t queue) {
  if (msix_.enabled()) {
    msix_.signal(state_.queues.at(queue).vector);
    return;
  }
  state_.isr |= kIsrQueue;
  update_irq();
}

int VirtioPci::interrupt_fd(std::uint16_t queue) const {
  return msix_.fd(state_.queues.at(queue).vector);
}

void VirtioPci::tell_interrupts_moved() {
  if (driver_ok() && !state_.resetting) device_.interrupts_moved();
}

void VirtioPci::needs_reset(std::string_view reason) {
  if ((state_.status & kStatusNeedsReset) != 0) return;
  state_.status |= kStatusNeedsReset;
  static log::RateLimit limit;
  if (limit.allow()) {
    log::warning("virtio device type {}: the guest's driver must reset it: {}", device_.traits().id,
                 reason);
  }
  if (driver_ok()) signal_config_change();  // 2.1.2.
}

/// 4.1.4.3.1: whoever reads while it changes finds another generation afterwards.
void VirtioPci::config_changed() {
  ++state_.config_generation;
  if (driver_ok()) signal_config_change();
}

/// 4.1.4.5.1: the ISR bit is set whether or not MSI-X is enabled.
void VirtioPci::signal_config_change() {
  state_.isr |= kIsrConfig;
  if (msix_.enabled()) msix_.signal(state_.config_vector);
  update_irq();
}

}  // namespace minivmm::virtio
