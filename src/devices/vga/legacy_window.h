#pragma once
// The window at 0xa0000: what of the video memory it shows, and when it does so without exits.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>

#include "devices/vga/dispi.h"
#include "devices/vga/page_set.h"
#include "devices/vga/planes.h"
#include "devices/vga/posting.h"
#include "devices/vga/registers.h"
#include "minivmm/io_device.h"
#include "minivmm/memory_window.h"

namespace minivmm::vga {

/// Where the legacy window is (IBM VGA: 0xa0000 to 0xbffff).
inline constexpr GuestRange kLegacyRange{{0xa0000}, 128ull << 10};

/// Answers what traps, and maps what needn't (docs/decisions/0013):
/// - linear: chain-4 and dispi's banks are the video memory's own bytes;
/// - text: characters and attributes alternate as the CPU sees them, in text memory of its own, for
///   as long as the window is mapped; they return to planes 0 and 1 when it ends.
/// Whatever needs the graphics controller traps.
///
/// Ownership: refers to everything. Threads: with the device's lock held.
class LegacyWindow final : public IoDevice {
 public:
  struct Wiring {
    const Registers& registers;
    const Dispi& dispi;
    std::span<std::byte> memory;  ///< The video memory, and text memory behind it.
    std::uint64_t vram = 0;       ///< The video memory's size.
    MemoryWindow& window;
    PageSet& written;  ///< Told of writes that trapped.
    Posting& posting;
    std::function<void()> changed;
  };

  LegacyWindow(std::mutex& device_lock, const Wiring& wiring)
      : IoDevice(device_lock), wiring_(wiring) {}

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;
  /// The same for a write that was posted.
  void write_posted(std::uint64_t offset, std::span<const std::byte> data);

  /// Whether the guest reaches memory here without exits.
  [[nodiscard]] bool mapped() const { return state_.mapped; }

  /// Ends what no longer holds. Maps nothing: the way to a mode leads through many others.
  void registers_changed();
  void reset();

  /// The planes at address as the CRTC fetches them, wherever the text is now. address is below
  /// the video memory's size / kPlanes.
  [[nodiscard]] PlaneWord fetch(std::uint64_t address) const;

 private:
  enum class Kind { kNobody, kTrapped, kLinear, kText };
  /// What the window shows: bytes [offset, offset + range.size) of memory, unless it traps.
  struct View {
    Kind kind = Kind::kNobody;
    GuestRange range{};
    std::uint64_t offset = 0;
    friend bool operator==(const View&, const View&) = default;
  };
  /// A byte of the window as the planes see it.
  struct Target {
    std::uint64_t address = 0;
    unsigned write_planes = 0;
    unsigned read_plane = 0;
  };

  [[nodiscard]] View wanted() const;
  [[nodiscard]] View wanted_by_dispi(const DispiMode& mode) const;
  [[nodiscard]] Target target(std::uint64_t offset) const;
  void count_access();
  void map();
  void unmap();
  [[nodiscard]] std::uint8_t read_byte(GuestAddress address);
  void write_byte(GuestAddress address, std::uint8_t value);

  // Wiring.
  const Wiring wiring_;

  // State.
  struct State {
    View view{};
    bool mapped = false;
    unsigned accesses = 0;  // That trapped and needn't have.
    PlaneWord latches = 0;
  } state_;
};

}  // namespace minivmm::vga
