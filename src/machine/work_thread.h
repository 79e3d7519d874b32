#pragma once
// A thread that serves one virtio device's queues: it sleeps until a doorbell rings.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "devices/virtio/virtio_pci.h"
#include "host/event_fd.h"
#include "kvm/ioevent_doorbell.h"
#include "kvm/vm.h"
#include "machine/stop_control.h"

namespace minivmm {

/// The doorbells of one function, which owns them; refers to the Vm.
class DoorbellSet {
 public:
  DoorbellSet(const kvm::Vm& vm, kvm::DoorbellKind kind) : vm_(vm), kind_(kind) {}

  /// For the function's constructor; the set must outlive that.
  [[nodiscard]] virtio::VirtioPci::DoorbellFactory factory();
  [[nodiscard]] const std::vector<int>& fds() const { return fds_; }

 private:
  const kvm::Vm& vm_;
  const kvm::DoorbellKind kind_;
  std::vector<int> fds_;
};

/// Calls work whenever a doorbell rang, for as long as it answers that there is more to do, and
/// once more before it ends: what the guest had asked for by then is done. work throws only where
/// the host fails; that ends the run.
///
/// Ownership: owns its thread; refers to the rest, which must outlive it.
/// Threads: start() and stop() from the thread that owns it; work runs on its own.
class WorkThread {
 public:
  /// name: the thread's, at most 15 characters.
  WorkThread(std::string name, const DoorbellSet& doorbells, StopControl& stop,
             std::function<bool()> work);
  ~WorkThread() { stop(); }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  void start();
  void stop();

 private:
  void run();
  void wait();

  const std::string name_;
  const DoorbellSet& doorbells_;
  StopControl& stop_control_;
  const std::function<bool()> work_;
  EventFd wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace minivmm
