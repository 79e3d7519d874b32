#pragma once
// A doorbell by ioeventfd: the guest's write to an address signals an eventfd inside the kernel.

#include <optional>

#include "host/event_fd.h"
#include "kvm/vm.h"
#include "minivmm/doorbell.h"
#include "minivmm/guest_address.h"

namespace minivmm::kvm {

enum class DoorbellKind {
  kInKernel,  ///< KVM rings it.
  kByExit,    ///< Never bound: every write exits, so that a debugger sees it.
};

/// Ownership: refers to the Vm. Threads: as Doorbell says.
/// Errors: the constructor throws HostError. bind() never throws: a guest can put two BARs at the
/// same address, which KVM refuses; then the doorbell stays unbound, and the write reaches the
/// device by the bus, which must handle it all the same.
class IoEventDoorbell final : public Doorbell {
 public:
  explicit IoEventDoorbell(const Vm& vm, DoorbellKind kind = DoorbellKind::kInKernel)
      : vm_fd_(vm.fd()), kind_(kind) {}
  IoEventDoorbell(const IoEventDoorbell&) = delete;
  IoEventDoorbell& operator=(const IoEventDoorbell&) = delete;
  ~IoEventDoorbell() override { IoEventDoorbell::unbind(); }

  void bind(GuestAddress address) override;
  void unbind() override;
  void ring() override { event_.signal(); }
  [[nodiscard]] int fd() const override { return event_.fd(); }
  /// Whether KVM rings it, and where.
  [[nodiscard]] std::optional<GuestAddress> bound_to() const { return address_; }

 private:
  const int vm_fd_;
  const DoorbellKind kind_;
  EventFd event_;
  std::optional<GuestAddress> address_;
};

}  // namespace minivmm::kvm
