#pragma once
// What makes a guest comfortable: the balloon, the virtio console, shared folders; each with the
// thread that serves it.

#include <memory>
#include <string>

#include "devices/pci/function.h"
#include "devices/virtio/virtio_9p.h"
#include "devices/virtio/virtio_balloon.h"
#include "devices/virtio/virtio_console.h"
#include "devices/virtio/virtio_pci.h"
#include "kvm/ioevent_doorbell.h"
#include "kvm/vm.h"
#include "machine/host_side.h"
#include "machine/stop_control.h"
#include "machine/work_thread.h"
#include "memory/ram.h"
#include "minivmm/balloon_control.h"
#include "minivmm/char_backend.h"
#include "minivmm/guest_memory.h"
#include "minivmm/irq_line.h"
#include "minivmm/machine_config.h"
#include "minivmm/message_server.h"

namespace minivmm {

/// Whether the machine has a balloon (MachineConfig::balloon).
[[nodiscard]] bool has_balloon(const MachineConfig& config);

/// How many PCI functions the configuration asks for here.
[[nodiscard]] std::size_t count_services(const MachineConfig& config);

/// Throws ConfigError for what can't be, as two users of the terminal.
void check_services(const MachineConfig& config);

/// What each of them is connected to; all outlive it.
struct ServiceWiring {
  const kvm::Vm& vm;
  const GuestMemory& memory;
  MsiVectorSource& msi;
  StopControl& stop;
  kvm::DoorbellKind doorbells = kvm::DoorbellKind::kInKernel;
};

/// Threads of each: the machine's, where nothing else is said. In each, a part refers to those
/// above it; the thread ends first.
class BalloonService final : public BalloonControl {
 public:
  BalloonService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                 const ServiceWiring& wiring, const Ram& ram);

  void set_target(std::uint64_t bytes) override;
  void ask_for_stats() override;
  [[nodiscard]] BalloonStatus status() const override;

  void start() { thread_.start(); }
  void stop() { thread_.stop(); }
  [[nodiscard]] virtio::VirtioPci& function() { return function_; }

 private:
  [[nodiscard]] bool serve();

  std::unique_ptr<IrqLine> line_;
  DoorbellSet doorbells_;
  virtio::VirtioBalloon device_;
  mutable virtio::VirtioPci function_;  // For its lock.
  WorkThread thread_;
};

class ConsoleService {
 public:
  /// where: what side.console() is.
  ConsoleService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                 const ServiceWiring& wiring, HostSide& side, CharKind where);
  /// Takes it off its line first, so that nothing arrives at a device that is gone.
  ~ConsoleService();

  void start();
  void stop() { thread_.stop(); }
  [[nodiscard]] virtio::VirtioPci& function() { return function_; }

 private:
  void look_at_size();

  HostSide& side_;
  const bool on_terminal_;
  std::unique_ptr<IrqLine> line_;
  DoorbellSet doorbells_;
  virtio::VirtioConsole device_;
  virtio::VirtioPci function_;
  WorkThread thread_;
};

class ShareService {
 public:
  ShareService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
               const ServiceWiring& wiring, MessageServer& server, const ShareConfig& config,
               std::size_t number);

  void start() { thread_.start(); }
  void stop() { thread_.stop(); }
  [[nodiscard]] virtio::VirtioPci& function() { return function_; }

 private:
  std::unique_ptr<IrqLine> line_;
  DoorbellSet doorbells_;
  virtio::Virtio9p device_;
  virtio::VirtioPci function_;
  WorkThread thread_;
};

}  // namespace minivmm
