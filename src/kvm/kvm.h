#pragma once
// /dev/kvm itself: opened, checked, and asked once what it offers.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/unique_fd.h"
#include "kvm/cpuid.h"

namespace minivmm::kvm {

/// The device node. Opening costs some twenty ioctls, well under a millisecond.
///
/// Threads: all functions from any thread.
/// Errors: the constructor throws HostError, one line with what is missing, why, and what to do
/// (host_check.h has every message).
class Kvm {
 public:
  explicit Kvm(const std::string& path = "/dev/kvm");

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// KVM_CHECK_EXTENSION: 0 when absent, else a positive value that only the capability explains.
  [[nodiscard]] int check(unsigned capability) const;

  /// The most vCPUs that a VM can have here: KVM's limit, or kMaxCpus (cpuid.h) when lower.
  [[nodiscard]] unsigned max_vcpus() const { return max_vcpus_; }
  /// Beyond this many KVM advises against: usually the host's number of CPUs.
  [[nodiscard]] unsigned recommended_vcpus() const { return recommended_vcpus_; }
  /// Size of a vCPU's shared page and what follows it, in bytes.
  [[nodiscard]] std::size_t vcpu_map_size() const { return vcpu_map_size_; }

  /// What KVM_GET_SUPPORTED_CPUID answers; make_cpuid turns it into a vCPU's CPUID.
  [[nodiscard]] const std::vector<CpuidEntry>& supported_cpuid() const { return cpuid_; }
  /// Which of the things outside KVM_GET_SUPPORTED_CPUID this KVM can do.
  [[nodiscard]] const CpuidFeatures& cpuid_features() const { return cpuid_features_; }

  /// Whether KVM_GET_MSR_INDEX_LIST names the MSR. None is written that neither this list nor CPUID
  /// has.
  [[nodiscard]] bool lists_msr(std::uint32_t index) const;
  /// That list, sorted.
  [[nodiscard]] const std::vector<std::uint32_t>& msr_indices() const { return msrs_; }

 private:
  UniqueFd fd_;
  unsigned max_vcpus_ = 0;
  unsigned recommended_vcpus_ = 0;
  std::size_t vcpu_map_size_ = 0;
  std::vector<CpuidEntry> cpuid_;
  CpuidFeatures cpuid_features_;
  std::vector<std::uint32_t> msrs_;
};

}  // namespace minivmm::kvm
