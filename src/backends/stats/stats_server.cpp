#include "backends/stats/stats_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "backends/display/view_sockets.h"
#include "backends/stats/sample_protocol.h"
#include "host/log.h"

namespace minivmm::stats {

StatsServer::StatsServer(EventLoop& loop, std::function<void()> on_asked)
    : loop_(loop), on_asked_(std::move(on_asked)) {}

StatsServer::~StatsServer() {
  listener_watch_.reset();
  if (!path_.empty()) ::unlink(path_.c_str());
}

void StatsServer::listen(const std::string& path) {
  listener_ = view::listen_at(path);
  path_ = path;
  listener_watch_ = loop_.watch_readable(listener_.get(), [this] { accept(); });
}

void StatsServer::accept() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) adopt(std::move(socket));
}

void StatsServer::adopt(UniqueFd socket) {
  if (lookers_.size() == kMostLookers) drop(*lookers_.front());
  auto looker = std::make_unique<Looker>();
  looker->socket = std::move(socket);
  Looker& added = *lookers_.emplace_back(std::move(looker));
  added.watch = loop_.watch_readable(added.socket.get(), [this, &added] { hear(added); });
}

void StatsServer::hear(Looker& looker) {
  std::array<std::byte, sizeof(Ask)> buffer{};
  const ssize_t got =
      ::recv(looker.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(looker);
  const auto size = static_cast<std::size_t>(got);
  if (size > buffer.size() || !is_ask(std::span(buffer).first(size))) {
    log::warning("somebody at the statistics' socket said what makes no sense: disconnected");
    return drop(looker);
  }
  if (!std::exchange(looker.asked, true)) on_asked_();
}

// Called from inside the looker's own watch, whose callback must live until it has returned.
void StatsServer::drop(const Looker& looker) {
  const auto found = std::ranges::find(lookers_, &looker, &std::unique_ptr<Looker>::get);
  const std::shared_ptr<Looker> dropped(std::move(*found));
  lookers_.erase(found);
  dropped->watch.reset();
  loop_.post([dropped] {});
}

void StatsServer::answer(const LiveSample& sample) {
  const Answer message{.sample = sample};
  const auto bytes = std::as_bytes(std::span(&message, 1));
  std::vector<const Looker*> gone;
  for (const auto& looker : lookers_) {
    if (!std::exchange(looker->asked, false)) continue;
    // One that asks without reading what it asked for has no room left at some time.
    if (::send(looker->socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
      gone.push_back(looker.get());
  }
  for (const Looker* looker : gone) drop(*looker);
}

}  // namespace minivmm::stats
