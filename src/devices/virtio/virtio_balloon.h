#pragma once
// virtio-balloon: by which a guest gives memory back to the host (virtio 1.2, 5.5).

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "devices/virtio/balloon_layout.h"
#include "devices/virtio/virtio_device.h"
#include "minivmm/balloon_control.h"
#include "minivmm/guest_memory.h"

namespace minivmm::virtio {

/// Gives memory back to the host; it reads as zeros from then on. The bytes lie in one region of
/// RAM; what of them is no whole page of the host stays. Never fails. Threads: any.
using GiveBack = std::function<void(std::span<std::byte>)>;

/// The balloon, and free page reporting, by which memory comes back without anybody asking for it.
///
/// A page that the driver names is given back there and then, and comes again when the guest
/// touches it: deflating needs nothing of us. A page that isn't RAM is passed over.
///
/// Its work may take milliseconds a chain: where its queues have doorbells, notify() is for the
/// thread that waits for them, with the transport's lock held.
class VirtioBalloon final : public VirtioDevice {
 public:
  /// memory must outlive it.
  VirtioBalloon(const GuestMemory& memory, GiveBack give_back);

  /// As BalloonControl says. Threads: with the transport's lock held.
  void set_target(std::uint64_t bytes);
  void ask_for_stats();
  [[nodiscard]] BalloonStatus status() const;

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override {
    return std::as_bytes(std::span(&state_.config, 1));
  }
  [[nodiscard]] std::string_view config_field(std::uint64_t offset) const override;
  void write_config(std::uint64_t offset, std::span<const std::byte> data) override;
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  void notify(std::uint16_t queue) override;
  void reset() override;
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;
  [[nodiscard]] bool idle() const override { return true; }

 private:
  using Use = void (VirtioBalloon::*)(const Chain&);
  [[nodiscard]] bool reports(std::uint16_t queue) const;
  [[nodiscard]] Use use_of(std::uint16_t queue) const;
  void inflate(const Chain& chain);
  void deflate(const Chain& /*chain*/) {}
  void take_reported(const Chain& chain);
  void take_stats();
  void read_stats(const Chain& chain);
  void give_back_pages(std::span<std::uint32_t> pages);
  void give_back(std::span<std::byte> bytes);
  void answer_all(std::uint16_t queue, Use use);
  void check(const Virtqueue& queue);

  // Configuration.
  const DeviceTraits traits_;

  // Wiring.
  const GuestMemory& memory_;
  const GiveBack give_back_;

  // State.
  struct State {
    BalloonConfig config{};
    Transport* transport = nullptr;
    std::uint64_t features = 0;
    std::array<std::optional<Virtqueue>, kBalloonQueues> queues{};
    std::optional<Chain> stats_buffer{};  // 5.5.6.3: kept until the next question.
    std::array<std::optional<std::uint64_t>, kBalloonStatNames.size()> stats{};
  } state_;
  std::uint64_t given_back_ = 0;  // In bytes; no reset changes that.
};

}  // namespace minivmm::virtio
