#include "view/machine_link.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace minivmm::view {
namespace {

// The descriptor that came along, if one did.
UniqueFd attached_file(msghdr& message) {
  UniqueFd file;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    file.reset(fd);
  }
  return file;
}

}  // namespace

MachineLink::MachineLink(UniqueFd socket, std::function<void()> on_news)
    : socket_(std::move(socket)), on_news_(std::move(on_news)) {
  send(Hello{});
  thread_ = std::thread([this] { read(); });
}

MachineLink::~MachineLink() {
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
}

void MachineLink::read() {
  for (bool more = true; more;) {
    News news = receive();
    more = news.message.has_value();
    {
      const std::lock_guard guard(mutex_);
      news_.push_back(std::move(news));
    }
    on_news_();
  }
}

MachineLink::News MachineLink::receive() {
  std::array<std::byte, kLongestMessage> buffer;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return {};
  const UniqueFd file = attached_file(message);
  if ((message.msg_flags & MSG_TRUNC) != 0) return {};
  News news{.message = parse_from_machine(std::span(buffer).first(static_cast<std::size_t>(got)))};
  const auto* update = news.message ? std::get_if<Update>(&*news.message) : nullptr;
  if (update == nullptr || update->new_frame == 0 || update->width == 0) return news;
  news.frame = FrameView::map(file, {update->width, update->height});
  return news.frame ? std::move(news) : News{};
}

std::optional<MachineLink::News> MachineLink::take() {
  const std::lock_guard guard(mutex_);
  if (news_.empty()) return std::nullopt;
  News news = std::move(news_.front());
  news_.pop_front();
  return news;
}

void MachineLink::send_packet(const Packet& packet) {
  constexpr std::size_t kMostUnsent = 4096;
  if (unsent_.size() < kMostUnsent) unsent_.push_back(packet);
  while (!unsent_.empty()) {
    const auto bytes = unsent_.front().bytes();
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    unsent_.pop_front();
  }
}

}  // namespace minivmm::view
