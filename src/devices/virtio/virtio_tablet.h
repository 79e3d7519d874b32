#pragma once
// A pointer that knows its place on the screen: a virtio input device (virtio 1.2, 5.8).

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>

#include "devices/virtio/input_layout.h"
#include "devices/virtio/virtio_device.h"
#include "minivmm/guest_memory.h"
#include "minivmm/input.h"

namespace minivmm::virtio {

/// A tablet with two axes, five buttons and two wheels: no window needs to hold the mouse.
///
/// It tells the guest how what is differs from what it told before, and only by whole reports
/// (5.8.6.2: what ends with SYN_REPORT). While the guest has no buffers for one, what happens adds
/// up: the guest always gets to know where the pointer is and which buttons are down now, though
/// perhaps not of a click that began and ended in between.
///
/// Queue 0 carries events to the driver, queue 1 what the driver says, of which a tablet wants to
/// know nothing. Threads: everything with the transport's lock held.
class VirtioTablet final : public VirtioDevice {
 public:
  /// memory must outlive it.
  explicit VirtioTablet(const GuestMemory& memory);

  void point(PointerPosition position);
  void button(PointerButton button, Press press);
  void wheel(int vertical, int horizontal);
  void release_all();

  /// Whether a driver takes the events.
  [[nodiscard]] bool listened_to() const;
  /// Calls changed whenever listened_to() may have changed, with the lock held. Empty: nobody.
  void when_listened_to(std::function<void()> changed) { listeners_changed_ = std::move(changed); }

  [[nodiscard]] const DeviceTraits& traits() const override { return traits_; }
  [[nodiscard]] std::span<const std::byte> config() const override;
  void write_config(std::uint64_t offset, std::span<const std::byte> data) override;
  void activate(Transport& transport, std::uint64_t features) override;
  void start_queue(std::uint16_t queue, const QueueConfig& config) override;
  void notify(std::uint16_t queue) override;
  void reset() override;
  [[nodiscard]] bool idle() const override { return true; }

 private:
  static constexpr std::size_t kButtons = 5;
  struct Pointer {
    PointerPosition position{};
    std::array<bool, kButtons> down{};
  };
  struct Wheels {
    int vertical = 0;
    int horizontal = 0;
  };
  /// What is told at once: two axes, all buttons, both wheels, and the end.
  struct Report {
    std::array<InputEvent, 2 + kButtons + 2 + 1> events{};
    std::size_t count = 0;
    void add(std::uint16_t type, std::uint16_t code, int value);
  };

  [[nodiscard]] Report report() const;
  void tell();
  [[nodiscard]] bool take_buffers(std::size_t count);
  void drop_status();
  void check(std::optional<Virtqueue>& queue);
  void listeners_changed() const;

  // Configuration.
  const DeviceTraits traits_;

  // Wiring.
  const GuestMemory& memory_;
  std::function<void()> listeners_changed_{};

  // State.
  struct State {
    InputConfig config{};
    Transport* transport = nullptr;
    std::optional<Virtqueue> events{};
    std::optional<Virtqueue> status{};
    std::deque<Chain> buffers{};  // For events, taken off their queue; fewer than a report needs.
    Pointer told{};               // What the guest believes.
  } state_;
  Pointer now_{};  // What the person does: no reset changes that.
  Wheels turned_{};
};

}  // namespace minivmm::virtio
