#include "debug/gdb/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include "debug/gdb/listen.h"
#include "host/log.h"

namespace minivmm::debug::gdb {
namespace {

constexpr char kCtrlC = 3;

/// Waits until one of them is readable; which one: 0 or 1, the first if both.
std::size_t wait_for_either(int first, int second) {
  for (;;) {
    std::array<pollfd, 2> fds{{{.fd = first, .events = POLLIN, .revents = 0},
                               {.fd = second, .events = POLLIN, .revents = 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return 0;
    if (fds[0].revents != 0) return 0;
    if (fds[1].revents != 0) return 1;
  }
}

}  // namespace

Server::Server(DebugTarget& target, const GdbConfig& config, Session::Monitor monitor)
    : target_(target),
      path_(config.path),
      listener_(listen_for_gdb(config)),
      session_(
          target, [this](const auto& running) { return run_watched(running); }, std::move(monitor)),
      thread_([this] { run(); }) {}

Server::~Server() {
  thread_.join();
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Server::run() {
  pthread_setname_np(pthread_self(), "gdb");
  try {
    debug();
  } catch (const std::exception& error) {
    log::error("the gdb server gives up: {}", error.what());
    target_.quit();
  }
}

void Server::debug() {
  session_.set_stop(target_.wait_for_stop());
  while (session_.stop().reason != DebugStop::Reason::kEnded) {
    if (!accept_client()) {
      session_.set_stop(target_.wait_for_stop());
      continue;
    }
    const Ending ending = serve();
    const bool ran = std::exchange(vanished_, false);
    if (ending != Ending::kClosed) let_client_go();
    client_.reset();
    if (session_.stop().reason == DebugStop::Reason::kEnded) break;
    session_.forget_client();
    if (ending == Ending::kKilled) return target_.quit();
    // It was running when the client went, and was only stopped for that.
    const bool was_running = ran && session_.stop().reason == DebugStop::Reason::kInterrupted;
    if (ending == Ending::kDetached || was_running) run_free();
  }
}

bool Server::machine_is_gone() const {
  pollfd fd{.fd = target_.gone_fd(), .events = POLLIN, .revents = 0};
  return ::poll(&fd, 1, 0) > 0;
}

bool Server::accept_client() {
  if (wait_for_either(target_.gone_fd(), listener_.get()) == 0) return false;
  client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int yes = 1;
  (void)::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  reader_ = {};
  last_sent_.clear();
  return true;
}

Server::Ending Server::serve() {
  for (;;) {
    if (wait_for_either(target_.gone_fd(), client_.get()) == 0) {
      session_.set_stop(target_.wait_for_stop());
      if (session_.stop().reason == DebugStop::Reason::kEnded) return Ending::kClosed;
      continue;
    }
    std::array<char, 4096> bytes;
    const ssize_t size = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return Ending::kClosed;
    reader_.feed({bytes.data(), static_cast<std::size_t>(size)});
    while (auto event = reader_.next()) {
      using Kind = PacketReader::Event::Kind;
      if (event->kind == Kind::kGarbage) {
        log::warning("what is connected to the gdb server is no gdb: the connection is closed");
        return Ending::kClosed;
      }
      if (event->kind == Kind::kDamaged) send("-");
      if (event->kind == Kind::kResend) send(last_sent_);
      if (event->kind != Kind::kPacket) continue;
      send("+");
      const Session::Answer answer = session_.answer(event->data);
      if (vanished_) return Ending::kClosed;
      last_sent_ = frame(answer.data);
      send(last_sent_);
      if (answer.end == Session::End::kKilled) return Ending::kKilled;
      if (answer.end == Session::End::kDetached) return Ending::kDetached;
      if (session_.stop().reason == DebugStop::Reason::kEnded) return Ending::kMachineEnded;
      if (machine_is_gone()) break;
    }
  }
}

// A client still acknowledges the last answer; closing under it would be an error for it.
void Server::let_client_go() {
  constexpr int kPatience = 1000;  // In milliseconds.
  std::array<char, 64> rest;
  pollfd fd{.fd = client_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&fd, 1, kPatience) > 0 && ::recv(fd.fd, rest.data(), rest.size(), 0) > 0) {
  }
}

// Errors show at the next recv().
void Server::send(const std::string& bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t size = ::send(client_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Without a client, until the next one comes or there is another reason.
void Server::run_free() {
  std::thread watch([this] {
    if (wait_for_either(ran_.fd(), listener_.get()) == 1) target_.interrupt();
  });
  session_.set_stop(target_.resume());
  ran_.signal();
  watch.join();
  ran_.consume();
}

DebugStop Server::run_watched(const std::function<DebugStop()>& running) {
  std::thread watch([this] { watch_client(); });
  DebugStop stop = running();
  ran_.signal();
  watch.join();
  ran_.consume();
  return stop;
}

// While the machine runs a client may send Ctrl-C, and acknowledge; or go.
void Server::watch_client() {
  while (wait_for_either(ran_.fd(), client_.get()) == 1) {
    char byte = 0;
    const ssize_t size = ::recv(client_.get(), &byte, 1, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size == 1 && byte == '+') continue;
    vanished_ = size != 1 || byte != kCtrlC;
    target_.interrupt();
    return;
  }
}

}  // namespace minivmm::debug::gdb
