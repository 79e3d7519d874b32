#pragma once
// Where "minivmm top" comes to: it asks, and is told when the second is over.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/unique_fd.h"
#include "minivmm/event_loop.h"
#include "minivmm/live_sample.h"

namespace minivmm::stats {

/// Several may look at the same time. A looker that says what can't be, or doesn't take its answer,
/// is disconnected; none of them is ever waited for.
///
/// Threads: the loop's alone, or any while the loop doesn't run.
/// Errors: HostError from listen(); a looker's are its own end.
class StatsServer {
 public:
  static constexpr std::size_t kMostLookers = 8;

  /// on_asked: somebody waits for an answer; asked again before it, nothing is called.
  StatsServer(EventLoop& loop, std::function<void()> on_asked);
  ~StatsServer();
  StatsServer(const StatsServer&) = delete;
  StatsServer& operator=(const StatsServer&) = delete;

  /// Makes a socket at path that lets the user's own processes in; it goes with this object.
  void listen(const std::string& path);
  /// A looker that has the other end already. socket: SOCK_SEQPACKET, non-blocking.
  void adopt(UniqueFd socket);

  /// To all who have asked since the last one.
  void answer(const LiveSample& sample);

 private:
  struct Looker {
    UniqueFd socket{};
    bool asked = false;
    std::unique_ptr<Subscription> watch{};
  };
  void accept();
  void hear(Looker& looker);
  void drop(const Looker& looker);

  EventLoop& loop_;
  const std::function<void()> on_asked_;
  std::string path_;
  UniqueFd listener_;
  std::vector<std::unique_ptr<Looker>> lookers_;  // The oldest first.
  std::unique_ptr<Subscription> listener_watch_;
};

}  // namespace minivmm::stats
