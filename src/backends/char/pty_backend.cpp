#include "backends/char/pty_backend.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>

#include <array>

#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr const char* kRemedy = "is /dev/pts mounted, /proc/sys/kernel/pty/max reached?";

UniqueFd open_master() {
  UniqueFd fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!fd || ::grantpt(fd.get()) != 0 || ::unlockpt(fd.get()) != 0)
    throw system_error("cannot create a pseudo-terminal", kRemedy);
  return fd;
}

std::string name_of(int master) {
  std::array<char, 64> name{};
  const int error = ::ptsname_r(master, name.data(), name.size());
  if (error != 0) throw system_error("cannot name a pseudo-terminal", kRemedy, error);
  return name.data();
}

UniqueFd open_raw_slave(const std::string& name) {
  UniqueFd fd(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (!fd || ::tcgetattr(fd.get(), &settings) != 0)
    throw system_error("cannot open a pseudo-terminal", kRemedy);
  ::cfmakeraw(&settings);
  ::tcsetattr(fd.get(), TCSANOW, &settings);
  return fd;
}

ssize_t write_to_terminal(int fd, std::span<const std::byte> bytes) {
  return ::write(fd, bytes.data(), bytes.size());
}

}  // namespace

PtyBackend::PtyBackend(EventLoop& loop)
    : loop_(loop),
      master_(open_master()),
      name_(name_of(master_.get())),
      slave_(open_raw_slave(name_)),
      output_(loop, write_to_terminal),
      queue_(loop, [this] { watch_input(); }) {
  output_.attach(master_.get());
  watch_input();
}

PtyBackend::~PtyBackend() = default;

void PtyBackend::watch_input() {
  if (!input_watch_) input_watch_ = loop_.watch_readable(master_.get(), [this] { read_input(); });
}

void PtyBackend::read_input() {
  std::array<std::byte, 4096> buffer;
  const ssize_t got = ::read(master_.get(), buffer.data(), buffer.size());
  if (got <= 0) return;
  const auto bytes = std::span(buffer).first(static_cast<std::size_t>(got));
  if (!queue_.deliver(bytes)) input_watch_.reset();  // Until the guest has taken it all.
}

}  // namespace minivmm
