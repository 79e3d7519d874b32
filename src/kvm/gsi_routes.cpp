#include "kvm/gsi_routes.h"

#include <algorithm>

#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

constexpr unsigned kPicPins = 8;
constexpr unsigned kIsaIrqs = 16;
constexpr unsigned kIoApicPins = 24;
constexpr unsigned kTimerIrq = 0;
constexpr unsigned kCascadeIrq = 2;

std::uint32_t chip_number(Irqchip chip) {
  switch (chip) {
    case Irqchip::kPicMaster:
      return KVM_IRQCHIP_PIC_MASTER;
    case Irqchip::kPicSlave:
      return KVM_IRQCHIP_PIC_SLAVE;
    case Irqchip::kIoApic:
      break;
  }
  return KVM_IRQCHIP_IOAPIC;
}

kvm_irq_routing_entry to_entry(const PinRoute& route) {
  kvm_irq_routing_entry entry{};
  entry.gsi = route.gsi.value;
  entry.type = KVM_IRQ_ROUTING_IRQCHIP;
  entry.u.irqchip.irqchip = chip_number(route.chip);
  entry.u.irqchip.pin = route.pin;
  return entry;
}

kvm_irq_routing_entry to_entry(std::uint32_t gsi, const MsiMessage& message) {
  kvm_irq_routing_entry entry{};
  entry.gsi = gsi;
  entry.type = KVM_IRQ_ROUTING_MSI;
  entry.u.msi.address_lo = static_cast<std::uint32_t>(message.address);
  entry.u.msi.address_hi = static_cast<std::uint32_t>(message.address >> 32);
  entry.u.msi.data = message.data;
  return entry;
}

/// KVM_CAP_IRQ_ROUTING is the number of GSIs; the table has as many entries in all.
std::uint32_t gsi_limit(const Vm& vm) {
  const auto entries = static_cast<std::size_t>(vm.kvm().check(KVM_CAP_IRQ_ROUTING));
  const std::size_t pins = pc_pin_routes().size();
  return kFirstMsiGsi + static_cast<std::uint32_t>(entries - std::min(entries, pins));
}

}  // namespace

std::vector<PinRoute> pc_pin_routes() {
  std::vector<PinRoute> routes;
  for (unsigned irq = 0; irq < kIsaIrqs; ++irq) {
    if (irq == kCascadeIrq) continue;
    routes.push_back({.gsi = {irq},
                      .chip = irq < kPicPins ? Irqchip::kPicMaster : Irqchip::kPicSlave,
                      .pin = irq % kPicPins});
  }
  for (unsigned gsi = 0; gsi < kIoApicPins; ++gsi) {
    if (gsi == kCascadeIrq) continue;
    routes.push_back(
        {.gsi = {gsi}, .chip = Irqchip::kIoApic, .pin = gsi == kTimerIrq ? kCascadeIrq : gsi});
  }
  return routes;
}

bool is_interrupt_message(const MsiMessage& message) {
  constexpr std::uint64_t kInterruptArea = 0xfee0'0000;
  constexpr std::uint64_t kAreaMask = ~std::uint64_t{0xf'ffff};
  return (message.address & kAreaMask) == kInterruptArea;
}

GsiRoutes::GsiRoutes(const Vm& vm) : vm_fd_(vm.fd()), gsi_limit_(gsi_limit(vm)) {
  tell_kvm();
}

Gsi GsiRoutes::allocate() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::uint32_t gsi = kFirstMsiGsi;
  for (const std::uint32_t taken : allocated_) {
    if (taken != gsi) break;
    ++gsi;
  }
  if (gsi >= gsi_limit_) {
    throw HostError("KVM's table of interrupt routes is full (give the machine fewer devices)");
  }
  allocated_.insert(gsi);
  return {gsi};
}

void GsiRoutes::release(Gsi gsi) {
  const std::lock_guard<std::mutex> lock(mutex_);
  allocated_.erase(gsi.value);
  messages_.erase(gsi.value);
}

void GsiRoutes::set_message(Gsi gsi, const MsiMessage& message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = messages_.find(gsi.value);
  if (!is_interrupt_message(message)) {
    if (known == messages_.end()) return;
    messages_.erase(known);
  } else {
    if (known != messages_.end() && known->second == message) return;
    messages_.insert_or_assign(gsi.value, message);
  }
  tell_kvm();
}

void GsiRoutes::tell_kvm() const {
  const std::vector<PinRoute> pins = pc_pin_routes();
  WithEntries<kvm_irq_routing, kvm_irq_routing_entry> table(pins.size() + messages_.size());
  kvm_irq_routing_entry* next = table->entries;
  for (const PinRoute& pin : pins) *next++ = to_entry(pin);
  for (const auto& [gsi, message] : messages_) *next++ = to_entry(gsi, message);
  table->nr = static_cast<std::uint32_t>(next - table->entries);
  checked_ioctl(vm_fd_, KVM_SET_GSI_ROUTING, table.get(), "KVM refuses the interrupt routes");
}

}  // namespace minivmm::kvm
