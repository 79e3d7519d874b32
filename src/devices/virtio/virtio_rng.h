#pragma once
// virtio-rng: gives a guest random numbers (virtio 1.2, 5.4).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "devices/virtio/virtio_device.h"
#include "minivmm/guest_memory.h"

namespace minivmm::virtio {

/// Fills bytes with random numbers; never fails. Threads: any.
using EntropySource = std::function<void(std::span<std::byte>)>;

/// The host kernel's generator: getrandom(2).
void host_entropy(std::span<std::byte> bytes);

/// The entropy device. It answers in notify(), on the thread of the vCPU that asked; its queue
/// needs no doorbell. One notify() does a bounded amount of work.
class VirtioRng final : public VirtioDevice {
 public:
  /// memory must outlive it.
  explicit VirtioRng(const GuestMemory& memory, EntropySource source = host_entropy);

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  void notify(std::uint16_t queue) override;
  void reset() override { state_ = {}; }
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override {
    return queue == 0 && state_.requests ? state_.requests->answered() : 0;
  }
  [[nodiscard]] bool idle() const override { return true; }

 private:
  [[nodiscard]] std::uint32_t fill(const Chain& chain) const;

  // Configuration.
  const DeviceTraits traits_;

  // Wiring.
  const GuestMemory& memory_;
  const EntropySource source_;

  // State.
  struct State {
    Transport* transport = nullptr;
    std::optional<Virtqueue> requests{};
  } state_;
};

}  // namespace minivmm::virtio
