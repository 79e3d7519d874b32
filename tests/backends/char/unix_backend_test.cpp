#include "backends/char/unix_backend.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "minivmm/error.h"
#include "support/byte_log.h"
#include "support/loop_thread.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::bytes_of;
using test::LoopThread;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd connect_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fd.reset();
  return fd;
}

std::string read_text(int fd, std::size_t size) {
  std::string text(size, '\0');
  const ssize_t got = ::recv(fd, text.data(), size, MSG_WAITALL);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

TEST_CASE("a client talks with the guest, the next one after it too") {
  const test::TempFolder folder;
  LoopThread thread;
  auto backend = std::make_unique<UnixBackend>(thread.loop(), folder.path("serial"));
  test::ByteLog got;
  backend->set_receiver([&](auto bytes) { return got.take(bytes); });
  for (std::size_t i = 1; i <= 3; ++i) {
    const UniqueFd client = connect_to(folder.path("serial"));
    REQUIRE(client);
    REQUIRE(::write(client.get(), "in", 2) == 2);
    got.wait_for(2 * i);
    backend->send(bytes_of("out"));
    CHECK(read_text(client.get(), 3) == "out");
  }
  thread.stop();
}

TEST_CASE("what the guest said before a client came is kept, the last 64 KiB") {
  const test::TempFolder folder;
  LoopThread thread;
  UnixBackend backend(thread.loop(), folder.path("serial"));
  backend.send(bytes_of("lost"));
  backend.send(bytes_of(std::string(OutputBuffer::kCapacity - 4, 'x')));
  backend.send(bytes_of("kept"));
  const UniqueFd client = connect_to(folder.path("serial"));
  const std::string text = read_text(client.get(), OutputBuffer::kCapacity);
  CHECK(text.size() == OutputBuffer::kCapacity);
  CHECK(text.starts_with("xxxx"));
  CHECK(text.ends_with("kept"));
  thread.stop();
}

TEST_CASE("a client that doesn't read never stops the guest, and gets the rest when it does") {
  const test::TempFolder folder;
  LoopThread thread;
  UnixBackend backend(thread.loop(), folder.path("serial"));
  const UniqueFd client = connect_to(folder.path("serial"));
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 64; ++i) backend.send(bytes_of(block));
  backend.send(bytes_of("!"));
  std::string text;
  while (!text.ends_with('!')) {
    const std::string more = read_text(client.get(), 1);
    REQUIRE(more.size() == 1);
    text += more;
  }
  CHECK(text.size() <= 64 * block.size() + 1);
  thread.stop();
}

TEST_CASE("input stops at the socket while the guest takes nothing, and none is lost") {
  const test::TempFolder folder;
  LoopThread thread;
  UnixBackend backend(thread.loop(), folder.path("serial"));
  std::mutex mutex;
  std::string got;
  std::size_t room = 0;
  backend.set_receiver([&](std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    const auto taken = bytes.first(std::min(room, bytes.size()));
    got.append(reinterpret_cast<const char*>(taken.data()), taken.size());
    room -= taken.size();
    return taken.size();
  });
  std::string sent;
  for (int i = 0; i < 20000; ++i) sent += static_cast<char>('a' + i % 26);
  const UniqueFd client = connect_to(folder.path("serial"));
  REQUIRE(::write(client.get(), sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
  for (bool all = false; !all;) {
    {
      const std::lock_guard lock(mutex);
      room = 100;
      all = got.size() == sent.size();
    }
    backend.resume();
    std::this_thread::yield();
  }
  CHECK(got == sent);
  thread.stop();
}

TEST_CASE("the socket is gone at the end") {
  const test::TempFolder folder;
  EpollLoop loop;
  {
    const UnixBackend backend(loop, folder.path("serial"));
    CHECK(std::filesystem::exists(folder.path("serial")));
  }
  CHECK_FALSE(std::filesystem::exists(folder.path("serial")));
}

TEST_CASE("a socket that a dead program left is replaced, a living one's is refused") {
  const test::TempFolder folder;
  const std::string path = folder.path("serial");
  EpollLoop loop;
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    REQUIRE(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  const UnixBackend living(loop, path);
  CHECK_THROWS_WITH(UnixBackend(loop, path), Contains("another program listens there"));
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a path that can't be a socket is refused, and what is there stays") {
  const test::TempFolder folder;
  EpollLoop loop;
  const std::string file = folder.file("precious", "data");
  CHECK_THROWS_WITH(UnixBackend(loop, file), Contains("is no socket"));
  CHECK(folder.content("precious") == "data");
  CHECK_THROWS_WITH(UnixBackend(loop, folder.path(std::string(200, 'a'))),
                    Contains("1 to 107 characters"));
  CHECK_THROWS_WITH(UnixBackend(loop, ""), Contains("1 to 107 characters"));
  CHECK_THROWS_WITH(UnixBackend(loop, folder.path("absent/serial")), Contains("No such file"));
  CHECK_THROWS_AS(UnixBackend(loop, file), ConfigError);
}

}  // namespace
}  // namespace minivmm
