#pragma once
// Whether this host's KVM can carry the machine, and the words for every way in which it can't.

#include <cstdint>
#include <string>

#include "host/unique_fd.h"

namespace minivmm::kvm {

/// What the checks ask of the host; tests put in hosts of their own.
class HostProbe {
 public:
  virtual ~HostProbe() = default;
  /// A file descriptor, or -errno.
  virtual int open(const std::string& path) = 0;
  /// KVM_GET_API_VERSION, or -errno.
  virtual int api_version(int fd) = 0;
  /// KVM_CHECK_EXTENSION.
  virtual int check_extension(int fd, unsigned capability) = 0;
  /// The group that owns a file, by name or else by number; empty when that can't be told.
  virtual std::string owning_group(const std::string& path) = 0;
  /// The text of /proc/cpuinfo, up to its second CPU or more; empty when unreadable.
  virtual std::string cpu_info() = 0;
};

/// Opens the device and checks its API version and each capability that minivmm needs.
/// Throws HostError.
[[nodiscard]] UniqueFd open_checked(HostProbe& host, const std::string& path);

/// The same on the host that runs this program.
[[nodiscard]] UniqueFd open_checked(const std::string& path);

}  // namespace minivmm::kvm
