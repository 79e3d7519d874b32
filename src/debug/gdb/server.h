#pragma once
// Where a gdb connects to a machine: one client at a time, any number after each other.

#include <string>
#include <thread>

#include "debug/gdb/packets.h"
#include "debug/gdb/session.h"
#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "minivmm/debug_target.h"
#include "minivmm/machine_config.h"

namespace minivmm::debug::gdb {

/// The machine stands before its first instruction until a client lets it go on. A client that
/// comes while it runs stops it; one that detaches lets it run; one that vanishes or sends garbage
/// leaves it as it was, running or standing, without its breakpoints.
///
/// Ownership: owns a thread, which is the target's debugger thread from the constructor on, until
/// the machine has ended; the destructor waits for that.
/// Errors: the constructor throws HostError where it can't listen.
class Server {
 public:
  Server(DebugTarget& target, const GdbConfig& config, Session::Monitor monitor);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  enum class Ending { kClosed, kDetached, kKilled, kMachineEnded };

  void run();
  void debug();
  [[nodiscard]] bool accept_client();
  [[nodiscard]] Ending serve();
  void let_client_go();
  void send(const std::string& bytes);
  void run_free();
  DebugStop run_watched(const std::function<DebugStop()>& running);
  void watch_client();
  [[nodiscard]] bool machine_is_gone() const;

  DebugTarget& target_;
  const std::string path_;  // Of a UNIX socket, to be removed.
  UniqueFd listener_;
  UniqueFd client_;
  PacketReader reader_;
  Session session_;
  EventFd ran_;            // Ends the watch.
  bool vanished_ = false;  // The client, while the machine ran.
  std::string last_sent_;  // For a client that didn't understand.
  std::thread thread_;
};

}  // namespace minivmm::debug::gdb
