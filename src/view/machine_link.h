#pragma once
// The viewer's end of its socket.

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "backends/display/shared_frame.h"
#include "backends/display/view_protocol.h"
#include "host/unique_fd.h"

namespace minivmm::view {

/// Reads on a thread of its own; what came waits until it is taken.
///
/// Ownership: owns the socket and the thread. Threads: all functions from one, but on_news.
/// Errors: none; a machine that went away, or made no sense, is an empty message at the end.
class MachineLink {
 public:
  /// on_news: there is something to take(); called on the reading thread.
  MachineLink(UniqueFd socket, std::function<void()> on_news);
  ~MachineLink();
  MachineLink(const MachineLink&) = delete;
  MachineLink& operator=(const MachineLink&) = delete;

  struct News {
    std::optional<FromMachine> message{};  ///< nullopt: nothing comes any more.
    std::optional<FrameView> frame{};      ///< Of an Update with a new frame.
  };
  /// The oldest news, if there are any.
  [[nodiscard]] std::optional<News> take();

  /// Never blocks: while the machine doesn't read, it waits for the next call, and if the machine
  /// never does, it is dropped.
  template <typename Message>
  void send(const Message& message) {
    send_packet(Packet(message));
  }

 private:
  void read();
  [[nodiscard]] News receive();
  void send_packet(const Packet& packet);

  UniqueFd socket_;
  std::deque<Packet> unsent_;
  const std::function<void()> on_news_;
  std::mutex mutex_;
  std::deque<News> news_;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace minivmm::view
