#pragma once
// A viewer that does only what a test says, right or wrong.

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "backends/display/shared_frame.h"
#include "backends/display/view_protocol.h"
#include "host/unique_fd.h"

namespace minivmm::test {

/// Never waits: what has not come yet is nothing.
class TestViewer {
 public:
  TestViewer() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    socket_.reset(ends[0]);
    machines_end_.reset(ends[1]);
  }
  explicit TestViewer(UniqueFd socket) : socket_(std::move(socket)) {
    ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  }

  [[nodiscard]] UniqueFd take_machines_end() { return std::move(machines_end_); }
  void hang_up() { socket_.reset(); }

  template <typename Message>
  void say(const Message& message) {
    say_bytes(view::Packet(message).bytes());
  }
  void say_bytes(std::span<const std::byte> bytes) {
    (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// The next message, if it is one of this kind. A frame that comes along is kept.
  template <typename Message>
  std::optional<Message> hear() {
    const auto message = hear_any();
    const auto* wanted = message ? std::get_if<Message>(&*message) : nullptr;
    return wanted != nullptr ? std::optional(*wanted) : std::nullopt;
  }
  /// Hears an Update and says that it has seen it.
  std::optional<view::Update> see() {
    const auto update = hear<view::Update>();
    if (update) say(view::Seen{update->serial});
    return update;
  }
  [[nodiscard]] bool was_hung_up_on() {
    std::byte byte{};
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK) == 0;
  }
  [[nodiscard]] const std::optional<FrameView>& frame() const { return frame_; }
  [[nodiscard]] const UniqueFd& frame_file() const { return file_; }

 private:
  std::optional<view::FromMachine> hear_any() {
    std::array<std::byte, view::kLongestMessage> buffer;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
    if (got <= 0) return std::nullopt;
    auto message = view::parse_from_machine(std::span(buffer).first(static_cast<std::size_t>(got)));
    if (const cmsghdr* attached = CMSG_FIRSTHDR(&header)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(attached), sizeof fd);
      file_.reset(fd);
      if (const auto* update = message ? std::get_if<view::Update>(&*message) : nullptr)
        frame_ = FrameView::map(file_, {update->width, update->height});
    }
    return message;
  }

  UniqueFd socket_;
  UniqueFd machines_end_;
  UniqueFd file_;
  std::optional<FrameView> frame_;
};

}  // namespace minivmm::test
