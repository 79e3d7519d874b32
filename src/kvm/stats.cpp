#include "kvm/stats.h"

#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

// More than any kernel has, so that a nonsensical header can't make us allocate much.
constexpr std::uint32_t kMaxCounters = 4096;
constexpr std::uint32_t kMaxNameSize = 256;

bool read_at(int fd, std::uint64_t offset, std::span<std::byte> to) {
  return ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(to.size());
}

template <typename T>
std::optional<T> read_at(int fd, std::uint64_t offset) {
  T value{};
  if (!read_at(fd, offset, std::as_writable_bytes(std::span<T, 1>(&value, 1)))) return {};
  return value;
}

}  // namespace

Stats read_stats_file(int stats_fd) {
  const auto header = read_at<kvm_stats_header>(stats_fd, 0);
  if (!header || header->num_desc > kMaxCounters || header->name_size > kMaxNameSize) return {};
  const std::size_t stride = sizeof(kvm_stats_desc) + header->name_size;
  std::vector<std::byte> descriptors(stride * header->num_desc);
  if (!read_at(stats_fd, header->desc_offset, descriptors)) return {};

  Stats stats;
  for (std::size_t at = 0; at < descriptors.size(); at += stride) {
    kvm_stats_desc descriptor{};
    std::memcpy(&descriptor, &descriptors[at], sizeof descriptor);
    if (descriptor.size != 1) continue;
    const auto value =
        read_at<std::uint64_t>(stats_fd, std::uint64_t{header->data_offset} + descriptor.offset);
    if (!value) return {};
    const char* name = reinterpret_cast<const char*>(&descriptors[at]) + sizeof descriptor;
    stats.emplace_back(std::string(name, ::strnlen(name, header->name_size)), *value);
  }
  return stats;
}

}  // namespace minivmm::kvm
