#pragma once
// The thread of one network card.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "devices/virtio/virtio_net.h"
#include "host/event_fd.h"
#include "machine/stop_control.h"
#include "minivmm/net_backend.h"

namespace minivmm {

/// Serves one card from start() to stop(). A host that fails under it ends the run.
///
/// Ownership: owns its thread; refers to the rest, which must outlive it.
/// Threads: start() and stop() from the thread that owns it.
class NetThread {
 public:
  struct Wiring {
    virtio::VirtioNet& card;
    std::mutex& lock;  ///< Of the card's PCI function.
    NetBackend& backend;
    StopControl& stop;
  };

  /// name: the thread's, as "net-0".
  NetThread(std::string name, const Wiring& wiring);
  ~NetThread() { stop(); }
  NetThread(const NetThread&) = delete;
  NetThread& operator=(const NetThread&) = delete;

  void start();
  void stop();

 private:
  const std::string name_;
  const Wiring wiring_;
  EventFd wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace minivmm
