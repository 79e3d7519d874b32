#include "backends/net/tap_device.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

constexpr const char* kTunDevice = "/dev/net/tun";

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  return request;
}

// TUNSETIFF would make an interface of a name that there isn't; a misspelt one is no wish for that.
void check_exists(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    throw ConfigError(
        fmt::format("'{}' is no interface's name: it has 1 to {} letters", name, IFNAMSIZ - 1));
  if (::if_nametoindex(name.c_str()) == 0)
    throw ConfigError(
        fmt::format("there is no tap '{}': make it as root: ip tuntap add {} mode tap user $USER, "
                    "then ip link set {} up",
                    name, name, name));
}

// With errno, where it can't.
bool attach(const UniqueFd& fd, const std::string& name, TapQueues queues) {
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
                                         (queues == TapQueues::kSeveral ? IFF_MULTI_QUEUE : 0));
  return ::ioctl(fd.get(), TUNSETIFF, &request) == 0;
}

HostError refusal(const std::string& name, int error) {
  const std::string what = fmt::format("cannot use the tap '{}'", name);
  switch (error) {
    case EPERM:
      return HostError(
          fmt::format("{}: it is not yours (as root: ip tuntap del {} mode tap, then ip tuntap add "
                      "{} mode tap user $USER)",
                      what, name, name));
    case EBUSY:
      return HostError(
          fmt::format("{}: another program has it (end that, or give another tap)", what));
    case EINVAL:
      return HostError(
          fmt::format("{}: it is no tap (ip tuntap list shows those that there are)", what));
    default:
      return system_error(what, "", error);
  }
}

}  // namespace

// Tried: a tap takes no other kind of queue than it was made for. sysfs tells it too, but shows the
// network namespace that it was mounted in.
TapQueues tap_queues(const std::string& name) {
  check_exists(name);
  const UniqueFd fd(::open(kTunDevice, O_RDWR | O_CLOEXEC));
  return fd && attach(fd, name, TapQueues::kSeveral) ? TapQueues::kSeveral : TapQueues::kOne;
}

UniqueFd open_tap(const std::string& name, TapQueues queues) {
  check_exists(name);
  UniqueFd fd(::open(kTunDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd)
    throw system_error(fmt::format("cannot open {}", kTunDevice),
                       errno == EACCES ? "ask for its permissions, or give --net user"
                                       : "modprobe tun, or give --net user");
  if (!attach(fd, name, queues)) throw refusal(name, errno);
  int header_size = 12;  // With num_buffers, as virtio 1 has it.
  if (::ioctl(fd.get(), TUNSETVNETHDRSZ, &header_size) != 0)
    throw system_error(
        fmt::format("the tap '{}' refuses virtio's headers (TUNSETVNETHDRSZ)", name));
  return fd;
}

TapState tap_state(const std::string& name) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  TapState state;
  ifreq request = request_for(name);
  if (socket && ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0)
    state.up = (request.ifr_flags & IFF_UP) != 0;
  request = request_for(name);
  constexpr int kLeastMtu = 68;  // Virtio 1.2, 5.1.4.1.
  constexpr int kMostMtu = 65535;
  if (socket && ::ioctl(socket.get(), SIOCGIFMTU, &request) == 0 && request.ifr_mtu >= kLeastMtu &&
      request.ifr_mtu <= kMostMtu)
    state.mtu = static_cast<std::uint16_t>(request.ifr_mtu);
  return state;
}

}  // namespace minivmm::net
