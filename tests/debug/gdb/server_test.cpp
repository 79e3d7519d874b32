// Who connects to the gdb server, what garbage gets, and what is left of a client that vanishes.

#include "debug/gdb/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "debug/fake_debug_target.h"
#include "debug/gdb/packets.h"
#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "support/temp_folder.h"

namespace minivmm::debug::gdb {
namespace {

using Reason = DebugStop::Reason;

constexpr int kPatience = 30'000;  // In milliseconds, for what must come.

bool wait_for(int fd) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, kPatience) > 0;
}

/// Stands before its first instruction, then runs until somebody interrupts it.
class RunningTarget : public test::FakeDebugTarget {
 public:
  RunningTarget() { stops = {{.reason = Reason::kStarted}}; }

  DebugStop resume() override {
    ++resumes;
    running.signal();
    if (!wait_for(stopped.fd())) throw std::runtime_error("nobody stops the guest");
    stopped.consume();
    return {.reason = Reason::kInterrupted};
  }
  void interrupt() override { stopped.signal(); }

  [[nodiscard]] bool wait_until_it_runs() const {
    return wait_for(running.fd()) && running.consume();
  }

  std::atomic<unsigned> resumes = 0;

 private:
  EventFd running, stopped;
};

class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect: " + path);
  }

  void send(std::string_view bytes) const {
    (void)::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void say(std::string_view packet) const { send(frame(packet)); }
  /// What came until a whole packet has; its data.
  [[nodiscard]] std::string hear() {
    PacketReader reader;
    for (;;) {
      while (auto event = reader.next()) {
        if (event->kind == PacketReader::Event::Kind::kPacket) return event->data;
        if (event->kind == PacketReader::Event::Kind::kResend) return "-";
      }
      std::array<char, 512> bytes;
      if (!wait_for(fd_.get())) return "nothing";
      const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
      if (size <= 0) return "closed";
      reader.feed({bytes.data(), static_cast<std::size_t>(size)});
    }
  }
  [[nodiscard]] std::string ask(std::string_view packet) {
    say(packet);
    return hear();
  }

 private:
  UniqueFd fd_;
};

struct Room {
  Client connect() const { return Client(path); }
  /// A last client ends the machine, else the server would wait for it.
  ~Room() { connect().say("k"); }

  test::TempFolder folder;
  std::string path = folder.path("gdb");
  RunningTarget target;
  Server server{target, {.path = path}, {}};
};

}  // namespace

TEST_CASE("who sends no packets is sent away, and the guest stays where it is") {
  Room room;
  Client stranger = room.connect();
  stranger.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(stranger.hear() == "closed");
  CHECK(room.connect().ask("?") == "T05thread:1;");
  CHECK(room.target.resumes == 0);
}

TEST_CASE("a packet that never ends is no packet") {
  Room room;
  Client stranger = room.connect();
  stranger.send("$" + std::string(PacketReader::kLongest + 1, 'x'));
  CHECK(stranger.hear() == "closed");
  CHECK(room.connect().ask("qC") == "QC1");
}

TEST_CASE("a damaged packet is asked for again, and does nothing") {
  Room room;
  Client client = room.connect();
  client.send("$c#00");
  CHECK(client.hear() == "-");
  CHECK(client.ask("qC") == "QC1");
  CHECK(room.target.resumes == 0);
}

TEST_CASE("a client that vanishes from a standing guest leaves it standing, without breakpoints") {
  Room room;
  room.target.guest.put<std::uint8_t>(0x8100, 0x90);
  {
    Client client = room.connect();
    CHECK(client.ask("Z0,8100,1") == "OK");
    client.send("$m8100,");
  }
  CHECK(room.connect().ask("?") == "T05thread:1;");
  CHECK(room.target.guest.bytes[0x8100] == std::byte{0x90});
  CHECK(room.target.resumes == 0);
}

TEST_CASE("a client that vanishes from a running guest leaves it running, and the next stops it") {
  Room room;
  {
    const Client client = room.connect();
    client.say("c");
    REQUIRE(room.target.wait_until_it_runs());
  }
  REQUIRE(room.target.wait_until_it_runs());
  CHECK(room.connect().ask("?") == "T02thread:1;");
}

TEST_CASE("Ctrl-C stops the guest, what else comes meanwhile is garbage") {
  Room room;
  Client client = room.connect();
  client.say("c");
  REQUIRE(room.target.wait_until_it_runs());
  client.send("\x03");
  CHECK(client.hear() == "T02thread:1;");
  client.say("c");
  REQUIRE(room.target.wait_until_it_runs());
  client.send("?");
  CHECK(client.hear() == "closed");
  REQUIRE(room.target.wait_until_it_runs());
}

TEST_CASE("detach lets the guest run") {
  Room room;
  CHECK(room.connect().ask("D") == "OK");
  REQUIRE(room.target.wait_until_it_runs());
}

TEST_CASE("a client that comes while another is served waits for its turn") {
  Room room;
  std::optional<Client> first = room.connect();
  Client second = room.connect();
  second.say("qC");
  CHECK(first->ask("Hg2") == "OK");
  CHECK(first->ask("D") == "OK");
  first.reset();
  CHECK(second.hear() == "QC1");
}

}  // namespace minivmm::debug::gdb
