#pragma once
// A tap of the host: what the guest sends arrives there as from a wire, and the other way round.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/net/poll_list.h"
#include "backends/net/vhost_rings.h"
#include "host/unique_fd.h"
#include "minivmm/net_backend.h"
#include "minivmm/net_config.h"

namespace minivmm::net {

/// An existing tap, opened with virtio's headers (Linux Documentation/networking/tuntap.rst), so
/// that checksums and segmentation are the kernel's business or nobody's; where it has several
/// queues, one for each of the guest's.
///
/// Errors: the constructor throws ConfigError where there is no such tap or it isn't ours,
/// HostError where the kernel refuses.
class TapNetwork final : public NetBackend {
 public:
  /// queue_pairs: at most so many.
  TapNetwork(const NetConfig& config, unsigned queue_pairs);

  [[nodiscard]] const NetInfo& info() const override { return info_; }
  void begin() override;
  void watch(int event_fd, std::optional<unsigned> pair) override { polls_.watch(event_fd, pair); }
  void let_receive(const NetOffloads& offloads) override;
  void set_queue_pairs(unsigned pairs) override;
  [[nodiscard]] bool send(unsigned pair, const NetHeader& header, FramePieces frame) override;
  [[nodiscard]] std::size_t receive(unsigned pair, NetHeader& header, FramePieces room) override;
  void drop(unsigned pair) override { queues_.at(pair).kept_size = 0; }
  void turn(Wait wait, std::span<const Wants> wants) override;
  [[nodiscard]] NetRings* rings() override { return vhost_ ? &*vhost_ : nullptr; }

 private:
  struct Queue {
    UniqueFd fd{};
    bool attached = true;
    // The frame that did not fit where it was to go; 0 bytes: there is none.
    NetHeader kept_header{};
    std::size_t kept_size = 0;
    std::vector<std::byte> kept = std::vector<std::byte>(kMaxFrame);
  };

  void open_queues(unsigned wanted);
  void open_vhost(VhostUse use);
  void attach(Queue& queue, bool attached);
  [[nodiscard]] std::size_t keep(Queue& queue, const NetHeader& header, FramePieces room,
                                 std::size_t size);
  [[nodiscard]] std::size_t give_kept(Queue& queue, NetHeader& header, FramePieces room);

  // Configuration.
  const std::string name_;
  NetInfo info_{};

  // State.
  std::vector<Queue> queues_;
  PollList polls_;
  std::optional<VhostRings> vhost_{};  // After the queues, which it uses.
};

}  // namespace minivmm::net
