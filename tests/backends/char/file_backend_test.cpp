#include "backends/char/file_backend.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "backends/char/make_char_backend.h"
#include "backends/char/stderr_backend.h"
#include "host/epoll_loop.h"
#include "host/log.h"
#include "minivmm/error.h"
#include "support/byte_log.h"
#include "support/temp_folder.h"
#include "support/terminal_pair.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::bytes_of;

TEST_CASE("a file gets what the guest says, in place of what it held") {
  const test::TempFolder folder;
  folder.file("log", "from the last time, and longer");
  EpollLoop loop;
  const auto backend = make_char_backend({CharKind::kFile, folder.path("log")}, loop, {});
  backend->send(bytes_of("hello "));
  backend->send(bytes_of("guest"));
  CHECK(folder.content("log") == "hello guest");
}

TEST_CASE("a file that can't be written is named with the reason and a remedy") {
  const test::TempFolder folder;
  CHECK_THROWS_AS(FileBackend(folder.path("")), ConfigError);
  CHECK_THROWS_WITH(FileBackend(folder.path("absent/log")),
                    Contains("absent/log") && Contains("make its folder first"));
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(FileBackend(folder.path("pipe")), Contains("start the reader first"));
}

TEST_CASE("output for a full disk is dropped, and the guest goes on") {
  log::set_level(log::Level::kOff);
  FileBackend backend("/dev/full");
  backend.send(bytes_of("lost"));
  backend.send(bytes_of("lost as well"));
  log::set_level(log::Level::kWarning);
}

TEST_CASE("a line that ends nowhere takes everything") {
  EpollLoop loop;
  const auto backend = make_char_backend({}, loop, {});
  backend->send(bytes_of("nobody hears"));
  backend->set_receiver([](std::span<const std::byte> bytes) { return bytes.size(); });
  backend->resume();
}

TEST_CASE("debug output goes out line by line, with a CR where a raw terminal needs one") {
  const test::TerminalPair terminal;
  termios raw = terminal.settings();
  ::cfmakeraw(&raw);
  ::tcsetattr(terminal.program.get(), TCSANOW, &raw);
  StderrBackend backend(terminal.program.get());
  backend.send(bytes_of("SeaBIOS\nwith CR\r\n"));
  CHECK(terminal.read_window(18) == "SeaBIOS\r\nwith CR\r\n");
}

TEST_CASE("debug output to a file is what the guest wrote, its last unfinished line too") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  {
    StderrBackend backend(writer.get());
    backend.send(bytes_of("one\ntwo"));
  }
  char buffer[16]{};
  REQUIRE(::read(reader.get(), buffer, sizeof buffer) == 7);
  CHECK(std::string(buffer) == "one\ntwo");
}

}  // namespace
}  // namespace minivmm
