#include "backends/char/unix_backend.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // unix(7): sun_path, with its final zero.
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw ConfigError(
        fmt::format("serial socket '{}': the path must have 1 to {} characters "
                    "(choose a shorter one, as under /tmp)",
                    path, sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw system_error("cannot create a socket", "raise the limit of open files: ulimit -n");
  return fd;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Removes what a program that has died left behind, and nothing else.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode))
    throw ConfigError(fmt::format(
        "serial socket '{}': a file of that name exists, and is no socket (choose another path)",
        path));
  const UniqueFd probe = make_socket();
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno != ECONNREFUSED)
    throw ConfigError(fmt::format(
        "serial socket '{}': another program listens there (choose another path)", path));
  ::unlink(path.c_str());
}

UniqueFd listen_at(const std::string& path) {
  const sockaddr_un address = address_of(path);
  remove_stale(path, address);
  UniqueFd fd = make_socket();
  constexpr int kBacklog = 1;
  if (::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), kBacklog) != 0)
    throw ConfigError(fmt::format("serial socket '{}': {} (choose a path where you may write)",
                                  path, errno_text(errno)));
  return fd;
}

ssize_t write_to_socket(int fd, std::span<const std::byte> bytes) {
  return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

UnixBackend::UnixBackend(EventLoop& loop, const std::string& path)
    : loop_(loop),
      path_(path),
      listener_(listen_at(path)),
      output_(loop, write_to_socket),
      queue_(loop, [this] { watch_client(); }) {
  watch_listener();
}

UnixBackend::~UnixBackend() {
  ::unlink(path_.c_str());
}

void UnixBackend::watch_listener() {
  listener_watch_ = loop_.watch_readable(listener_.get(), [this] { accept_client(); });
}

void UnixBackend::accept_client() {
  UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client) return;
  listener_watch_.reset();  // The next one waits until this one has gone.
  client_ = std::move(client);
  output_.attach(client_.get());
  watch_client();
}

void UnixBackend::watch_client() {
  if (client_ && !client_watch_)
    client_watch_ = loop_.watch_readable(client_.get(), [this] { read_client(); });
}

void UnixBackend::read_client() {
  std::array<std::byte, 4096> buffer;
  const ssize_t got = ::read(client_.get(), buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got > 0) {
    const auto bytes = std::span(buffer).first(static_cast<std::size_t>(got));
    if (!queue_.deliver(bytes)) client_watch_.reset();  // Until the guest has taken it all.
    return;
  }
  output_.detach();
  client_watch_.reset();
  client_.reset();
  watch_listener();
}

}  // namespace minivmm
