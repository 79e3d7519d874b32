#pragma once
// Where viewers come to: one shows the screen at a time, the newest.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/display/view_connection.h"

namespace minivmm::view {

/// Threads: the loop's alone, or any while the loop doesn't run.
/// Errors: HostError from listen(); a viewer's are its own end.
class Server {
 public:
  struct Events {
    std::function<void()> on_viewer;  ///< A new one, which has seen nothing yet.
    std::function<void()> on_ready;   ///< The viewer can be told more.
    std::function<void(const FromViewer&)> on_input;
    std::function<void()> on_gone;  ///< Nobody looks any more.
  };

  Server(EventLoop& loop, std::string_view guest_name, Events events);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Makes a socket at path that lets the user's own processes in; it goes with this object.
  void listen(const std::string& path);
  /// A viewer that has the other end already.
  void adopt(UniqueFd socket);

  [[nodiscard]] bool has_viewer() const { return viewer_ != nullptr; }
  [[nodiscard]] bool ready() const { return viewer_ && viewer_->ready(); }
  /// Only when ready().
  void send(const Update& update, int frame) { viewer_->send(update, frame); }
  /// To the viewer, if there is one; it has asked.
  void tell(const LiveSample& sample) {
    if (viewer_) viewer_->tell(sample);
  }
  /// The same; it may not have asked.
  void tell(const Drive& drive) {
    if (viewer_) viewer_->tell(drive);
  }

 private:
  void accept();
  void take_over(Connection& connection);
  void gone(Connection& connection);

  EventLoop& loop_;
  const Welcome welcome_;
  const Events events_;
  std::string path_;
  UniqueFd listener_;
  std::vector<std::unique_ptr<Connection>> strangers_;  // They have not said Hello yet.
  std::unique_ptr<Connection> viewer_;
  std::unique_ptr<Subscription> listener_watch_;
};

}  // namespace minivmm::view
