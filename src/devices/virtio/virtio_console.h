#pragma once
// virtio-console: a terminal without a serial port's chip, hvc0 in Linux (virtio 1.2, 5.3).

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "devices/virtio/virtio_device.h"
#include "minivmm/char_backend.h"
#include "minivmm/guest_memory.h"

namespace minivmm::virtio {

/// 5.3.4: struct virtio_console_config. max_nr_ports and emerg_wr belong to features that are not
/// offered.
struct ConsoleConfig {
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
  std::uint32_t max_nr_ports = 0;
  std::uint32_t emerg_wr = 0;
};
static_assert(sizeof(ConsoleConfig) == 12);

/// One port. What the guest sends is handed to the backend by a thread of the machine's, which
/// calls serve() whenever a doorbell rang: a reader that is slow holds that thread, and in the end
/// the driver, which gets its buffers back only when their bytes have been taken; a vCPU never
/// waits. What doesn't fit the driver's buffers stays with the backend.
///
/// Threads: serve() on that thread and receive() on any, both without the lock; all else as
/// VirtioDevice says. lock is always that of the transport's function.
class VirtioConsole final : public VirtioDevice {
 public:
  enum class Size { kUnknown, kKnown };

  /// Both outlive it. size: whether set_size() will be called (VIRTIO_CONSOLE_F_SIZE).
  VirtioConsole(const GuestMemory& memory, CharBackend& backend, Size size);

  /// Sends what the driver has to send, and offers it what waits for it. Answers whether there is
  /// more to do: one call does a bounded amount of it.
  [[nodiscard]] bool serve(std::mutex& lock);
  /// Takes as many bytes as there is room for and answers how many. When it took fewer than all, it
  /// calls the backend's resume() once there is room.
  std::size_t receive(std::mutex& lock, std::span<const std::byte> bytes);
  /// The terminal's, in characters. Threads: with the lock held.
  void set_size(std::uint16_t columns, std::uint16_t rows);

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override {
    return std::as_bytes(std::span(&config_, 1));
  }
  [[nodiscard]] std::string_view config_field(std::uint64_t offset) const override;
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  /// Does nothing: the thread hears the driver by the queues' doorbells, which it must have.
  void notify(std::uint16_t /*queue*/) override {}
  void reset() override;
  [[nodiscard]] std::uint64_t answered(std::uint16_t queue) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;
  [[nodiscard]] bool idle() const override { return !sending_; }

 private:
  static constexpr std::uint16_t kReceive = 0;
  static constexpr std::uint16_t kTransmit = 1;

  [[nodiscard]] std::optional<Chain> take_sent(std::mutex& lock);
  void send(const Chain& chain);
  void give_back(std::mutex& lock, Chain chain);
  void offer_room(std::mutex& lock);
  void answer(std::uint16_t index);

  // Configuration.
  const DeviceTraits traits_;

  // Wiring.
  const GuestMemory& memory_;
  CharBackend& backend_;

  // State.
  ConsoleConfig config_{};  // The terminal is the host's: no reset changes it.
  struct State {
    Transport* transport = nullptr;
    std::array<std::optional<Virtqueue>, 2> queues{};
  } state_;
  bool refused_ = false;  // The backend holds bytes that didn't fit.
  bool sending_ = false;  // The thread has a chain.
};

}  // namespace minivmm::virtio
