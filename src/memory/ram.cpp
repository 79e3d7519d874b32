#include "memory/ram.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr std::uint64_t kHugePage = 2ull << 20;
constexpr std::uint64_t kPage = 4096;
// Half of x86-64's lower address space: more can't be mapped, and sums with it don't overflow.
constexpr std::uint64_t kMost = 1ull << 46;

HostError refused(std::uint64_t size, int error) {
  return system_error(fmt::format("cannot reserve {} of guest memory", bytes_text(size)),
                      "give a smaller --mem, or lift the limit: ulimit -v, vm.overcommit_memory=2",
                      error);
}

UniqueFd make_memfd(std::uint64_t size) {
  UniqueFd fd(static_cast<int>(::memfd_create("guest-ram", MFD_CLOEXEC)));
  if (!fd) throw system_error("cannot create shared guest memory");
  // Its length only; pages come when they are touched.
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) throw refused(size, errno);
  return fd;
}

// Maps at an address that is a multiple of 2 MiB, without which no huge page fits.
Mapping map_aligned(std::uint64_t size, int memfd, std::uint64_t offset) {
  void* reserved = ::mmap(nullptr, size + kHugePage, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) throw refused(size, errno);
  const auto start = reinterpret_cast<std::uintptr_t>(reserved);
  const std::uintptr_t aligned = (start + kHugePage - 1) & ~(kHugePage - 1);
  if (aligned != start) ::munmap(reserved, aligned - start);
  const std::uintptr_t end = start + size + kHugePage;
  if (end != aligned + size)
    ::munmap(reinterpret_cast<void*>(aligned + size), end - (aligned + size));

  Mapping mapping(reinterpret_cast<void*>(aligned), size);
  const int kind = memfd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  if (::mmap(mapping.data(), size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_NORESERVE | kind, memfd,
             static_cast<off_t>(offset)) == MAP_FAILED)
    throw refused(size, errno);
  // Both are wishes: a kernel without huge pages works as well, only slower.
  ::madvise(mapping.data(), size, MADV_HUGEPAGE);
  ::madvise(mapping.data(), size, MADV_DONTDUMP);
  return mapping;
}

std::uint64_t meminfo_bytes(std::string_view line) {
  const auto digits = line.find_first_of("0123456789");
  std::uint64_t kibibytes = 0;
  if (digits != std::string_view::npos)
    std::from_chars(line.data() + digits, line.data() + line.size(), kibibytes);
  return kibibytes * 1024;  // proc(5): meminfo counts in KiB.
}

// As --mem takes it, rounded down.
std::string mem_option(std::uint64_t bytes) {
  constexpr std::uint64_t kMiB = 1ull << 20;
  constexpr std::uint64_t kGiB = 1ull << 30;
  return bytes >= kGiB ? fmt::format("{}G", bytes / kGiB) : fmt::format("{}M", bytes / kMiB);
}

}  // namespace

Ram::Ram(std::uint64_t size, Kind kind, GuestAddress low_end, GuestAddress high_start) {
  if (size == 0 || size % kPage != 0)
    throw ConfigError(fmt::format(
        "guest memory of {} bytes: it must be a multiple of 4096 (give --mem 512M, say)", size));
  if (size > kMost) throw refused(size, ENOMEM);
  if (kind == Kind::kShared) memfd_ = make_memfd(size);

  const std::uint64_t low = std::min(size, low_end.value);
  const std::array<GuestRange, 2> ranges{GuestRange{{0}, low}, GuestRange{high_start, size - low}};
  std::uint64_t offset = 0;
  for (const GuestRange& range : ranges) {
    if (range.size == 0) continue;
    mappings_.push_back(map_aligned(range.size, memfd_.get(), offset));
    regions_.push_back({range, mappings_.back().data()});
    offset += range.size;
  }
}

void Ram::give_back(std::span<std::byte> bytes) const {
  const auto first = reinterpret_cast<std::uintptr_t>(bytes.data());
  std::uint64_t region_offset = 0;
  for (const Mapping& mapping : mappings_) {
    const auto start = reinterpret_cast<std::uintptr_t>(mapping.data());
    if (first >= start && first - start < mapping.size()) {
      const std::uint64_t begin = (first - start + kPage - 1) / kPage * kPage;
      const std::uint64_t end =
          std::min<std::uint64_t>(first - start + bytes.size(), mapping.size()) / kPage * kPage;
      if (begin < end) drop_pages(mapping.data() + begin, end - begin, region_offset + begin);
      return;
    }
    region_offset += mapping.size();
  }
}

// A refusal (memory that was locked, say) only means that the pages stay.
void Ram::drop_pages(std::byte* address, std::uint64_t size, std::uint64_t offset) const {
  if (memfd_) {
    ::fallocate(memfd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(offset), static_cast<off_t>(size));
  } else {
    ::madvise(address, size, MADV_DONTNEED);
  }
}

HostMemory read_host_memory() {
  HostMemory host;
  std::ifstream meminfo("/proc/meminfo");
  for (std::string line; std::getline(meminfo, line) && host.available == 0;) {
    if (line.starts_with("MemTotal:")) host.total = meminfo_bytes(line);
    if (line.starts_with("MemAvailable:")) host.available = meminfo_bytes(line);
  }
  return host;
}

std::optional<std::string> overcommit_warning(std::uint64_t guest_bytes, const HostMemory& host) {
  if (host.total == 0 || guest_bytes <= host.available) return std::nullopt;
  if (guest_bytes > host.total)
    return fmt::format(
        "{} of guest memory on a host with {}: it runs until the guest touches more than the host "
        "has; give --mem {} or less to be safe",
        bytes_text(guest_bytes), bytes_text(host.total), mem_option(host.available));
  return fmt::format(
      "{} of guest memory while the host has {} of {} available: it runs until the guest touches "
      "more; end other programs or give a smaller --mem",
      bytes_text(guest_bytes), bytes_text(host.available), bytes_text(host.total));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"bytes", "KiB", "MiB", "GiB",
                                                   "TiB",   "PiB", "EiB"};
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  std::string number = fmt::format("{:.1f}", value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return fmt::format("{} {}", number, kUnits[unit]);
}

}  // namespace minivmm
