#pragma once
// The graphics adapter as a PCI function: 1234:1111, Bochs's and QEMU's standard VGA.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/byte_device.h"
#include "devices/pci/function.h"
#include "devices/vga/dispi.h"
#include "devices/vga/edid.h"
#include "devices/vga/legacy_window.h"
#include "devices/vga/page_set.h"
#include "devices/vga/ports.h"
#include "devices/vga/posting.h"
#include "devices/vga/registers.h"
#include "devices/vga/screen.h"
#include "minivmm/clock.h"
#include "minivmm/memory_window.h"
#include "minivmm/posted_writes.h"
#include "minivmm/scanout.h"

namespace minivmm::vga {

/// Where a linear framebuffer is and what it looks like: 32 bits a pixel, 0x00RRGGBB.
struct Framebuffer {
  std::uint64_t offset = 0;  ///< In bytes from the start of BAR 0.
  PictureSize size{};
  std::uint32_t bytes_per_row = 0;
};

/// What follows QEMU's docs/specs/standard-vga:
/// - BAR 0: the video memory, 32 bit, prefetchable. BAR 2: 4 KiB of registers (EDID, the VGA ports,
///   Bochs's dispi registers, QEMU's own).
/// - the legacy ports 0x3b0-0x3bb, 0x3c0-0x3df and 0x1ce-0x1d1, and the window 0xa0000-0xbffff. As
///   with QEMU's, they answer whatever COMMAND says.
///
/// Ownership: refers to everything in Pins, all of which outlives it; takes itself off the buses.
/// Threads: as PciFunction; Scanout's functions with lock() held.
class VgaPci final : public pci::PciFunction, public Scanout {
 public:
  static constexpr std::uint64_t kMinVram = 1ull << 20;
  static constexpr std::uint64_t kMaxVram = 256ull << 20;
  /// Bytes behind the video memory that the guest sees through the window at 0xa0000 alone, in text
  /// modes (docs/decisions/0013).
  static constexpr std::uint64_t kTextMemory = 64ull << 10;
  /// The ports whose writes may be posted: none of them does anything but change what is seen.
  static constexpr GuestRange kPostedPorts{{0x3c0}, 0x20};

  struct Pins {
    Bus& mmio;
    Bus& ports;
    /// The video memory (kMinVram to kMaxVram, a power of two) and then kTextMemory more, zeroes.
    std::span<std::byte> memory;
    /// Both show parts of memory: BAR 0, and what 0xa0000-0xbffff shows without exits.
    MemoryWindow& framebuffer;
    MemoryWindow& legacy;
    const Clock& clock;
    /// The expansion ROM's image, up to 16 MiB; empty: none.
    std::span<const std::byte> rom{};
    /// The resolution that EDID prefers: 1 to 4095 each way.
    PictureSize preferred{};
    /// Writes to kLegacyRange and to kPostedPorts; null: all come as they are made.
    PostedWrites* posted = nullptr;
  };

  explicit VgaPci(const Pins& pins);
  ~VgaPci() override;

  /// Sets a linear mode of 32 bits a pixel and turns the screen on, as firmware does for a kernel
  /// that is booted without any. nullopt, and nothing is changed, when the video memory doesn't
  /// hold that many pixels or the size is below 8 x 1 or above 16000 x 12000.
  std::optional<Framebuffer> show_framebuffer(PictureSize size);

  void reset() override;

  /// Calls tell with everything of it that answers somewhere.
  void list(const std::function<void(const IoDevice&)>& tell) const;

  // Scanout.
  [[nodiscard]] PictureSize size() const override;
  [[nodiscard]] std::vector<RowRange> draw(const Picture& picture, Redraw redraw) override;
  [[nodiscard]] std::optional<TextScreen> text() const override;
  void when_changed(std::function<void()> changed) override;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_change_due() const override {
    return screen_.next_change_due();
  }

 protected:
  void bar_mapped(unsigned index, std::optional<GuestAddress> address) override;

 private:
  /// BAR 0 where the host could not map it: over RAM, or without KVM.
  class FramebufferBar final : public IoDevice {
   public:
    explicit FramebufferBar(VgaPci& vga) : IoDevice(vga.lock()), vga_(vga) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;

   private:
    VgaPci& vga_;
  };
  /// BAR 2.
  class RegisterBar final : public IoDevice {
   public:
    explicit RegisterBar(VgaPci& vga) : IoDevice(vga.lock()), vga_(vga) {}
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;

   private:
    [[nodiscard]] std::uint8_t read_byte(std::uint64_t offset);
    VgaPci& vga_;
  };
  /// The expansion ROM: the image, and zeroes up to the register's power of two.
  class RomBar final : public IoDevice {
   public:
    explicit RomBar(VgaPci& vga) : IoDevice(vga.lock()), vga_(vga) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t /*offset*/, std::span<const std::byte> /*data*/) override {}

   private:
    VgaPci& vga_;
  };
  /// The VGA's ports; offsets are port numbers.
  class VgaPorts final : public ByteDevice {
   public:
    explicit VgaPorts(VgaPci& vga) : ByteDevice(vga.lock()), vga_(vga) {}

    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    [[nodiscard]] std::vector<RegisterValue> registers() const override;

   protected:
    [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
    void write_register(std::uint64_t offset, std::uint8_t value) override;

   private:
    VgaPci& vga_;
  };
  /// 0x1ce: the index, 0x1cf and 0x1d0: the data, 16 bits each.
  class DispiPorts final : public IoDevice {
   public:
    explicit DispiPorts(VgaPci& vga) : IoDevice(vga.lock()), vga_(vga) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    [[nodiscard]] std::vector<RegisterValue> registers() const override;
    void reset() { index_ = 0; }

   private:
    VgaPci& vga_;
    std::uint16_t index_ = 0;
  };

  [[nodiscard]] std::span<std::byte> vram() const;
  [[nodiscard]] std::uint8_t read_port(std::uint64_t port);
  void write_port(std::uint64_t port, std::uint8_t value);
  void write_dispi(unsigned index, std::uint16_t value);
  void clear_picture();
  void registers_changed();
  void answer_posted(const PostedWrite& write);

  // Wiring.
  const Pins pins_;

  // Configuration.
  const Edid edid_;

  // State: the registers, what was written, and that of the parts below.
  Registers registers_{};
  Dispi dispi_;
  ByteOrder byte_order_ = ByteOrder::kLittle;
  PageSet written_;

  Ports vga_ports_;
  Posting posting_;
  LegacyWindow legacy_;
  Screen screen_;
  FramebufferBar framebuffer_bar_{*this};
  RegisterBar register_bar_{*this};
  RomBar rom_bar_{*this};
  VgaPorts port_device_{*this};
  DispiPorts dispi_ports_{*this};
};

}  // namespace minivmm::vga
