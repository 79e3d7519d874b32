#pragma once
// The driver's side of a split virtqueue (virtio 1.2, 2.7). Descriptors are the caller's to fill.

#include <cstdint>

namespace guest {

/// Virtio 1.2, 2.7.5.
struct Descriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t flags, next;
};
inline constexpr std::uint16_t kDescriptorNext = 1;
inline constexpr std::uint16_t kDescriptorWrite = 2;  ///< The device writes there.
inline constexpr std::uint16_t kDescriptorIndirect = 4;

struct UsedElement {
  std::uint32_t id, length;
};

enum class Notifications { kByFlags, kByEventIndex };
enum class UsedInterrupts { kOff, kOn };

class Virtqueue {
 public:
  static constexpr std::uint16_t kMaxSize = 256;

  /// Empty again, of `size` descriptors: a power of two, at most kMaxSize.
  void init(std::uint16_t size, Notifications notifications);

  [[nodiscard]] std::uint16_t size() const { return size_; }
  Descriptor& descriptor(unsigned index) { return descriptors_[index]; }
  [[nodiscard]] std::uint64_t descriptor_area() const { return address_of(descriptors_); }
  [[nodiscard]] std::uint64_t driver_area() const { return address_of(&available_); }
  [[nodiscard]] std::uint64_t device_area() const { return address_of(used_area_); }

  /// Puts the chain that starts at `head` into the available ring; the device doesn't see it yet.
  void add(std::uint16_t head);
  /// Shows the device all that was added. True: it wants a notification.
  [[nodiscard]] bool publish();
  /// The next chain that the device has used; false if there is none.
  bool pop(UsedElement& element);
  /// From now on. After kOn, pop() again before waiting.
  void set_interrupts(UsedInterrupts interrupts);

 private:
  static std::uint64_t address_of(const volatile void* pointer) {
    return reinterpret_cast<std::uint64_t>(pointer);
  }
  // Behind each ring of size_ elements stands one 16-bit field of EVENT_IDX.
  volatile std::uint16_t& used_event() { return available_.ring[size_]; }
  volatile std::uint16_t& avail_event() {
    return *reinterpret_cast<volatile std::uint16_t*>(used_area_ + kUsedHeader + 8u * size_);
  }
  volatile std::uint16_t& used_flags() {
    return *reinterpret_cast<volatile std::uint16_t*>(used_area_);
  }
  volatile std::uint16_t& used_index() {
    return *reinterpret_cast<volatile std::uint16_t*>(used_area_ + 2);
  }

  static constexpr unsigned kUsedHeader = 4;  // Flags and index.

  alignas(16) Descriptor descriptors_[kMaxSize];
  struct {
    volatile std::uint16_t flags, index, ring[kMaxSize + 1];
  } available_;
  alignas(4) std::uint8_t used_area_[kUsedHeader + 8 * kMaxSize + 2];

  std::uint16_t size_;
  bool event_index_;
  std::uint16_t next_available_, published_, next_used_;
};

}  // namespace guest
