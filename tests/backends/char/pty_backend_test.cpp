#include "backends/char/pty_backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "backends/char/make_char_backend.h"
#include "support/byte_log.h"
#include "support/loop_thread.h"
#include "support/terminal_pair.h"

namespace minivmm {
namespace {

using test::bytes_of;
using test::LoopThread;

UniqueFd attach(const std::string& name) {
  return UniqueFd(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

std::string read_text(int fd, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t more = ::read(fd, text.data() + got, size - got);
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  text.resize(got);
  return text;
}

TEST_CASE("the user is told a terminal's name, and bytes pass it unchanged both ways") {
  LoopThread thread;
  std::string name;
  const auto backend =
      make_char_backend({CharKind::kPty, {}}, thread.loop(),
                        {.on_quit = {}, .on_hangup = {}, .on_name = [&](auto& n) { name = n; }});
  test::ByteLog got;
  backend->set_receiver([&](auto bytes) { return got.take(bytes); });
  REQUIRE(name.starts_with("/dev/pts/"));
  const UniqueFd user = attach(name);
  REQUIRE(user);

  backend->send(bytes_of("line\nand\x04 more\r\n"));
  CHECK(read_text(user.get(), 16) == "line\nand\x04 more\r\n");
  REQUIRE(::write(user.get(), "keys\r\x03", 6) == 6);
  CHECK(got.wait_for(6) == "keys\r\x03");
  thread.stop();
}

TEST_CASE("a user who comes later sees the last of what was said, the guest never waits") {
  LoopThread thread;
  const auto backend = std::make_unique<PtyBackend>(thread.loop());
  const std::string line(1000, 'x');
  for (int i = 0; i < 200; ++i) backend->send(bytes_of(line));  // Nobody reads.
  backend->send(bytes_of("the end"));
  const UniqueFd user = attach(backend->name());
  std::string text;
  while (!text.ends_with("the end")) text += read_text(user.get(), 1);
  CHECK(text.size() >= OutputBuffer::kCapacity);
  CHECK(text.size() < 200 * line.size());
  thread.stop();
}

TEST_CASE("users come and go") {
  LoopThread thread;
  const auto backend = std::make_unique<PtyBackend>(thread.loop());
  test::ByteLog got;
  backend->set_receiver([&](auto bytes) { return got.take(bytes); });
  for (std::size_t i = 1; i <= 3; ++i) {
    const UniqueFd user = attach(backend->name());
    REQUIRE(::write(user.get(), "k", 1) == 1);
    got.wait_for(i);
    backend->send(bytes_of("echo"));
    CHECK(read_text(user.get(), 4) == "echo");
  }
  thread.stop();
}

}  // namespace
}  // namespace minivmm
