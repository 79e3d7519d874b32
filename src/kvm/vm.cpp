#include "kvm/vm.h"

#include <fmt/format.h>

#include <cerrno>

#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

UniqueFd create_vm(const Kvm& kvm) {
  int fd = -1;
  do {
    fd = ::ioctl(kvm.fd(), KVM_CREATE_VM, 0ul);
  } while (fd < 0 && errno == EINTR);  // A signal that came while KVM took its locks.
  if (fd >= 0) return UniqueFd(fd);
  switch (errno) {
    case EBUSY:
      throw system_error("KVM can't make a virtual machine",
                         "another hypervisor holds the CPU's virtualization: stop VirtualBox, "
                         "VMware or the like");
    case ENOMEM:
      throw system_error("KVM can't make a virtual machine", "free some of the host's memory");
    default:
      throw system_error("KVM can't make a virtual machine",
                         "\"sudo dmesg | grep kvm\" may say more");
  }
}

}  // namespace

Vm::Vm(const Kvm& kvm) : kvm_(kvm), fd_(create_vm(kvm)) {}

void Vm::set_tss_address(GuestAddress address) {
  checked_ioctl(fd(), KVM_SET_TSS_ADDR, static_cast<unsigned long>(address.value),
                "KVM_SET_TSS_ADDR failed");
}

void Vm::set_identity_map_address(GuestAddress address) {
  std::uint64_t value = address.value;
  checked_ioctl(fd(), KVM_SET_IDENTITY_MAP_ADDR, &value, "KVM_SET_IDENTITY_MAP_ADDR failed");
}

void Vm::add_memory(unsigned slot, GuestAddress start, std::span<std::byte> host,
                    MemoryAccess access, DirtyLogging dirty_logging) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.guest_phys_addr = start.value;
  region.memory_size = host.size();
  region.userspace_addr = reinterpret_cast<std::uint64_t>(host.data());
  if (access == MemoryAccess::kReadOnly) region.flags |= KVM_MEM_READONLY;
  if (dirty_logging == DirtyLogging::kOn) region.flags |= KVM_MEM_LOG_DIRTY_PAGES;
  if (::ioctl(fd(), KVM_SET_USER_MEMORY_REGION, &region) < 0) {
    throw system_error(
        fmt::format("KVM refuses {} bytes of guest memory at {:#x}", host.size(), start.value));
  }
}

bool Vm::try_add_memory(unsigned slot, GuestAddress start, std::span<std::byte> host) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.flags = KVM_MEM_LOG_DIRTY_PAGES;
  region.guest_phys_addr = start.value;
  region.memory_size = host.size();
  region.userspace_addr = reinterpret_cast<std::uint64_t>(host.data());
  if (::ioctl(fd(), KVM_SET_USER_MEMORY_REGION, &region) == 0) return true;
  // api.rst 4.35: EEXIST for an overlap; EINVAL for an address that no slot can have.
  if (errno == EEXIST || errno == EINVAL) return false;
  throw system_error(
      fmt::format("KVM refuses {} bytes of device memory at {:#x}", host.size(), start.value));
}

void Vm::remove_memory(unsigned slot, GuestAddress start) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.guest_phys_addr = start.value;
  checked_ioctl(fd(), KVM_SET_USER_MEMORY_REGION, &region, "KVM can't take memory from the guest");
}

void Vm::add_rom(unsigned slot, GuestAddress start, std::span<const std::byte> host) {
  // KVM takes a plain address; a read-only slot is never written through it.
  add_memory(slot, start, {const_cast<std::byte*>(host.data()), host.size()},
             MemoryAccess::kReadOnly);
}

void Vm::dirty_log(unsigned slot, std::span<std::uint64_t> bitmap) const {
  kvm_dirty_log log{};
  log.slot = slot;
  log.dirty_bitmap = bitmap.data();
  checked_ioctl(fd(), KVM_GET_DIRTY_LOG, &log, "KVM_GET_DIRTY_LOG failed");
}

bool Vm::keep_dirty_log() {
  if (kvm_.check(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2) == 0) return false;
  kvm_enable_cap capability{};
  capability.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2;
  capability.args[0] = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
  return ::ioctl(fd(), KVM_ENABLE_CAP, &capability) == 0;
}

void Vm::reset_dirty(unsigned slot, std::span<std::uint64_t> bitmap, std::uint64_t size) const {
  constexpr std::uint64_t kPage = 4096;
  kvm_clear_dirty_log log{};
  log.slot = slot;
  log.num_pages = static_cast<std::uint32_t>(size / kPage);
  log.dirty_bitmap = bitmap.data();
  checked_ioctl(fd(), KVM_CLEAR_DIRTY_LOG, &log, "KVM_CLEAR_DIRTY_LOG failed");
}

bool Vm::set_msr_exits(const MsrExits& wanted) {
  if (kvm_.check(KVM_CAP_X86_USER_SPACE_MSR) == 0 || kvm_.check(KVM_CAP_X86_MSR_FILTER) == 0)
    return false;
  if (wanted.named.size() > kMostMsrExits) return false;
  kvm_enable_cap capability{};
  capability.cap = KVM_CAP_X86_USER_SPACE_MSR;
  capability.args[0] = wanted.named.empty() ? 0 : KVM_MSR_EXIT_REASON_FILTER;
  if (wanted.unknown) capability.args[0] |= KVM_MSR_EXIT_REASON_UNKNOWN;
  if (::ioctl(fd(), KVM_ENABLE_CAP, &capability) != 0) return false;
  // A range of one MSR each, its bit 0: not allowed, so that it exits.
  static_assert(kMostMsrExits == KVM_MSR_FILTER_MAX_RANGES);
  std::uint64_t none = 0;
  kvm_msr_filter filter{};
  for (std::size_t i = 0; i < wanted.named.size(); ++i) {
    kvm_msr_filter_range& range = filter.ranges[i];
    range.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE;
    range.base = wanted.named[i];
    range.nmsrs = 1;
    range.bitmap = reinterpret_cast<std::uint8_t*>(&none);
  }
  return ::ioctl(fd(), KVM_X86_SET_MSR_FILTER, &filter) == 0;
}

void Vm::create_irqchip_and_pit() {
  checked_ioctl(fd(), KVM_CREATE_IRQCHIP, 0, "KVM can't make the interrupt controllers");
  kvm_pit_config pit{};
  pit.flags = KVM_PIT_SPEAKER_DUMMY;  // Port 0x61, which guests use to measure the TSC.
  checked_ioctl(fd(), KVM_CREATE_PIT2, &pit, "KVM can't make the timer");
}

}  // namespace minivmm::kvm
