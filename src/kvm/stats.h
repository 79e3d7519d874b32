#pragma once
// KVM's binary statistics (Linux Documentation/virt/kvm/api.rst 4.133, KVM_GET_STATS_FD).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace minivmm::kvm {

/// A counter's name and its value.
using Stats = std::vector<std::pair<std::string, std::uint64_t>>;

/// Reads every counter of a descriptor from KVM_GET_STATS_FD; histograms are left out. Empty when
/// the file isn't laid out as it should be.
[[nodiscard]] Stats read_stats_file(int stats_fd);

}  // namespace minivmm::kvm
