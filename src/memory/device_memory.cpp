#include "memory/device_memory.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "host/system_error.h"
#include "memory/ram.h"

namespace minivmm {
namespace {

HostError refused(std::uint64_t size) {
  return system_error(fmt::format("cannot reserve {} of video memory", bytes_text(size)),
                      "give a smaller --vram, or lift the limit: ulimit -v");
}

UniqueFd make_memfd(std::uint64_t size) {
  UniqueFd fd(static_cast<int>(::memfd_create("guest-vram", MFD_CLOEXEC)));
  // Its length only; pages come when they are touched.
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) throw refused(size);
  return fd;
}

Mapping map(int memfd, std::uint64_t size) {
  void* address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memfd, 0);
  if (address == MAP_FAILED) throw refused(size);
  // A wish: a core file without it is as good.
  ::madvise(address, size, MADV_DONTDUMP);
  return {address, size};
}

}  // namespace

DeviceMemory::DeviceMemory(std::uint64_t size)
    : memfd_(make_memfd(size)), view_(map(memfd_.get(), size)) {}

Mapping DeviceMemory::map_again() const {
  return map(memfd_.get(), view_.size());
}

}  // namespace minivmm
