#pragma once
// MSI-X of one PCI function: the vector table and the pending bits (PCI 3.0, 6.8.2).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "minivmm/io_device.h"
#include "minivmm/irq_line.h"

namespace minivmm::pci {

/// The contents of the memory BAR that holds table and pending bit array: the table from offset 0,
/// the pending bits from pba_offset(). PciFunction::add_msix() adds the BAR and the capability.
///
/// A vector is allocated when it can fire for the first time (MSI-X enabled, function and vector
/// unmasked), so that what a guest doesn't use costs nothing. When the host refuses, the vector
/// stays silent, the log says so, and the next unmasking tries again.
///
/// Threads: every function with the function's lock held, from any thread.
class Msix final : public IoDevice {
 public:
  static constexpr unsigned kMaxVectors = 2048;  // Table Size has 11 bits.

  /// function_lock is the lock of the function it belongs to; vectors is 1 to kMaxVectors.
  Msix(std::mutex& function_lock, unsigned vectors, MsiVectorSource& source);

  [[nodiscard]] unsigned vectors() const { return static_cast<unsigned>(state_.entries.size()); }
  /// Of the BAR, in bytes: a power of two, at least a page.
  [[nodiscard]] std::uint64_t region_size() const { return region_size_; }
  [[nodiscard]] std::uint64_t pba_offset() const { return region_size_ / 2; }

  /// Whether interrupts go by MSI-X now; if not, signal() is lost and the function uses INTx.
  [[nodiscard]] bool enabled() const { return state_.enabled; }

  /// Sends vector's message, or remembers it as pending while the vector or the function is masked.
  /// A vector that doesn't exist (virtio's NO_VECTOR, say) is ignored.
  void signal(unsigned vector);

  /// An eventfd that does what signal(vector) would do now; -1: there is none at the moment.
  [[nodiscard]] int fd(unsigned vector) const;
  /// Called whenever the guest may have changed what fd() answers, with the function's lock held.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  /// Message Control's bits 15 and 14 as the guest wrote them; called by PciFunction.
  void set_control(bool enable, bool function_mask);

  /// Power-on: everything masked, nothing pending, disabled. Vectors go back to their source.
  void reset();

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;

 private:
  static constexpr std::uint64_t kEntrySize = 16;

  /// One table entry (PCI 3.0, 6.8.2.6 to 6.8.2.9), and whether its pending bit is set.
  struct Entry {
    std::uint32_t address_low = 0;
    std::uint32_t address_high = 0;
    std::uint32_t data = 0;
    std::uint32_t control = 1;  // Bit 0: masked.
    bool pending = false;
  };

  [[nodiscard]] std::uint8_t read_byte(std::uint64_t offset) const;
  void write_byte(std::uint64_t offset, std::uint8_t value);
  [[nodiscard]] bool can_fire(unsigned vector) const;
  /// Brings the vector's message up to date and sends what became possible to send.
  void update(unsigned vector);

  /// A vector's way out, and what it was last told.
  struct Route {
    std::unique_ptr<MsiVector> vector;
    MsiMessage message;
  };
  [[nodiscard]] bool program(unsigned vector);

  // Configuration.
  const std::uint64_t region_size_;

  // Wiring.
  MsiVectorSource& source_;
  std::vector<Route> routes_;
  std::function<void()> changed_ = [] {};

  // State.
  struct State {
    bool enabled = false;
    bool function_mask = false;
    std::vector<Entry> entries;
  } state_;
};

}  // namespace minivmm::pci
