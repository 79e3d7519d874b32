#include "backends/display/view_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/log.h"

namespace minivmm::view {

Connection::Connection(EventLoop& loop, UniqueFd socket, Events events)
    : socket_(std::move(socket)), events_(std::move(events)) {
  watch_ = loop.watch_readable(socket_.get(), [this] { receive(); });
}

// One message a call: the loop comes back for more, after it has looked at everything else.
void Connection::receive() {
  std::array<std::byte, kLongestMessage> buffer;
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  // ECONNRESET: it left without reading all; what it said itself before still comes, then the end.
  if (got < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET)) return;
  if (got <= 0) return end();
  const auto size = static_cast<std::size_t>(got);
  const auto message =
      size <= buffer.size() ? parse_from_viewer(std::span(buffer).first(size)) : std::nullopt;
  // Silence before a Hello is nobody's mistake, another message is.
  if (!message || greeted_ == std::holds_alternative<Hello>(*message)) {
    log::warning("a viewer of the screen said what makes no sense: it is disconnected");
    return end();
  }
  take(*message);
}

void Connection::take(const FromViewer& message) {
  if (std::holds_alternative<Hello>(message)) {
    greeted_ = true;
    return events_.on_hello(*this);
  }
  if (const auto* seen = std::get_if<Seen>(&message)) {
    if (!outstanding_ || seen->serial != serial_) return;
    outstanding_ = false;
    return events_.on_seen(*this);
  }
  events_.on_input(*this, message);
}

void Connection::end() {
  if (std::exchange(ended_, true)) return;
  greeted_ = false;
  watch_.reset();
  events_.on_gone(*this);
}

void Connection::send(Update update, int frame) {
  update.serial = ++serial_;
  outstanding_ = true;
  // A socket that has no room for one message, or nobody behind it: receive() hears of its end.
  if (!send(Packet(update), frame)) log::debug("a viewer of the screen can't be told anything");
}

bool Connection::send(const Packet& packet, int fd) {
  iovec data{.iov_base = const_cast<std::byte*>(packet.bytes().data()),
             .iov_len = packet.bytes().size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof fd)> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace minivmm::view
