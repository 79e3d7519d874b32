#pragma once
// A network of the guest's own, without privileges: libslirp answers as router, DHCP and DNS
// server, and talks to the host's network as this program.

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/net/poll_list.h"
#include "minivmm/net_backend.h"
#include "minivmm/net_config.h"

struct Slirp;

namespace minivmm::net {

/// The guest's network is 10.0.2.0/24 and fec0::/64: itself 10.0.2.15 (by DHCP), router and host
/// 10.0.2.2, DNS 10.0.2.3.
///
/// libslirp is loaded here, when the first such network is made (docs/decisions/0028).
///
/// Errors: the constructor throws HostError where libslirp is missing or a port can't be forwarded.
class UserNetwork final : public NetBackend {
 public:
  explicit UserNetwork(const NetConfig& config);
  ~UserNetwork() override;

  /// Whether libslirp is installed.
  [[nodiscard]] static bool available();

  [[nodiscard]] const NetInfo& info() const override { return info_; }
  void begin() override;
  void watch(int event_fd, std::optional<unsigned> pair) override { polls_.watch(event_fd, pair); }
  void let_receive(const NetOffloads& offloads) override { let_ = offloads; }
  void set_queue_pairs(unsigned /*pairs*/) override {}
  [[nodiscard]] bool send(unsigned pair, const NetHeader& header, FramePieces frame) override;
  [[nodiscard]] std::size_t receive(unsigned pair, NetHeader& header, FramePieces room) override;
  void drop(unsigned pair) override;
  void turn(Wait wait, std::span<const Wants> wants) override;

 private:
  struct Stack;  // libslirp's functions.
  struct Callbacks;
  struct Timer {
    void (*call)(void*) = nullptr;
    void* argument = nullptr;
    std::int64_t due = -1;  // In milliseconds of the clock; -1: not set.
  };

  void forward(const ForwardConfig& forward);
  void arrived(std::span<const std::byte> frame);
  void pop();
  [[nodiscard]] std::int64_t next_timer(std::int64_t now) const;
  void run_timers();

  // Configuration.
  NetInfo info_{};

  // Wiring.
  const Stack& stack_;
  Slirp* slirp_ = nullptr;
  PollList polls_;

  // State.
  NetOffloads let_{};
  std::list<Timer> timers_;
  std::deque<std::vector<std::byte>> frames_;         // For the guest.
  std::vector<std::vector<std::byte>> spare_frames_;  // Their memory, to be used again.
  std::vector<std::byte> outgoing_;
};

}  // namespace minivmm::net
