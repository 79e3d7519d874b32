#pragma once
// Doorbells: guest writes that wake a thread without an exit to user space.

#include "minivmm/guest_address.h"

namespace minivmm {

/// One doorbell: an eventfd that becomes readable when the guest writes to the bound address.
class Doorbell {
 public:
  virtual ~Doorbell() = default;
  /// From now on a guest's write of any width to address rings. Rebinds when already bound.
  /// Threads: with the device's lock held.
  virtual void bind(GuestAddress address) = 0;
  /// A guest's write reaches the device as an ordinary access again.
  virtual void unbind() = 0;
  /// Rings from the VMM's side. Threads: any; never blocks.
  virtual void ring() = 0;
  /// The eventfd, for whoever waits on it; owned by the Doorbell.
  [[nodiscard]] virtual int fd() const = 0;
};

}  // namespace minivmm
