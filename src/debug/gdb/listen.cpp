#include "debug/gdb/listen.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "host/system_error.h"

namespace minivmm::debug::gdb {
namespace {

UniqueFd listen_at(int family, const sockaddr* address, socklen_t size, const std::string& name) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (fd && family != AF_UNIX)
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!fd || ::bind(fd.get(), address, size) < 0 || ::listen(fd.get(), 1) < 0)
    throw system_error(fmt::format("can't wait for gdb at '{}'", name),
                       "give another place after --gdb");
  return fd;
}

UniqueFd listen_at_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw system_error(fmt::format("can't wait for gdb at '{}'", path), "give a shorter path",
                       ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  return listen_at(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

// By numbers alone: names would need libraries that a static program can't have.
UniqueFd listen_at_port(const std::string& address, std::uint16_t port) {
  const std::string name = fmt::format("{}:{}", address, port);
  sockaddr_in in4{};
  in4.sin_family = AF_INET;
  in4.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &in4.sin_addr) == 1)
    return listen_at(AF_INET, reinterpret_cast<const sockaddr*>(&in4), sizeof in4, name);
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, address.c_str(), &in6.sin6_addr) == 1)
    return listen_at(AF_INET6, reinterpret_cast<const sockaddr*>(&in6), sizeof in6, name);
  throw HostError(fmt::format(
      "can't wait for gdb at '{}': give an address of this host in numbers, as 127.0.0.1", name));
}

}  // namespace

UniqueFd listen_for_gdb(const GdbConfig& config) {
  if (!config.path.empty()) return listen_at_path(config.path);
  return listen_at_port(config.address, config.port);
}

}  // namespace minivmm::debug::gdb
