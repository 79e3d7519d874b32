#pragma once
// One queue of a virtio device, by which one chain at a time goes there and comes back.

#include <cstdint>

#include "lib/virtio_pci.h"
#include "lib/virtqueue.h"

/// A piece of memory for the device to read or to write.
struct Piece {
  const volatile void* data;
  std::uint32_t size;
};

class Exchange {
 public:
  /// Between negotiate() and driver_ok().
  void start(guest::VirtioDevice& device, std::uint16_t queue);

  /// Hands over what is to be read, then what is to be written; either may be of size 0.
  void offer(Piece readable, Piece writable);
  /// Returns when the device has used it: how many bytes it says that it wrote.
  std::uint32_t wait();
  std::uint32_t run(Piece readable, Piece writable) {
    offer(readable, writable);
    return wait();
  }

 private:
  guest::VirtioDevice* device_ = nullptr;
  std::uint16_t queue_ = 0;
  guest::Virtqueue ring_;
};

/// Finds a device, resets it and takes of its features those that are wanted; false: there is none.
bool begin(guest::VirtioDevice& device, std::uint16_t id, std::uint64_t wanted);

/// Each ends the guest where its device doesn't do its part.
void check_balloon();
void check_console();
void check_share();
