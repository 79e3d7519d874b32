#include "kvm/kvm.h"

#include <algorithm>
#include <cerrno>

#include "kvm/host_check.h"
#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

// KVM_GET_SUPPORTED_CPUID answers E2BIG for a table that is too small; Linux 6.18 has room for 256
// entries in a vCPU (KVM_MAX_CPUID_ENTRIES), so that never more are offered.
constexpr std::uint32_t kMaxCpuidEntries = 256;

std::vector<CpuidEntry> read_supported_cpuid(int fd) {
  WithEntries<kvm_cpuid2, kvm_cpuid_entry2> table(kMaxCpuidEntries);
  table->nent = kMaxCpuidEntries;
  checked_ioctl(fd, KVM_GET_SUPPORTED_CPUID, table.get(), "KVM_GET_SUPPORTED_CPUID failed");
  std::vector<CpuidEntry> entries;
  entries.reserve(table->nent);
  for (const kvm_cpuid_entry2& entry : std::span(table->entries, table->nent)) {
    entries.push_back({.function = entry.function,
                       .index = entry.index,
                       .index_matters = (entry.flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0,
                       .eax = entry.eax,
                       .ebx = entry.ebx,
                       .ecx = entry.ecx,
                       .edx = entry.edx});
  }
  return entries;
}

std::vector<std::uint32_t> read_msr_indices(int fd) {
  kvm_msr_list size_only{};
  // The first call always fails with E2BIG, and tells the number.
  if (::ioctl(fd, KVM_GET_MSR_INDEX_LIST, &size_only) < 0 && errno != E2BIG) {
    throw system_error("KVM_GET_MSR_INDEX_LIST failed");
  }
  WithEntries<kvm_msr_list, std::uint32_t> list(size_only.nmsrs);
  list->nmsrs = size_only.nmsrs;
  checked_ioctl(fd, KVM_GET_MSR_INDEX_LIST, list.get(), "KVM_GET_MSR_INDEX_LIST failed");
  std::vector<std::uint32_t> indices(list->indices, list->indices + list->nmsrs);
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace

Kvm::Kvm(const std::string& path) : fd_(open_checked(path)) {
  // api.rst 4.4: without KVM_CAP_MAX_VCPUS the recommended number is the most, without that one 4.
  const int recommended = check(KVM_CAP_NR_VCPUS);
  recommended_vcpus_ = recommended > 0 ? static_cast<unsigned>(recommended) : 4;
  const int most = check(KVM_CAP_MAX_VCPUS);
  max_vcpus_ = std::min(most > 0 ? static_cast<unsigned>(most) : recommended_vcpus_, kMaxCpus);
  vcpu_map_size_ = static_cast<std::size_t>(
      checked_ioctl(fd(), KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE failed"));
  cpuid_ = read_supported_cpuid(fd());
  cpuid_features_.tsc_deadline_timer = check(KVM_CAP_TSC_DEADLINE_TIMER) > 0;
  msrs_ = read_msr_indices(fd());
}

int Kvm::check(unsigned capability) const {
  const int answer = ::ioctl(fd(), KVM_CHECK_EXTENSION, static_cast<unsigned long>(capability));
  return answer > 0 ? answer : 0;
}

bool Kvm::lists_msr(std::uint32_t index) const {
  return std::binary_search(msrs_.begin(), msrs_.end(), index);
}

}  // namespace minivmm::kvm
