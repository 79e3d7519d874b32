#include "backends/net/vhost_rings.h"

// Leaves out of vhost.h what isn't C++.
#define VIRTIO_RING_NO_LEGACY

#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

constexpr const char* kDevice = "/dev/vhost-net";

// What a card may agree on with its driver: virtio 1.2, 6 and 5.1.3.
constexpr std::uint64_t kNeeded = 1ull << 15 | 1ull << 28 | 1ull << 29 | 1ull << 32;

// vhost-net's queues are numbered as virtio's are: receive, transmit.
unsigned index_of(const NetRing& ring) {
  return ring.transmit ? 1 : 0;
}

std::uint64_t address(const std::byte* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// struct vhost_memory with its regions behind it.
std::vector<std::uint64_t> memory_table(std::span<const MemoryRegion> memory) {
  static_assert(sizeof(vhost_memory) == 8 && sizeof(vhost_memory_region) == 32);
  std::vector<std::uint64_t> table(1, memory.size());
  for (const MemoryRegion& region : memory) {
    table.push_back(region.range.start.value);
    table.push_back(region.range.size);
    table.push_back(address(region.host));
    table.push_back(0);  // No flags.
  }
  return table;
}

bool say_refused(const char* what) {
  log::warning("vhost-net refuses a network card's rings ({}: {}): they are worked on here", what,
               errno_text(errno));
  return false;
}

}  // namespace

VhostRings::VhostRings(Taps taps) : taps_(std::move(taps)) {
  for (std::size_t i = 0; i < taps_.fds.size(); ++i) {
    UniqueFd& pair = pairs_.emplace_back(::open(kDevice, O_RDWR | O_CLOEXEC));
    if (!pair)
      throw system_error("cannot open /dev/vhost-net",
                         errno == EACCES ? "ask for its permissions, or give vhost=off"
                                         : "modprobe vhost_net, or give vhost=off");
    std::uint64_t features = 0;
    if (::ioctl(pair.get(), VHOST_SET_OWNER) != 0 ||
        ::ioctl(pair.get(), VHOST_GET_FEATURES, &features) != 0)
      throw system_error("cannot use /dev/vhost-net", "give vhost=off");
    if ((features & kNeeded) != kNeeded)
      throw HostError("the kernel's vhost-net can too little: give vhost=off");
  }
}

bool VhostRings::begin(std::span<const MemoryRegion> memory, std::uint64_t features,
                       const NetOffloads& to_guest) {
  taps_.set_offloads(to_guest);
  const std::vector<std::uint64_t> table = memory_table(memory);
  features &= kNeeded;
  for (const UniqueFd& pair : pairs_) {
    if (::ioctl(pair.get(), VHOST_SET_FEATURES, &features) != 0)
      return say_refused("VHOST_SET_FEATURES");
    if (::ioctl(pair.get(), VHOST_SET_MEM_TABLE, table.data()) != 0)
      return say_refused("VHOST_SET_MEM_TABLE");
  }
  return true;
}

bool VhostRings::start(const NetRing& ring) {
  const int fd = pairs_.at(ring.pair).get();
  const unsigned index = index_of(ring);
  const auto set = [&](unsigned long request, unsigned value) {
    vhost_vring_state state{.index = index, .num = value};
    return ::ioctl(fd, request, &state) == 0;
  };
  const auto connect = [&](unsigned long request, int other) {
    vhost_vring_file file{.index = index, .fd = other};
    return ::ioctl(fd, request, &file) == 0;
  };
  vhost_vring_addr parts{};
  parts.index = index;
  parts.desc_user_addr = address(ring.descriptors);
  parts.avail_user_addr = address(ring.available);
  parts.used_user_addr = address(ring.used);
  if (!set(VHOST_SET_VRING_NUM, ring.size)) return say_refused("VHOST_SET_VRING_NUM");
  if (!set(VHOST_SET_VRING_BASE, 0)) return say_refused("VHOST_SET_VRING_BASE");
  if (::ioctl(fd, VHOST_SET_VRING_ADDR, &parts) != 0) return say_refused("VHOST_SET_VRING_ADDR");
  if (!connect(VHOST_SET_VRING_ERR, fault_.fd())) return say_refused("VHOST_SET_VRING_ERR");
  if (!connect(VHOST_SET_VRING_CALL, ring.interrupt)) return say_refused("VHOST_SET_VRING_CALL");
  if (!connect(VHOST_SET_VRING_KICK, ring.doorbell)) return say_refused("VHOST_SET_VRING_KICK");
  if (!connect(VHOST_NET_SET_BACKEND, taps_.fds.at(ring.pair)))
    return say_refused("VHOST_NET_SET_BACKEND");
  return true;
}

void VhostRings::set_interrupt(const NetRing& ring, int event_fd) {
  vhost_vring_file file{.index = index_of(ring), .fd = event_fd};
  if (::ioctl(pairs_.at(ring.pair).get(), VHOST_SET_VRING_CALL, &file) != 0)
    log::warning("vhost-net refuses where to interrupt: {}", errno_text(errno));
}

void VhostRings::stop_all() {
  for (const UniqueFd& pair : pairs_) {
    // It waits until what is being worked on is done.
    for (const unsigned index : {0u, 1u}) {
      vhost_vring_file nothing{.index = index, .fd = -1};
      [[maybe_unused]] const int idle = ::ioctl(pair.get(), VHOST_NET_SET_BACKEND, &nothing) +
                                        ::ioctl(pair.get(), VHOST_SET_VRING_KICK, &nothing) +
                                        ::ioctl(pair.get(), VHOST_SET_VRING_CALL, &nothing);
    }
  }
  fault_.consume();
}

}  // namespace minivmm::net
