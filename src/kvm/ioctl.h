#pragma once
// ioctl(2) for this room: failures as exceptions, and structures that end in an array.

#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "host/system_error.h"

namespace minivmm::kvm {

/// ioctl with an argument of any kind; throws HostError "what: why (remedy)".
template <typename Argument>
int checked_ioctl(int fd, unsigned long request, Argument argument, std::string_view what,
                  std::string_view remedy = {}) {
  const int result = ::ioctl(fd, request, argument);
  if (result < 0) throw system_error(what, remedy);
  return result;
}

/// Room for a kernel structure with `entries` elements of its array at the end, all zero.
template <typename Header, typename Entry>
class WithEntries {
 public:
  explicit WithEntries(std::size_t entries)
      : storage_((sizeof(Header) + entries * sizeof(Entry) + sizeof(std::uint64_t) - 1) /
                 sizeof(std::uint64_t)) {
    static_assert(alignof(Header) <= alignof(std::uint64_t));
  }
  [[nodiscard]] Header* get() { return reinterpret_cast<Header*>(storage_.data()); }
  Header* operator->() { return get(); }

 private:
  std::vector<std::uint64_t> storage_;
};

}  // namespace minivmm::kvm
