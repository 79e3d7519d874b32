#include "kvm/wire.h"

#include <sys/ioctl.h>

#include "host/log.h"
#include "host/system_error.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {

Wire::Wire(const Vm& vm, Gsi gsi) : vm_fd_(vm.fd()), gsi_(gsi) {}

void Wire::set(bool asserted) {
  // The lock covers the ioctl, so that two threads' levels reach KVM in the order of asserted_.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (asserted == asserted_) return;
  asserted_ = asserted;
  kvm_irq_level level{};
  level.irq = gsi_.value;
  level.level = asserted ? 1 : 0;
  if (::ioctl(vm_fd_, KVM_IRQ_LINE, &level) < 0) {
    static log::RateLimit limit;
    if (limit.allow()) {
      log::warning("KVM refuses to drive interrupt {}: {}", gsi_.value, errno_text(errno));
    }
  }
}

}  // namespace minivmm::kvm
