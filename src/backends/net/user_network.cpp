#include "backends/net/user_network.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <slirp/libslirp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/net/checksum.h"
#include "backends/net/slirp_config.h"
#include "host/log.h"
#include "host/shared_library.h"
#include "host/system_error.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

// Frames that the guest has not taken yet: some 6 MiB of full ones. More are lost, as on a network
// whose switch is full, and TCP learns from that.
constexpr std::size_t kMostFrames = 4096;
constexpr std::size_t kMostSpareFrames = 256;

std::int64_t nanoseconds_now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}
std::int64_t milliseconds_now() {
  return nanoseconds_now() / 1'000'000;
}

// libslirp's words for poll(2)'s, and back.
constexpr std::array<std::pair<int, short>, 5> kPollWords{{{SLIRP_POLL_IN, POLLIN},
                                                           {SLIRP_POLL_OUT, POLLOUT},
                                                           {SLIRP_POLL_PRI, POLLPRI},
                                                           {SLIRP_POLL_ERR, POLLERR},
                                                           {SLIRP_POLL_HUP, POLLHUP}}};

short to_poll(int words) {
  int events = 0;
  for (const auto& [word, event] : kPollWords) events |= (words & word) != 0 ? event : 0;
  // Errors and hang-ups are told unasked.
  return static_cast<short>(events & (POLLIN | POLLOUT | POLLPRI));
}

int from_poll(short events) {
  int words = 0;
  for (const auto& [word, event] : kPollWords) words |= (events & event) != 0 ? word : 0;
  return words;
}

/// Whether a UDP port of this host is nobody's; errno otherwise.
bool is_free(in_addr host, std::uint16_t port) {
  const UniqueFd probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = host;
  return probe && ::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

/// Loaded once, and kept.
struct UserNetwork::Stack {
  SharedLibrary library{"libslirp.so.0"};
  decltype(&slirp_new) create = library.bind<decltype(&slirp_new)>("slirp_new");
  decltype(&slirp_cleanup) destroy = library.bind<decltype(&slirp_cleanup)>("slirp_cleanup");
  decltype(&slirp_input) input = library.bind<decltype(&slirp_input)>("slirp_input");
  decltype(&slirp_pollfds_fill) before_poll =
      library.bind<decltype(&slirp_pollfds_fill)>("slirp_pollfds_fill");
  decltype(&slirp_pollfds_poll) after_poll =
      library.bind<decltype(&slirp_pollfds_poll)>("slirp_pollfds_poll");
  decltype(&slirp_add_hostfwd) forward =
      library.bind<decltype(&slirp_add_hostfwd)>("slirp_add_hostfwd");

  [[nodiscard]] bool complete() const {
    return create != nullptr && destroy != nullptr && input != nullptr && before_poll != nullptr &&
           after_poll != nullptr && forward != nullptr;
  }
  static const Stack& get() {
    static const Stack stack;
    return stack;
  }
};

/// What libslirp calls, all on the thread that called it.
struct UserNetwork::Callbacks {
  static UserNetwork& network(void* opaque) { return *static_cast<UserNetwork*>(opaque); }

  static ssize_t send_packet(const void* bytes, size_t size, void* opaque) {
    network(opaque).arrived({static_cast<const std::byte*>(bytes), size});
    return static_cast<ssize_t>(size);
  }
  static void guest_error(const char* message, void* /*opaque*/) {
    static log::RateLimit limit;
    if (limit.allow()) log::info("user network: the guest's fault: {}", message);
  }
  static std::int64_t clock(void* /*opaque*/) { return nanoseconds_now(); }
  static void* new_timer(SlirpTimerCb call, void* argument, void* opaque) {
    return &network(opaque).timers_.emplace_back(Timer{.call = call, .argument = argument});
  }
  static void free_timer(void* timer, void* opaque) {
    network(opaque).timers_.remove_if([timer](const Timer& one) { return &one == timer; });
  }
  static void set_timer(void* timer, std::int64_t due, void* /*opaque*/) {
    static_cast<Timer*>(timer)->due = due;
  }
  // All sockets are asked for anew before each wait; and nobody else's thread is to be woken.
  static void ignore_fd(int /*fd*/, void* /*opaque*/) {}
  static void notify(void* /*opaque*/) {}

  static int add_poll(int fd, int words, void* opaque) {
    return static_cast<int>(network(opaque).polls_.add(fd, to_poll(words)));
  }
  static int polled(int index, void* opaque) {
    return index < 0 ? 0 : from_poll(network(opaque).polls_.ready(static_cast<std::size_t>(index)));
  }

  static const SlirpCb& table() {
    static const SlirpCb callbacks = [] {
      SlirpCb made{};
      made.send_packet = send_packet;
      made.guest_error = guest_error;
      made.clock_get_ns = clock;
      made.timer_new = new_timer;
      made.timer_free = free_timer;
      made.timer_mod = set_timer;
      made.register_poll_fd = ignore_fd;
      made.unregister_poll_fd = ignore_fd;
      made.notify = notify;
      return made;
    }();
    return callbacks;
  }
};

bool UserNetwork::available() {
  return Stack::get().complete();
}

UserNetwork::UserNetwork(const NetConfig& config) : stack_(Stack::get()) {
  if (!stack_.complete())
    throw HostError(
        "--net user needs libslirp.so.0, which is not installed: install the package libslirp0, or "
        "give --net none or --net tap=NAME");
  // A frame of many segments stays whole for libslirp: the guest's side saves the cutting, this
  // side the putting together.
  info_.from_guest = {.checksum = true, .tso4 = true, .tso6 = true, .ecn = true};
  // What libslirp sends has its checksums.
  info_.to_guest = {.checksum = true};
  if (config.mtu != 1500) info_.mtu = config.mtu;
  const SlirpConfig slirp = slirp_config(config);
  slirp_ = stack_.create(&slirp, &Callbacks::table(), this);
  if (slirp_ == nullptr) throw HostError("libslirp refuses to make a network: is it a newer one?");
  try {
    for (const ForwardConfig& one : config.forwards) forward(one);
  } catch (...) {
    stack_.destroy(slirp_);
    throw;
  }
}

UserNetwork::~UserNetwork() {
  stack_.destroy(slirp_);
}

void UserNetwork::forward(const ForwardConfig& forward) {
  in_addr host{};
  if (::inet_pton(AF_INET, forward.host_address.c_str(), &host) != 1)
    throw ConfigError(
        fmt::format("'{}' is not an IPv4 address to forward from: give one of this host's, as "
                    "127.0.0.1 or 0.0.0.0",
                    forward.host_address));
  errno = 0;
  // Two that both let others have a UDP port get it both, and one of them hears nothing.
  if ((!forward.udp || is_free(host, forward.host_port)) &&
      stack_.forward(slirp_, forward.udp ? 1 : 0, host, forward.host_port, in_addr{},
                     forward.guest_port) == 0)
    return;
  const int error = errno;
  const std::string what = fmt::format("cannot forward {} port {} of {} to the guest's port {}",
                                       forward.udp ? "UDP" : "TCP", forward.host_port,
                                       forward.host_address, forward.guest_port);
  if (error == EADDRINUSE)
    throw HostError(fmt::format("{}: another program has it (choose another: forward=PORT:{})",
                                what, forward.guest_port));
  throw system_error(
      what, error == EACCES ? "ports below 1024 are the system's: choose another" : "", error);
}

void UserNetwork::begin() {
  polls_.forget();
  frames_.clear();
  let_ = {};
}

bool UserNetwork::send(unsigned /*pair*/, const NetHeader& header, FramePieces frame) {
  // A copy, because the guest may change its bytes while libslirp looks at them.
  outgoing_.clear();
  for (const std::span<std::byte> piece : frame)
    outgoing_.insert(outgoing_.end(), piece.begin(), piece.end());
  finish_frame(header, outgoing_);
  stack_.input(slirp_, reinterpret_cast<const std::uint8_t*>(outgoing_.data()),
               static_cast<int>(outgoing_.size()));
  return true;
}

void UserNetwork::arrived(std::span<const std::byte> frame) {
  if (frames_.size() >= kMostFrames || frame.size() < kMinFrame || frame.size() > kMaxFrame) return;
  std::vector<std::byte> copy;
  if (!spare_frames_.empty()) {
    copy = std::move(spare_frames_.back());
    spare_frames_.pop_back();
  }
  copy.assign(frame.begin(), frame.end());
  frames_.push_back(std::move(copy));
}

std::size_t UserNetwork::receive(unsigned pair, NetHeader& header, FramePieces room) {
  if (pair != 0 || frames_.empty()) return 0;
  const std::span<const std::byte> frame = frames_.front();
  std::size_t done = 0;
  for (const std::span<std::byte> piece : room) {
    const std::size_t bytes = std::min(piece.size(), frame.size() - done);
    std::memcpy(piece.data(), frame.data() + done, bytes);
    done += bytes;
    if (done == frame.size()) break;
  }
  if (done < frame.size()) return frame.size();
  header = {};
  if (let_.checksum) header.flags = NetHeader::kDataValid;
  pop();
  return done;
}

void UserNetwork::drop(unsigned /*pair*/) {
  if (!frames_.empty()) pop();
}

void UserNetwork::pop() {
  if (spare_frames_.size() < kMostSpareFrames) spare_frames_.push_back(std::move(frames_.front()));
  frames_.pop_front();
}

std::int64_t UserNetwork::next_timer(std::int64_t now) const {
  std::int64_t next = std::numeric_limits<std::int32_t>::max();
  for (const Timer& timer : timers_) {
    if (timer.due >= 0) next = std::min(next, std::max<std::int64_t>(timer.due - now, 0));
  }
  return next;
}

void UserNetwork::run_timers() {
  const std::int64_t now = milliseconds_now();
  for (Timer& timer : timers_) {
    if (timer.due < 0 || timer.due > now) continue;
    timer.due = -1;
    timer.call(timer.argument);  // May set it again.
  }
}

void UserNetwork::turn(Wait wait, std::span<const Wants> wants) {
  polls_.start_over(wants);
  auto timeout = static_cast<std::uint32_t>(next_timer(milliseconds_now()));
  stack_.before_poll(slirp_, &timeout, Callbacks::add_poll, this);
  const bool waits = !frames_.empty() && !wants.empty() && wants.front().receive;
  polls_.wait(wait == Wait::kNo || waits ? 0
                                         : static_cast<int>(std::min<std::uint32_t>(
                                               timeout, std::numeric_limits<std::int32_t>::max())));
  stack_.after_poll(slirp_, 0, Callbacks::polled, this);
  run_timers();
}

}  // namespace minivmm::net
