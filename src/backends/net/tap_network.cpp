#include "backends/net/tap_network.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "backends/net/tap_device.h"
#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

// readv(2): UIO_MAXIOV. A frame of more pieces has no use for them.
constexpr std::size_t kMostPieces = 1024;

/// The header, the pieces, and perhaps one more.
class Vector {
 public:
  Vector(const NetHeader& header, FramePieces pieces) {
    add({reinterpret_cast<std::byte*>(const_cast<NetHeader*>(&header)), sizeof header});
    for (const std::span<std::byte> piece : pieces) add(piece);
  }
  void add(std::span<std::byte> piece) {
    if (count_ < all_.size()) all_[count_++] = {piece.data(), piece.size()};
  }
  [[nodiscard]] const iovec* data() const { return all_.data(); }
  [[nodiscard]] int count() const { return static_cast<int>(count_); }

 private:
  std::array<iovec, kMostPieces> all_;  // Not cleared: only what was added is looked at.
  std::size_t count_ = 0;
};

std::size_t size_of(FramePieces pieces) {
  std::size_t size = 0;
  for (const std::span<std::byte> piece : pieces.first(std::min(pieces.size(), kMostPieces - 2)))
    size += piece.size();
  return size;
}

}  // namespace

TapNetwork::TapNetwork(const NetConfig& config, unsigned queue_pairs) : name_(config.tap) {
  open_queues(queue_pairs);
  const TapState state = tap_state(name_);
  if (!state.up)
    log::warning("the tap '{}' is down, the guest reaches nobody: ip link set {} up", name_, name_);
  info_.queue_pairs = static_cast<unsigned>(queues_.size());
  info_.mtu = state.mtu;
  // The kernel does what is left of them for whoever can't, on the other side of the tap.
  info_.from_guest = {.checksum = true, .tso4 = true, .tso6 = true, .ecn = true, .ufo = true};
  info_.to_guest = info_.from_guest;
  if (config.vhost != VhostUse::kNo) open_vhost(config.vhost);
  begin();
}

void TapNetwork::open_vhost(VhostUse use) {
  VhostRings::Taps taps{.set_offloads = [this](const NetOffloads& all) { let_receive(all); }};
  for (const Queue& queue : queues_) taps.fds.push_back(queue.fd.get());
  try {
    vhost_.emplace(std::move(taps));
  } catch (const HostError& error) {
    if (use == VhostUse::kYes) throw;
    log::debug("the tap '{}' goes without vhost-net: {}", name_, error.what());
  }
}

void TapNetwork::open_queues(unsigned wanted) {
  const TapQueues kind = tap_queues(name_);
  const unsigned count = kind == TapQueues::kSeveral ? wanted : 1;
  for (unsigned i = 0; i < count; ++i) queues_.emplace_back().fd = open_tap(name_, kind);
}

void TapNetwork::begin() {
  polls_.forget();
  if (vhost_) vhost_->stop_all();
  set_queue_pairs(1);
  let_receive({});
  // What came for the machine before is not for this one.
  constexpr int kMostWaiting = 4096;
  for (Queue& queue : queues_) {
    queue.kept_size = 0;
    for (int i = 0; i < kMostWaiting; ++i) {
      if (!queue.attached || ::read(queue.fd.get(), queue.kept.data(), queue.kept.size()) <= 0)
        break;
    }
  }
}

void TapNetwork::let_receive(const NetOffloads& offloads) {
  unsigned flags = 0;
  if (offloads.checksum) flags |= TUN_F_CSUM;
  if (offloads.tso4) flags |= TUN_F_TSO4;
  if (offloads.tso6) flags |= TUN_F_TSO6;
  if (offloads.ecn && (offloads.tso4 || offloads.tso6)) flags |= TUN_F_TSO_ECN;
  if (offloads.ufo) flags |= TUN_F_UFO;
  if (::ioctl(queues_.front().fd.get(), TUNSETOFFLOAD, flags) == 0) return;
  // Kernels without one of them have none of UFO; what the rest saves is worth more.
  if (::ioctl(queues_.front().fd.get(), TUNSETOFFLOAD, flags & ~unsigned{TUN_F_UFO}) != 0)
    log::warning("the tap '{}' refuses offloads: {}", name_, errno_text(errno));
}

void TapNetwork::set_queue_pairs(unsigned pairs) {
  for (std::size_t i = 0; i < queues_.size(); ++i) attach(queues_[i], i < pairs);
}

void TapNetwork::attach(Queue& queue, bool attached) {
  if (queue.attached == attached) return;
  ifreq request{};
  request.ifr_flags = static_cast<short>(attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE);
  if (::ioctl(queue.fd.get(), TUNSETQUEUE, &request) == 0) {
    queue.attached = attached;
  } else {
    log::warning("the tap '{}' refuses a queue: {}", name_, errno_text(errno));
  }
}

bool TapNetwork::send(unsigned pair, const NetHeader& header, FramePieces frame) {
  const Vector vector(header, frame);
  const Queue& queue = queues_.at(pair);
  // A queue that the driver uses although it gave it up sends by the first.
  const int fd = queue.attached ? queue.fd.get() : queues_.front().fd.get();
  if (::writev(fd, vector.data(), vector.count()) >= 0) return true;
  // All else loses the frame: the interface is down, or the kernel doesn't like its header.
  return errno != EAGAIN;
}

std::size_t TapNetwork::receive(unsigned pair, NetHeader& header, FramePieces room) {
  Queue& queue = queues_.at(pair);
  if (queue.kept_size != 0) return give_kept(queue, header, room);
  if (!queue.attached) return 0;
  Vector vector(header, room.first(std::min(room.size(), kMostPieces - 2)));
  vector.add(queue.kept);
  const ssize_t got = ::readv(queue.fd.get(), vector.data(), vector.count());
  if (got < static_cast<ssize_t>(sizeof header + kMinFrame)) return 0;
  const std::size_t size = static_cast<std::size_t>(got) - sizeof header;
  return size <= size_of(room) ? size : keep(queue, header, room, size);
}

/// What is beyond room is in kept already; the beginning comes before it.
std::size_t TapNetwork::keep(Queue& queue, const NetHeader& header, FramePieces room,
                             std::size_t size) {
  const std::size_t front = size_of(room);
  if (size > queue.kept.size()) return 0;  // No network has such a frame.
  std::memmove(queue.kept.data() + front, queue.kept.data(), size - front);
  std::size_t at = 0;
  for (const std::span<std::byte> piece : room) {
    if (at == front) break;
    std::memcpy(queue.kept.data() + at, piece.data(), piece.size());
    at += piece.size();
  }
  queue.kept_header = header;
  queue.kept_size = size;
  return size;
}

std::size_t TapNetwork::give_kept(Queue& queue, NetHeader& header, FramePieces room) {
  std::size_t at = 0;
  if (size_of(room) < queue.kept_size) return queue.kept_size;
  for (const std::span<std::byte> piece : room) {
    const std::size_t bytes = std::min(piece.size(), queue.kept_size - at);
    std::memcpy(piece.data(), queue.kept.data() + at, bytes);
    at += bytes;
  }
  header = queue.kept_header;
  queue.kept_size = 0;
  return at;
}

void TapNetwork::turn(Wait wait, std::span<const Wants> wants) {
  // The host needs no help of ours to move frames.
  if (wait == Wait::kNo) return;
  polls_.start_over(wants);
  if (vhost_) polls_.add(vhost_->fault_fd(), POLLIN);
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    if (!queues_[i].attached || i >= wants.size()) continue;
    const int events = (wants[i].receive ? POLLIN : 0) | (wants[i].send ? POLLOUT : 0);
    if (events != 0) polls_.add(queues_[i].fd.get(), static_cast<short>(events));
  }
  polls_.wait(-1);
}

}  // namespace minivmm::net
