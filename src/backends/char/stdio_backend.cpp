#include "backends/char/stdio_backend.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace minivmm {
namespace {

// What a user may type ahead of a guest that takes nothing.
constexpr std::size_t kTypeAhead = 64 * 1024;

constexpr std::byte kCtrlC{0x03};

// How often a process in the background looks whether it is in front again.
constexpr std::chrono::milliseconds kBackgroundInterval{500};

// Opening it anew gives a description of our own, on which O_NONBLOCK hurts nobody. Regular files
// never make anyone wait, and a new description would start at their beginning.
UniqueFd reopen_non_blocking(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !(S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)))
    return UniqueFd();
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", fd).c_str(),
                         O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

bool is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

StdioBackend::StdioBackend(EventLoop& loop, CharEvents events, int input, int output)
    : loop_(loop),
      events_(std::move(events)),
      input_(input),
      output_(output),
      own_output_(reopen_non_blocking(output)),
      output_is_socket_(is_socket(output)),
      queue_(loop, [this] { watch_input(); }) {
  background_timer_ = loop.make_timer([this] { watch_input(); });
  if (::isatty(input) == 1) terminal_.emplace(input);
}

StdioBackend::~StdioBackend() = default;

void StdioBackend::set_receiver(Receiver receiver) {
  queue_.set_receiver(std::move(receiver));
  if (!reading_.exchange(true)) background_timer_->arm(std::chrono::steady_clock::now());
}

void StdioBackend::watch_input() {
  if (input_ended_ || lent_) return;
  if (terminal_ && !terminal_->enter()) {
    // What is typed now is for the shell; reading it would stop this process (SIGTTIN).
    input_watch_.reset();
    background_timer_->arm(std::chrono::steady_clock::now() + kBackgroundInterval);
    return;
  }
  if (!input_watch_) input_watch_ = loop_.watch_readable(input_, [this] { read_input(); });
}

void StdioBackend::read_input() {
  watch_input();
  if (!input_watch_) return;
  std::array<std::byte, 4096> buffer;
  const ssize_t got = ::read(input_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    end_input(terminal_.has_value());
    return;
  }
  const auto bytes = std::span(buffer).first(static_cast<std::size_t>(got));
  if (terminal_)
    take_keys(bytes);
  else if (!queue_.deliver(bytes))
    input_watch_.reset();  // Until the guest has taken it all.
}

void StdioBackend::end_input(bool hung_up) {
  input_watch_.reset();
  input_ended_ = true;
  if (hung_up && events_.on_hangup) events_.on_hangup();
}

void StdioBackend::take_keys(std::span<const std::byte> keys) {
  std::vector<std::byte> for_guest;
  bool quit = false;
  for (const std::byte key : keys) {
    // Under the debugger Ctrl-C is for it, as under gdb.
    if (events_.ctrl_c_is_debug && key == kCtrlC) {
      events_.on_debug();
      continue;
    }
    const EscapeKeys::Result result = keys_.take(key);
    if (result.for_guest) for_guest.push_back(*result.for_guest);
    if (result.command == EscapeKeys::Command::kQuit) quit = true;
    if (result.command == EscapeKeys::Command::kDebug && events_.on_debug) events_.on_debug();
    if (result.command == EscapeKeys::Command::kHelp)
      send(std::as_bytes(std::span(std::string_view(EscapeKeys::help()))));
  }
  if (queue_.waiting() < kTypeAhead) queue_.deliver(for_guest);
  if (quit && events_.on_quit) events_.on_quit();
}

void StdioBackend::lend_terminal(bool lent) {
  lent_ = lent;
  if (lent) {
    input_watch_.reset();
    if (terminal_) terminal_->leave();
  } else if (reading_) {
    watch_input();
  }
}

void StdioBackend::end_line() {
  if (last_sent_ != kLineEnd) send(std::span(&kLineEnd, 1));
}

void StdioBackend::stop_waiting() {
  waits_ = false;
  stop_waiting_.signal();
}

ssize_t StdioBackend::write_some(std::span<const std::byte> bytes) const {
  if (own_output_) return ::write(own_output_.get(), bytes.data(), bytes.size());
  if (output_is_socket_)
    return ::send(output_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return ::write(output_, bytes.data(), bytes.size());
}

void StdioBackend::send(std::span<const std::byte> bytes) {
  if (!bytes.empty()) last_sent_ = bytes.back();
  while (!bytes.empty()) {
    const ssize_t written = write_some(bytes);
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN && waits_ && wait_for_room()) continue;
    return;  // Nobody will read it: a closed pipe, a terminal that is gone, a full disk.
  }
}

// Answers whether it is worth trying again.
bool StdioBackend::wait_for_room() const {
  constexpr int kForever = -1;
  const int output = own_output_ ? own_output_.get() : output_;
  std::array<pollfd, 2> polled{pollfd{output, POLLOUT, 0}, pollfd{stop_waiting_.fd(), POLLIN, 0}};
  if (::poll(polled.data(), polled.size(), kForever) < 0) return errno == EINTR;
  return polled[1].revents == 0;
}

}  // namespace minivmm
