#pragma once
// Who answers at which address: disjoint ranges to devices, and a record of what nobody answers.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "minivmm/guest_address.h"
#include "minivmm/io_device.h"

namespace minivmm {

/// One address space of the guest: its I/O ports, or its memory-mapped I/O.
///
/// read() and write() find the range, take the device's lock, and call the device with the offset.
/// - Nobody there: reads give ones, writes are ignored (what a PC's host bridge does with a master
///   abort: PCI 3.0, 6.1 and 3.3.3.1), and strays() records it.
/// - An access that is not wholly inside one range is split into bytes, each for its own owner.
/// That
///   is what the LPC host does with every access wider than a byte (LPC 1.1, 5.2); for memory,
///   where hardware has no single answer, we do the same.
///
/// Ownership: refers to devices that it does not own. A device may be called once more by a vCPU
/// that found it just before remove(), so it must outlive the vCPUs' threads.
/// Threads: every function from any thread. Looking up takes no lock (see Slot); add() and remove()
/// take one that is below every device's lock, so a device may call them while it is being
/// accessed.
class Bus {
 public:
  /// How many ranges there can be at a time.
  static constexpr std::size_t kCapacity = 256;
  /// How many different stray addresses are told apart.
  static constexpr std::size_t kMaxStrays = 256;

  Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  /// From now on device answers in range; the first byte of the range is the device's first_offset.
  /// false, and nothing is changed, when the range is empty or wraps, when it overlaps another (who
  /// came first keeps its place: a guest can move a BAR anywhere), or when the bus is full.
  [[nodiscard]] bool add(GuestRange range, IoDevice& device, std::uint64_t first_offset = 0);

  /// Ends what add(range, ...) began; false when there is no such range.
  bool remove(GuestRange range);

  /// data has 1 to 8 bytes.
  void read(std::uint64_t address, std::span<std::byte> data);
  void write(std::uint64_t address, std::span<const std::byte> data);

  /// Whether somebody answers at this address.
  [[nodiscard]] bool answers(std::uint64_t address) const;

  /// Who answers at address, at which of its offsets, and the whole range.
  struct Owner {
    IoDevice* device = nullptr;
    std::uint64_t offset = 0;
    GuestRange range{};
  };
  [[nodiscard]] std::optional<Owner> owner(std::uint64_t address) const;
  /// All of them by address, each at the beginning of its range.
  [[nodiscard]] std::vector<Owner> owners() const;

  struct Stray {
    std::uint64_t address = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
  };
  /// What nobody answered, by address. Addresses after the first kMaxStrays are only counted.
  /// An access counts as a stray, once, when not one of its bytes was answered.
  [[nodiscard]] std::vector<Stray> strays() const;
  /// How many accesses strays() has no room for.
  [[nodiscard]] std::uint64_t strays_left_out() const;

 private:
  struct Entry {
    GuestRange range;
    IoDevice* device = nullptr;
    std::uint64_t first_offset = 0;
  };

  /// One published Entry. Readers search the slots without a lock while a writer may be changing
  /// them: each field is an atomic, and generation_ tells a reader that it must look again (a
  /// sequence lock: odd while the slots change).
  struct Slot {
    std::atomic<std::uint64_t> start{0};
    std::atomic<std::uint64_t> size{0};
    std::atomic<IoDevice*> device{nullptr};
    std::atomic<std::uint64_t> first_offset{0};
  };

  /// The entry that holds address; device is null when there is none.
  [[nodiscard]] Entry find(std::uint64_t address) const;
  [[nodiscard]] Entry search_slots(std::uint64_t address) const;
  void publish();

  enum class Direction { kRead, kWrite };
  void record_stray(std::uint64_t address, Direction direction);
  void read_bytewise(std::uint64_t address, std::span<std::byte> data);
  void write_bytewise(std::uint64_t address, std::span<const std::byte> data);

  mutable std::mutex change_lock_;
  std::vector<Entry> entries_;  // Sorted by start; guarded by change_lock_.

  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::size_t> used_{0};
  std::array<Slot, kCapacity> slots_;

  mutable std::mutex stray_lock_;
  std::map<std::uint64_t, Stray> strays_;  // Guarded by stray_lock_, as is strays_left_out_.
  std::uint64_t strays_left_out_ = 0;
};

}  // namespace minivmm
