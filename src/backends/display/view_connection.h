#pragma once
// One viewer at the other end of a socket, which may be anything: slow, gone, or hostile.

#include <functional>
#include <memory>
#include <optional>

#include "backends/display/view_protocol.h"
#include "host/unique_fd.h"
#include "minivmm/event_loop.h"

namespace minivmm::view {

/// Threads: the loop's alone. Nothing blocks.
/// Errors: none; whatever fails is the viewer's end (on_gone).
class Connection {
 public:
  struct Events {
    std::function<void(Connection&)> on_hello;
    std::function<void(Connection&)> on_seen;  ///< The last Update; it is ready() for another.
    std::function<void(Connection&, const FromViewer&)> on_input;
    /// It hung up, or said what can't be: the owner ends this object, from inside if it likes.
    std::function<void(Connection&)> on_gone;
  };

  /// socket: SOCK_SEQPACKET, non-blocking.
  Connection(EventLoop& loop, UniqueFd socket, Events events);

  /// Whether an Update may be sent.
  [[nodiscard]] bool ready() const { return greeted_ && !outstanding_; }

  void welcome(const Welcome& welcome) { send(Packet(welcome), -1); }
  /// Only when ready(); the update's number is set here. frame: -1, or what comes along.
  void send(Update update, int frame);
  /// A LiveSample that it asked for.
  void tell(const LiveSample& sample) { send(Packet(sample), -1); }
  /// At the beginning, and when an image has been opened.
  void tell(const Drive& drive) { send(Packet(drive), -1); }
  void say_bye(Parting why) { send(Packet(Bye{why}), -1); }

 private:
  void receive();
  void take(const FromViewer& message);
  void end();
  bool send(const Packet& packet, int fd);

  // Wiring.
  UniqueFd socket_;
  const Events events_;

  // State.
  bool greeted_ = false;
  bool outstanding_ = false;
  bool ended_ = false;
  std::uint32_t serial_ = 0;  // Of the Update that was sent last.

  std::unique_ptr<Subscription> watch_;  // Last: its callback uses the rest.
};

}  // namespace minivmm::view
