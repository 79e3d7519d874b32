#pragma once
// One PCI function: configuration space, BARs that a guest may move at any time, INTx, MSI-X.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/pci/config_space.h"
#include "devices/pci/msix.h"
#include "minivmm/guest_address.h"
#include "minivmm/irq_line.h"

namespace minivmm::pci {

enum class BarKind { kMmio32, kMmio64, kIo, kRom };
enum class Prefetchable { kNo, kYes };

/// A base address register as the machine sees it, to find places for all of them.
struct BarInfo {
  unsigned index = 0;  ///< 0 to 5; a kMmio64 takes index + 1 as well; a kRom is kRomBar.
  BarKind kind = BarKind::kMmio32;
  std::uint64_t size = 0;  ///< In bytes, a power of two; also its alignment.
  Prefetchable prefetchable = Prefetchable::kNo;
  std::optional<GuestAddress> mapped{};  ///< Where it answers now (an I/O BAR: the port).
};

/// The part of a PCI device that all devices have in common; a device derives from it, adds its
/// BARs and capabilities in its constructor, and overrides the hooks.
///
/// A BAR answers on its bus while COMMAND's decode bit (and an expansion ROM's own) is set and its
/// address makes sense: not 0, not wrapping, below 4 GiB for a 32-bit BAR and below 64 KiB for an
/// I/O BAR. An address over RAM
/// is harmless (KVM's memory slots come first, the BAR is never reached); one over another device's
/// range is not mapped: who came first keeps the place until the next write to this function's BARs
/// or COMMAND looks again.
///
/// Ownership: refers to the buses, the handlers and the INTx line; all must outlive it, except that
/// handlers and Msix may be members of the derived class.
/// Threads: every function with lock() held, except lock() itself and, before the vCPUs run, the
/// constructor's helpers. Handlers of BARs are IoDevices constructed with this lock().
class PciFunction {
 public:
  /// Null: the function needs none of it (no memory BAR, no I/O BAR, no INTx).
  struct Wiring {
    Bus* mmio = nullptr;
    Bus* ports = nullptr;
    IrqLine* intx = nullptr;
  };

  static constexpr unsigned kBars = 6;
  static constexpr unsigned kRomBar = kBars;  ///< The expansion ROM, as BarInfo and hooks count it.

  PciFunction(const Identity& identity, const Wiring& wiring);
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;
  /// Takes its BARs off the buses.
  virtual ~PciFunction();

  /// Guards everything of this function: configuration space, BARs' handlers, the device's state.
  [[nodiscard]] std::mutex& lock() const { return lock_; }

  /// A guest's access to configuration space: offset 0 to 4095, data of 1 to 8 bytes.
  void config_read(std::uint32_t offset, std::span<std::byte> data);
  void config_write(std::uint32_t offset, std::span<const std::byte> data);

  /// The BARs there are, by index.
  [[nodiscard]] std::vector<BarInfo> bars() const;
  /// What answers in the BARs and the expansion ROM, by index.
  [[nodiscard]] std::vector<IoDevice*> handlers() const;
  /// Writes an address into a BAR as firmware does before boot; COMMAND's decode bits stay as they
  /// are. address is aligned to the BAR's size.
  void assign_bar(unsigned index, GuestAddress address);

  /// Sets the header's multi-function bit (function 0 of a device that has others).
  void set_multifunction();

  /// RST#: power-on values, BARs unmapped, INTx released, MSI-X off. A derived class resets its own
  /// state and calls this.
  virtual void reset();

 protected:
  /// Adds a BAR whose accesses go to handler (with offsets from the BAR's start). size is a power
  /// of two: 16 bytes at least for memory, 4 to 256 for I/O (PCI 3.0, 6.2.5.1).
  void add_bar(unsigned index, BarKind kind, std::uint64_t size, IoDevice& handler,
               Prefetchable prefetchable = Prefetchable::kNo);

  /// Adds an expansion ROM, which the guest reads through handler and enables by its own bit (PCI
  /// 3.0, 6.2.5.2). size is a power of two, 2 KiB to 16 MiB. bar_mapped() is told of kRomBar, so
  /// that a device can put a window of memory there: reads then cost no exits.
  void add_rom(std::uint64_t size, IoDevice& handler);

  /// Adds MSI-X in a 32-bit memory BAR of its own, with its capability. From then on this class
  /// feeds Message Control to msix, resets it, and keeps INTx quiet while MSI-X is enabled.
  void add_msix(unsigned bar, Msix& msix);

  /// INTA#; sets the Interrupt Pin register. Without it set_intx() must not be called.
  void use_intx();
  /// The function's interrupt request as computed from the device's state: shown in STATUS, and
  /// driven on the wire unless COMMAND disables it or MSI-X is enabled (PCI 3.0, 6.2.3, 6.8.2.3).
  void set_intx(bool requested);

  /// For capabilities: define(), allow_writes(), add_capability(), get(), put().
  [[nodiscard]] ConfigSpace& config() { return config_; }
  [[nodiscard]] const ConfigSpace& config() const { return config_; }

  [[nodiscard]] bool bus_master() const;

  /// A BAR now answers at address (the port, for I/O), or no longer anywhere. Only called when that
  /// changed; a move is one call. Never called by the destructor.
  virtual void bar_mapped(unsigned /*index*/, std::optional<GuestAddress> /*address*/) {}

  /// A guest is about to read these bytes: put() what they should give.
  virtual void before_config_read(std::uint32_t /*offset*/, std::uint32_t /*bytes*/) {}
  /// A guest wrote these bytes; config() holds the new values, BARs and MSI-X are up to date.
  virtual void after_config_write(std::uint32_t /*offset*/, std::uint32_t /*bytes*/) {}

 private:
  struct Bar {
    BarKind kind = BarKind::kMmio32;
    Prefetchable prefetchable = Prefetchable::kNo;
    std::uint64_t size = 0;  // 0: there is none.
    IoDevice* handler = nullptr;
    std::optional<GuestAddress> mapped;
  };

  [[nodiscard]] Bus* bus_of(const Bar& bar) const;
  [[nodiscard]] std::uint64_t bar_address(unsigned index) const;
  /// Where the registers say that the BAR is, when that makes sense.
  [[nodiscard]] std::optional<GuestAddress> decoded(unsigned index) const;
  void update_mapping(unsigned index);
  void update_mappings();
  void update_msix();
  void update_irq();

  mutable std::mutex lock_;

  // Configuration: config_'s masks, and
  std::optional<std::uint32_t> msix_capability_;
  Msix* msix_ = nullptr;

  // Wiring.
  const Wiring wiring_;

  // State: config_'s values, where BARs are mapped, and the interrupt request.
  ConfigSpace config_;
  std::array<Bar, kBars + 1> bars_{};  // The last is the expansion ROM.
  bool intx_requested_ = false;
};

}  // namespace minivmm::pci
