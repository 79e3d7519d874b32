#pragma once
// The PCI function that carries a virtio device: the modern interface (virtio 1.2, 4.1).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "devices/pci/function.h"
#include "devices/pci/msix.h"
#include "devices/virtio/virtio_device.h"
#include "devices/virtio/virtio_pci_layout.h"
#include "minivmm/doorbell.h"
#include "minivmm/guest_address.h"
#include "minivmm/io_device.h"
#include "minivmm/irq_line.h"

namespace minivmm::virtio {

/// BAR 0 (32-bit memory, 16 KiB) holds the common, ISR, device and notify structures; BAR 1 holds
/// MSI-X: vector count is one for each queue and one for configuration changes.
///
/// A queue's doorbell is bound to its notify address while the queue is enabled, DRIVER_OK is set
/// and BAR 0 is mapped. A notification that comes as an ordinary write rings it all the same.
///
/// A reset (device_status = 0) begins at once and ends when the device is idle(); until then
/// device_status reads as before, and writes are ignored (4.1.4.3.2: the driver waits for 0).
///
/// Ownership: refers to device and to the wiring, which must outlive it; owns its doorbells.
/// Threads: as PciFunction; interrupt_queue(), needs_reset() and config_changed() with lock() held.
class VirtioPci final : public pci::PciFunction, public Transport {
 public:
  /// Called once for each queue, from queue 0 on; may answer null (writes go to
  /// VirtioDevice::notify()). Where a thread waits for the doorbells, the factory is the place to
  /// hand their fds to it. Empty: no queue has a doorbell.
  using DoorbellFactory = std::function<std::unique_ptr<Doorbell>()>;

  VirtioPci(const Wiring& wiring, MsiVectorSource& msi, VirtioDevice& device,
            const DoorbellFactory& make_doorbell = {});

  /// RST#. When the device has requests in flight, the machine waits for idle() before it changes
  /// the guest's memory.
  void reset() override;

  void interrupt_queue(std::uint16_t queue) override;
  [[nodiscard]] int interrupt_fd(std::uint16_t queue) const override;
  void needs_reset(std::string_view reason) override;
  void config_changed() override;

 private:
  /// BAR 0's handler.
  class Registers final : public IoDevice {
   public:
    explicit Registers(VirtioPci& owner) : IoDevice(owner.lock()), owner_(owner) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override {
      owner_.read_registers(offset, data);
    }
    void write(std::uint64_t offset, std::span<const std::byte> data) override {
      owner_.write_registers(offset, data);
    }
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    [[nodiscard]] std::vector<RegisterValue> registers() const override;
    [[nodiscard]] std::vector<QueueView> queues() const override;

   private:
    VirtioPci& owner_;
  };

  struct QueueState {
    std::uint16_t size = 0;
    std::uint16_t vector = kNoVector;
    bool enabled = false;
    bool started = false;  // The device knows of it.
    std::uint64_t descriptors = 0;
    std::uint64_t driver = 0;
    std::uint64_t device = 0;
  };

  // Capabilities and their window (virtio_pci.cpp).
  std::uint32_t add_virtio_capability(CapType type, std::uint32_t offset, std::uint32_t length,
                                      std::optional<std::uint32_t> extra = std::nullopt);
  void add_capabilities();
  void bar_mapped(unsigned index, std::optional<GuestAddress> address) override;
  void before_config_read(std::uint32_t offset, std::uint32_t bytes) override;
  void after_config_write(std::uint32_t offset, std::uint32_t bytes) override;
  [[nodiscard]] bool touches_window(std::uint32_t offset, std::uint32_t bytes) const;
  /// What the window shows now; nullopt when the driver asked for something that isn't there.
  struct Target {
    IoDevice* handler = nullptr;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  [[nodiscard]] std::optional<Target> window_target();

  // The life of the device (virtio_pci.cpp).
  [[nodiscard]] std::uint64_t offered_features() const;
  [[nodiscard]] QueueConfig queue_config(std::uint16_t index) const;
  [[nodiscard]] bool driver_ok() const;
  void power_on();
  void begin_reset();
  void settle_reset();
  void start_queues();
  void ring(std::uint16_t queue);
  void update_doorbells();
  void signal_config_change();
  void tell_interrupts_moved();
  void update_irq() { set_intx(state_.isr != 0); }

  // What a driver reads and writes (virtio_pci_registers.cpp).
  void read_registers(std::uint64_t offset, std::span<std::byte> data);
  void write_registers(std::uint64_t offset, std::span<const std::byte> data);
  [[nodiscard]] CommonConfig common() const;
  void read_isr(std::uint64_t offset, std::span<std::byte> data);
  void write_common(std::uint64_t offset, std::size_t width, std::uint64_t value);
  void write_queue(std::uint64_t offset, std::size_t width, std::uint64_t value);
  void write_status(std::uint8_t value);
  void write_driver_features(std::uint32_t value);
  void write_notify(std::uint64_t offset);
  [[nodiscard]] std::uint16_t usable_vector(std::uint64_t value) const;
  [[nodiscard]] QueueState* selected();
  [[nodiscard]] const QueueState* selected() const;

  // Configuration.
  std::uint32_t window_capability_ = 0;

  // Wiring.
  VirtioDevice& device_;
  Registers registers_;
  pci::Msix msix_;
  std::vector<std::unique_ptr<Doorbell>> doorbells_;         // One a queue; may be null.
  std::vector<std::optional<GuestAddress>> bound_;           // Where each doorbell is bound.
  std::optional<GuestAddress> registers_at_ = std::nullopt;  // BAR 0.

  // State.
  struct State {
    std::uint32_t device_feature_select = 0;
    std::uint32_t driver_feature_select = 0;
    std::uint64_t driver_features = 0;
    std::uint16_t config_vector = kNoVector;
    std::uint8_t status = 0;
    std::uint16_t queue_select = 0;
    std::uint8_t isr = 0;
    std::uint8_t config_generation = 0;
    bool resetting = false;
    std::vector<QueueState> queues{};
  } state_;
};

}  // namespace minivmm::virtio
