#include "debug/gdb/listen.h"

#include <fmt/core.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

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

}  // namespace

UniqueFd listen_for_gdb(const GdbConfig& config) {
  if (!config.path.empty()) return listen_at_path(config.path);
  const std::string name = config.host + ":" + config.port;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(config.host.c_str(), config.port.c_str(), &hints, &found);
  if (error != 0)
    throw HostError(fmt::format("can't wait for gdb at '{}': {}: give an address of this host",
                                name, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  return listen_at(found->ai_family, found->ai_addr, found->ai_addrlen, name);
}

}  // namespace minivmm::debug::gdb
