#pragma once
// A driver of virtio-net (virtio 1.2, 5.1): one pair of queues and the control queue, by polling.

#include <cstddef>
#include <cstdint>

#include "lib/virtio_pci.h"
#include "lib/virtqueue.h"

/// Virtio 1.2, 5.1.3.
inline constexpr std::uint64_t kNetMac = 1u << 5, kNetMergeable = 1u << 15, kNetStatus = 1u << 16;
inline constexpr std::uint64_t kNetControl = 1u << 17, kNetControlRx = 1u << 18;
inline constexpr std::uint64_t kNetControlMac = 1u << 23;

/// kMergeable: a frame comes in as many small buffers as it needs.
enum class Buffers { kWhole, kMergeable };

struct Mac {
  std::uint8_t bytes[6];
};

class NetCard {
 public:
  static constexpr std::size_t kLongest = 1514;

  bool find(unsigned index) { return device_.find(guest::kVirtioNet, index); }
  /// Resets the card and starts it anew; ends the guest if the card doesn't do its part.
  void start(Buffers buffers);

  [[nodiscard]] Mac mac() const;
  [[nodiscard]] bool link_up() const;
  [[nodiscard]] std::uint8_t device_status() const { return device_.status(); }

  /// Sends a frame, and waits until the card has it.
  void send(const std::uint8_t* frame, std::size_t size);
  /// A frame in place `slot`, below kFrames; it goes with send_queued().
  static constexpr unsigned kFrames = 32;
  void queue_frame(unsigned slot, const std::uint8_t* frame, std::size_t size);
  /// Sends so many, from slot 0 on, and waits until the card has them.
  void send_queued(unsigned frames);
  /// The next frame's size, and the frame in `to`, which has kLongest bytes; 0: there is none.
  std::size_t receive(std::uint8_t* to);
  /// The card's answer to a command (5.1.6.5).
  std::uint8_t command(std::uint8_t type, std::uint8_t command, const void* data,
                       std::uint32_t size);

 private:
  static constexpr std::uint16_t kReceive = 0, kTransmit = 1, kControl = 2;
  static constexpr unsigned kBuffers = 32;
  static constexpr std::uint16_t kQueueSize = 64;  // Two descriptors for each frame to send.
  static constexpr std::uint32_t kHeaderSize = 12;
  static constexpr std::uint32_t kWholeSize = 1526, kSmallSize = 256;

  void start_queue(guest::Virtqueue& queue, std::uint16_t index);
  void offer(unsigned buffer);
  bool pop(std::uint8_t*& bytes, std::uint32_t& size, unsigned& buffer);

  guest::VirtioDevice device_;
  std::uint32_t buffer_size_ = 0;
  guest::Virtqueue receive_, transmit_, control_;
  alignas(16) std::uint8_t buffers_[kBuffers][kWholeSize];
  std::uint8_t header_[kHeaderSize] = {};  // Of every frame that is sent: it asks for nothing.
  volatile std::uint8_t answer_;
};
