#pragma once
// virtio-9p: carries messages of the 9P protocol between a guest and a server (device type 9 of
// virtio 1.2, section 5; the layout of its configuration space is Linux's, linux/virtio_9p.h).

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "devices/virtio/virtio_device.h"
#include "minivmm/guest_memory.h"
#include "minivmm/message_server.h"

namespace minivmm::virtio {

/// One queue, whose chains are a message to read and room for the answer. It knows nothing of the
/// messages' meaning.
///
/// Its work is done by a thread of the machine's, which calls serve() whenever a doorbell rang. One
/// message is answered after the other.
///
/// Threads: serve() on that thread, without the lock; all else as VirtioDevice says. lock is always
/// that of the transport's function. The server belongs to the thread.
class Virtio9p final : public VirtioDevice {
 public:
  /// tag: the name by which a guest mounts it, at most kLongestTag bytes. All outlive it.
  Virtio9p(const GuestMemory& memory, MessageServer& server, std::string_view tag);
  static constexpr std::size_t kLongestTag = 255;

  /// Answers what was asked. Answers whether there is more: one call does a bounded amount of it.
  [[nodiscard]] bool serve(std::mutex& lock);

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override { return config_; }
  [[nodiscard]] std::string_view config_field(std::uint64_t offset) const override;
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  /// Does nothing: the thread hears the driver by the queue's doorbell, which it must have.
  void notify(std::uint16_t /*queue*/) override {}
  void reset() override;
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override;
  [[nodiscard]] bool idle() const override { return !answering_; }

 private:
  [[nodiscard]] std::optional<Chain> take_request(std::mutex& lock);
  [[nodiscard]] std::span<const std::byte> answer(const Chain& chain);
  void give_back(std::mutex& lock, Chain chain, std::span<const std::byte> reply);

  // Configuration.
  const DeviceTraits traits_;
  const std::vector<std::byte> config_;

  // Wiring.
  const GuestMemory& memory_;
  MessageServer& server_;

  // State.
  struct State {
    Transport* transport = nullptr;
    std::optional<Virtqueue> requests{};
  } state_;
  bool answering_ = false;     // The thread has a chain.
  bool client_is_new_ = true;  // Since the server last answered.

  // The thread's own, kept to reuse their memory.
  std::vector<std::byte> request_;
  std::vector<std::byte> reply_;
};

}  // namespace minivmm::virtio
