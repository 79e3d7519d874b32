#include "kvm/msi.h"

#include <atomic>
#include <optional>

#include "host/event_fd.h"
#include "host/log.h"
#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

class IrqFdVector final : public MsiVector {
 public:
  IrqFdVector(const Vm& vm, GsiRoutes& routes)
      : vm_fd_(vm.fd()), routes_(routes), event_(std::in_place), gsi_(routes.allocate()) {}
  IrqFdVector(const IrqFdVector&) = delete;
  IrqFdVector& operator=(const IrqFdVector&) = delete;

  ~IrqFdVector() override {
    // Closing the eventfd ends its irqfd, without the wait that KVM_IRQFD_FLAG_DEASSIGN has; only
    // then may the GSI serve another vector.
    event_.reset();
    routes_.release(gsi_);
  }

  void set_message(const MsiMessage& message) override {
    try {
      routes_.set_message(gsi_, message);
      if (!assigned_.load(std::memory_order_relaxed) && is_interrupt_message(message)) assign();
    } catch (const HostError& error) {
      static log::RateLimit limit;
      if (limit.allow()) log::warning("a device's interrupt is lost: {}", error.what());
    }
  }

  void signal() override {
    if (assigned_.load(std::memory_order_acquire)) event_->signal();
  }

  [[nodiscard]] int fd() const override {
    return assigned_.load(std::memory_order_acquire) ? event_->fd() : -1;
  }

 private:
  void assign() {
    kvm_irqfd irqfd{};
    irqfd.fd = static_cast<std::uint32_t>(event_->fd());
    irqfd.gsi = gsi_.value;
    checked_ioctl(vm_fd_, KVM_IRQFD, &irqfd, "KVM_IRQFD failed");
    assigned_.store(true, std::memory_order_release);
  }

  // Wiring.
  const int vm_fd_;
  GsiRoutes& routes_;
  std::optional<EventFd> event_;  // Always there, until the destructor.
  const Gsi gsi_;

  // State.
  std::atomic<bool> assigned_{false};
};

}  // namespace

std::unique_ptr<MsiVector> IrqFdVectors::allocate() {
  return std::make_unique<IrqFdVector>(vm_, routes_);
}

}  // namespace minivmm::kvm
