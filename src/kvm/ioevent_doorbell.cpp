#include "kvm/ioevent_doorbell.h"

#include <sys/ioctl.h>

#include "host/log.h"
#include "host/system_error.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

int change(int vm_fd, int event_fd, GuestAddress address, std::uint32_t flags) {
  kvm_ioeventfd request{};
  request.addr = address.value;
  request.len = 0;  // A write of any width (KVM_CAP_IOEVENTFD_ANY_LENGTH).
  request.fd = event_fd;
  request.flags = flags;
  return ::ioctl(vm_fd, KVM_IOEVENTFD, &request);
}

}  // namespace

void IoEventDoorbell::bind(GuestAddress address) {
  if (kind_ == DoorbellKind::kByExit || address_ == address) return;
  unbind();
  if (change(vm_fd_, event_.fd(), address, 0) == 0) {
    address_ = address;
    return;
  }
  static log::RateLimit limit;
  if (limit.allow()) {
    log::warning("KVM refuses a doorbell at {:#x}: {}; the guest's writes there exit instead",
                 address.value, errno_text(errno));
  }
}

void IoEventDoorbell::unbind() {
  if (!address_) return;
  // It is there, so that this can't fail.
  (void)change(vm_fd_, event_.fd(), *address_, KVM_IOEVENTFD_FLAG_DEASSIGN);
  address_.reset();
}

}  // namespace minivmm::kvm
