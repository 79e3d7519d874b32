#pragma once
// The driver's side of a split virtqueue, over guest RAM that is a plain vector.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "devices/virtio/virtqueue.h"
#include "devices/virtio/virtqueue_layout.h"
#include "minivmm/guest_memory.h"

namespace minivmm::test {

/// Guest RAM: 1 MiB from address 0, and right behind it another region of 64 KiB.
class DriverRam {
 public:
  static constexpr std::uint64_t kFirstSize = 1 << 20;
  static constexpr std::uint64_t kSecondSize = 64 << 10;

  [[nodiscard]] const GuestMemory& memory() const { return memory_; }

  /// Memory that nobody else uses, in the first region, filled with 0xa5.
  [[nodiscard]] GuestAddress allocate(std::uint64_t bytes, std::uint64_t alignment = 16) {
    next_ = (next_ + alignment - 1) / alignment * alignment;
    const GuestAddress address{next_};
    next_ += bytes;
    std::memset(first_.data() + address.value, 0xa5, bytes);
    return address;
  }

  template <typename T>
  void store(GuestAddress address, const T& value) {
    if (!memory_.write(address, value)) throw std::out_of_range("not in RAM");
  }
  template <typename T>
  [[nodiscard]] T load(GuestAddress address) const {
    return memory_.read<T>(address).value();
  }
  [[nodiscard]] std::vector<std::byte> bytes(GuestAddress address, std::uint64_t size) const {
    const auto span = memory_.at(address, size).value();
    return {span.begin(), span.end()};
  }
  void put(GuestAddress address, std::span<const std::byte> data) {
    if (!memory_.copy_out(address, data)) throw std::out_of_range("not in RAM");
  }

 private:
  std::vector<std::byte> first_ = std::vector<std::byte>(kFirstSize);
  std::vector<std::byte> second_ = std::vector<std::byte>(kSecondSize);
  GuestMemory memory_{{MemoryRegion{{{0}, kFirstSize}, first_.data()},
                       MemoryRegion{{{kFirstSize}, kSecondSize}, second_.data()}}};
  std::uint64_t next_ = 0x1000;
};

/// A buffer as a driver describes it.
struct Buffer {
  GuestAddress address{};
  std::uint32_t length = 0;
  bool writable = false;
};
inline Buffer readable(GuestAddress address, std::uint32_t length) {
  return {address, length, false};
}
inline Buffer writable(GuestAddress address, std::uint32_t length) {
  return {address, length, true};
}

/// One entry of the used ring.
struct Used {
  std::uint32_t head = 0;
  std::uint32_t written = 0;
};

/// A well-behaved driver, with ways to misbehave. Its own thread may run beside the device's.
class DriverQueue {
 public:
  DriverQueue(DriverRam& ram, std::uint16_t size) : ram_(ram), size_(size) {
    config_.size = size;
    config_.descriptors = ram.allocate(virtio::descriptor_table_size(size));
    config_.available = ram.allocate(virtio::available_ring_size(size));
    config_.used = ram.allocate(virtio::used_ring_size(size));
    clear(config_.descriptors, virtio::descriptor_table_size(size));
    clear(config_.available, virtio::available_ring_size(size));
    clear(config_.used, virtio::used_ring_size(size));
    for (std::uint16_t i = size; i > 0; --i) free_.push_back(static_cast<std::uint16_t>(i - 1));
  }

  /// What the transport would be told; tests may change it before they make the device's side.
  [[nodiscard]] virtio::QueueConfig& config() { return config_; }

  [[nodiscard]] bool has_room(std::size_t descriptors) const { return free_.size() >= descriptors; }

  /// Writes a chain and an available entry for it; the device sees it after offer().
  std::uint16_t add(const std::vector<Buffer>& buffers) {
    std::vector<std::uint16_t> chain;
    for (std::size_t i = 0; i < buffers.size(); ++i) chain.push_back(take_free());
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      virtio::Descriptor descriptor = describe(buffers[i]);
      if (i + 1 < buffers.size()) {
        descriptor.flags |= virtio::kDescriptorNext;
        descriptor.next = chain[i + 1];
      }
      set_descriptor(chain[i], descriptor);
    }
    make_available(chain.front());
    return chain.front();
  }

  /// The same by one descriptor with a table of its own.
  std::uint16_t add_indirect(const std::vector<Buffer>& buffers) {
    const GuestAddress table = ram_.allocate(buffers.size() * sizeof(virtio::Descriptor));
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      virtio::Descriptor descriptor = describe(buffers[i]);
      if (i + 1 < buffers.size()) {
        descriptor.flags |= virtio::kDescriptorNext;
        descriptor.next = static_cast<std::uint16_t>(i + 1);
      }
      ram_.store(table + i * sizeof(descriptor), descriptor);
    }
    const std::uint16_t head = take_free();
    set_descriptor(
        head, {table.value, static_cast<std::uint32_t>(buffers.size() * sizeof(virtio::Descriptor)),
               virtio::kDescriptorIndirect, 0});
    make_available(head);
    return head;
  }

  /// Shows the device what was added; answers whether the device wants to be rung for it (2.7.10).
  bool offer(bool event_idx = false) {
    const std::uint16_t before = offered_;
    offered_ = next_;
    field<std::uint16_t>(config_.available, virtio::kRingIndex)
        .store(offered_, std::memory_order_seq_cst);
    if (event_idx) {
      const auto event =
          field<std::uint16_t>(config_.used, virtio::avail_event_offset(size_)).load();
      return virtio::passes_event(event, offered_, before);
    }
    const auto flags = field<std::uint16_t>(config_.used, virtio::kRingFlags).load();
    return (flags & virtio::kUsedNoNotify) == 0;
  }

  /// The next answer, if there is one; its descriptors can be used again.
  std::optional<Used> take() {
    const auto index =
        field<std::uint16_t>(config_.used, virtio::kRingIndex).load(std::memory_order_seq_cst);
    if (index == taken_) return std::nullopt;
    const std::size_t entry = virtio::kRingEntries + virtio::kUsedEntrySize * (taken_ % size_);
    Used used;
    used.head = field<std::uint32_t>(config_.used, entry).load(std::memory_order_relaxed);
    used.written = field<std::uint32_t>(config_.used, entry + 4).load(std::memory_order_relaxed);
    ++taken_;
    release(static_cast<std::uint16_t>(used.head));
    return used;
  }

  /// 2.7.7: when the driver wants to be interrupted.
  void set_used_event(std::uint16_t index) {
    field<std::uint16_t>(config_.available, virtio::used_event_offset(size_)).store(index);
  }
  void set_no_interrupt(bool on) {
    field<std::uint16_t>(config_.available, virtio::kRingFlags)
        .store(on ? virtio::kAvailableNoInterrupt : std::uint16_t{0});
  }
  [[nodiscard]] std::uint16_t used_index() {
    return field<std::uint16_t>(config_.used, virtio::kRingIndex).load();
  }
  [[nodiscard]] std::uint16_t taken() const { return taken_; }

  // For misbehaviour.
  void set_descriptor(std::uint16_t index, const virtio::Descriptor& descriptor) {
    ram_.store(config_.descriptors + index * sizeof(descriptor), descriptor);
  }
  void make_available(std::uint16_t head) {
    const std::size_t entry = virtio::kAvailableEntrySize * (next_ % size_);
    field<std::uint16_t>(config_.available, virtio::kRingEntries + entry)
        .store(head, std::memory_order_relaxed);
    ++next_;
  }
  void set_available_index(std::uint16_t index) {
    field<std::uint16_t>(config_.available, virtio::kRingIndex).store(index);
  }

 private:
  static virtio::Descriptor describe(const Buffer& buffer) {
    return {buffer.address.value, buffer.length,
            buffer.writable ? virtio::kDescriptorWrite : std::uint16_t{0}, 0};
  }

  template <typename T>
  std::atomic_ref<T> field(GuestAddress ring, std::size_t offset) {
    const auto span = ram_.memory().at(ring + offset, sizeof(T)).value();
    return std::atomic_ref<T>(*reinterpret_cast<T*>(span.data()));
  }

  void clear(GuestAddress address, std::uint64_t size) {
    if (!ram_.memory().fill(address, size, std::byte{0})) throw std::out_of_range("not in RAM");
  }

  std::uint16_t take_free() {
    const std::uint16_t index = free_.back();
    free_.pop_back();
    return index;
  }

  void release(std::uint16_t index) {
    for (;;) {
      const auto descriptor =
          ram_.load<virtio::Descriptor>(config_.descriptors + index * sizeof(virtio::Descriptor));
      free_.push_back(index);
      if ((descriptor.flags & virtio::kDescriptorNext) == 0) return;
      index = descriptor.next;
    }
  }

  DriverRam& ram_;
  std::uint16_t size_;
  virtio::QueueConfig config_{};
  std::vector<std::uint16_t> free_{};
  std::uint16_t next_ = 0;
  std::uint16_t offered_ = 0;
  std::uint16_t taken_ = 0;
};

}  // namespace minivmm::test
