#pragma once
// A device whose disk's work is done by a thread that the machine owns.

#include <mutex>

#include "minivmm/block_backend.h"

namespace minivmm {

/// The thread runs
///
///   while (!stop) disk.serve(function.lock(), BlockBackend::Wait::kYes);
///   disk.drain(function.lock());
///
/// Threads: both on that thread, without the lock, which is that of the device's function.
class ServedDisk {
 public:
  virtual ~ServedDisk() = default;

  /// One turn. With Wait::kYes it blocks while there is nothing to do, until an eventfd that the
  /// backend watches is signalled.
  virtual void serve(std::mutex& lock, BlockBackend::Wait wait) = 0;

  /// Waits until all that was taken from the guest is answered; takes nothing more.
  virtual void drain(std::mutex& lock) = 0;
};

}  // namespace minivmm
