#pragma once
// The I/O thread of one disk.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "devices/served_disk.h"
#include "host/event_fd.h"
#include "machine/stop_control.h"
#include "minivmm/block_backend.h"

namespace minivmm {

/// Serves one disk from start() to stop(). A host that fails under it ends the run.
///
/// Ownership: owns its thread; refers to the rest, which must outlive it.
/// Threads: start() and stop() from the thread that owns it.
class DiskThread {
 public:
  struct Wiring {
    ServedDisk& disk;
    std::mutex& lock;  ///< Of the disk's PCI function.
    BlockBackend& backend;
    StopControl& stop;
  };

  /// name: the thread's, as "disk-0".
  DiskThread(std::string name, const Wiring& wiring);
  ~DiskThread() { stop(); }
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  void start();
  /// Waits for what is in flight, makes the disk's writes stable, and joins.
  void stop();
  /// Ends its wait, so that it looks what there is to do. Threads: any; never blocks.
  void wake() const { wake_.signal(); }

 private:
  void run();
  void flush();

  const std::string name_;
  const Wiring wiring_;
  EventFd wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace minivmm
