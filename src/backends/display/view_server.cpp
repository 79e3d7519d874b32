#include "backends/display/view_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "backends/display/view_sockets.h"

namespace minivmm::view {
namespace {

// More than this many that say nothing: the oldest goes.
constexpr std::size_t kMostStrangers = 4;

Welcome make_welcome(std::string_view guest_name) {
  Welcome welcome{.pid = static_cast<std::uint32_t>(::getpid())};
  const std::size_t length = std::min(guest_name.size(), welcome.guest_name.size() - 1);
  std::copy_n(guest_name.begin(), length, welcome.guest_name.begin());
  return welcome;
}

}  // namespace

Server::Server(EventLoop& loop, std::string_view guest_name, Events events)
    : loop_(loop), welcome_(make_welcome(guest_name)), events_(std::move(events)) {}

Server::~Server() {
  listener_watch_.reset();
  if (viewer_) viewer_->say_bye(Parting::kEnded);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Server::listen(const std::string& path) {
  UniqueFd socket = listen_at(path);
  path_ = path;
  listener_ = std::move(socket);
  listener_watch_ = loop_.watch_readable(listener_.get(), [this] { accept(); });
}

void Server::accept() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) adopt(std::move(socket));
}

void Server::adopt(UniqueFd socket) {
  if (strangers_.size() == kMostStrangers) strangers_.erase(strangers_.begin());
  strangers_.push_back(std::make_unique<Connection>(
      loop_, std::move(socket),
      Connection::Events{
          .on_hello = [this](Connection& connection) { take_over(connection); },
          .on_seen = [this](Connection&) { events_.on_ready(); },
          .on_input = [this](Connection&, const FromViewer& message) { events_.on_input(message); },
          .on_gone = [this](Connection& connection) { gone(connection); }}));
}

// The newest viewer wins: the one before may hang, or be on a display that is far away.
void Server::take_over(Connection& connection) {
  const auto found = std::ranges::find(strangers_, &connection, &std::unique_ptr<Connection>::get);
  if (viewer_) {
    viewer_->say_bye(Parting::kReplaced);
    events_.on_gone();
  }
  viewer_ = std::move(*found);
  strangers_.erase(found);
  viewer_->welcome(welcome_);
  events_.on_viewer();
}

// Called from inside the connection, which must live until its call has returned.
void Server::gone(Connection& connection) {
  std::unique_ptr<Connection> ended;
  if (viewer_.get() == &connection) {
    ended = std::move(viewer_);
    events_.on_gone();
  } else {
    const auto found =
        std::ranges::find(strangers_, &connection, &std::unique_ptr<Connection>::get);
    if (found == strangers_.end()) return;
    ended = std::move(*found);
    strangers_.erase(found);
  }
  loop_.post([kept = std::shared_ptr<Connection>(std::move(ended))] {});
}

}  // namespace minivmm::view
