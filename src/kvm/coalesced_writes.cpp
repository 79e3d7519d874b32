#include "kvm/coalesced_writes.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "host/log.h"
#include "host/system_error.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kEntries =
    (kPage - sizeof(kvm_coalesced_mmio_ring)) / sizeof(kvm_coalesced_mmio);

// The ring is behind the page that a vCPU shares with KVM, as many pages as the capability says.
Mapping map_ring(const Kvm& kvm, const Vcpu& vcpu) {
  const int page = kvm.check(KVM_CAP_COALESCED_MMIO);
  if (page == 0) return {};
  void* start = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.fd(),
                       static_cast<off_t>(page) * static_cast<off_t>(kPage));
  if (start == MAP_FAILED) throw system_error("can't map KVM's ring of coalesced writes");
  return {start, kPage};
}

}  // namespace

CoalescedWrites::CoalescedWrites(const Vm& vm, const Vcpu& vcpu, const Ranges& ranges)
    : vm_fd_(vm.fd()), ring_(map_ring(vm.kvm(), vcpu)) {
  for (const GuestRange& range : ranges.memory)
    zones_.push_back({range, PostedWrite::Space::kMemory});
  if (vm.kvm().check(KVM_CAP_COALESCED_PIO) == 0) return;
  for (const GuestRange& range : ranges.ports)
    zones_.push_back({range, PostedWrite::Space::kPorts});
}

bool CoalescedWrites::change_zone(unsigned long request, const Zone& zone) const {
  kvm_coalesced_mmio_zone kernel{};
  kernel.addr = zone.range.start.value;
  kernel.size = static_cast<std::uint32_t>(zone.range.size);
  kernel.pio = zone.space == PostedWrite::Space::kPorts ? 1 : 0;
  return ::ioctl(vm_fd_, request, &kernel) == 0;
}

void CoalescedWrites::begin() {
  if (posting_ || ring_.size() == 0) return;
  posting_ = true;
  for (const Zone& zone : zones_) {
    if (change_zone(KVM_REGISTER_COALESCED_MMIO, zone)) continue;
    static log::RateLimit limit;
    if (limit.allow()) {
      log::warning("KVM refuses to post writes to {:#x}: {}; they exit instead",
                   zone.range.start.value, errno_text(errno));
    }
  }
}

// A zone that was refused isn't there, which is no error.
void CoalescedWrites::end() {
  if (!posting_) return;
  posting_ = false;
  for (const Zone& zone : zones_) (void)change_zone(KVM_UNREGISTER_COALESCED_MMIO, zone);
}

void CoalescedWrites::take(const std::function<void(const PostedWrite&)>& answer) {
  if (ring_.size() == 0) return;
  auto& ring = *reinterpret_cast<kvm_coalesced_mmio_ring*>(ring_.data());
  std::atomic_ref first_free(ring.last);
  std::atomic_ref first_used(ring.first);
  // What is posted from now on may be left for later: the guest could go on for ever.
  const std::uint32_t end = first_free.load(std::memory_order_acquire);
  std::uint32_t next = first_used.load(std::memory_order_relaxed);
  while (next != end) {
    const kvm_coalesced_mmio entry = ring.coalesced_mmio[next];
    next = (next + 1) % kEntries;
    // KVM reuses the entry from here on.
    first_used.store(next, std::memory_order_release);
    std::array<std::byte, sizeof entry.data> bytes{};
    std::memcpy(bytes.data(), entry.data, sizeof entry.data);
    const std::size_t size = std::min<std::size_t>(entry.len, bytes.size());
    answer({.space = entry.pio != 0 ? PostedWrite::Space::kPorts : PostedWrite::Space::kMemory,
            .address = entry.phys_addr,
            .data = std::span(bytes).first(size)});
  }
}

}  // namespace minivmm::kvm
