// A serial line on pipes and files: no terminal, so bytes pass unchanged.

#include "backends/char/stdio_backend.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <thread>

#include "support/byte_log.h"
#include "support/loop_thread.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::ByteLog;
using test::bytes_of;
using test::LoopThread;

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
};

std::string read_text(int fd, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    char buffer[4096];
    const ssize_t got = ::read(fd, buffer, std::min(sizeof buffer, size - text.size()));
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

TEST_CASE("a pipe's bytes reach the guest unchanged, Ctrl-A too, and its end is just an end") {
  Pipe input;
  Pipe output;
  LoopThread thread;
  bool told = false;
  const CharEvents events{
      .on_quit = [&] { told = true; }, .on_hangup = [&] { told = true; }, .on_name = {}};
  StdioBackend backend(thread.loop(), events, input.reader.get(), output.writer.get());
  ByteLog got;
  backend.set_receiver([&](auto bytes) { return got.take(bytes); });
  REQUIRE(::write(input.writer.get(), "a\x01xb", 4) == 4);
  input.writer.reset();
  CHECK(got.wait_for(4) == "a\x01xb");
  thread.run([] {});
  thread.run([] {});
  CHECK_FALSE(told);
  backend.send(bytes_of("still there"));
  CHECK(read_text(output.reader.get(), 11) == "still there");
  thread.stop();
}

TEST_CASE("a regular file as input is read to its end") {
  const test::TempFolder folder;
  std::string content;
  for (int i = 0; i < 20000; ++i) content += static_cast<char>('a' + i % 26);
  const UniqueFd input(::open(folder.file("in", content).c_str(), O_RDONLY | O_CLOEXEC));
  const Pipe output;
  LoopThread thread;
  StdioBackend backend(thread.loop(), {}, input.get(), output.writer.get());
  ByteLog got;
  backend.set_receiver(
      [&](auto bytes) { return got.take(bytes.first(std::min<std::size_t>(bytes.size(), 4000))); });
  while (got.text().size() < content.size()) backend.resume();
  CHECK(got.text() == content);
  thread.stop();
}

TEST_CASE("a slow reader gets every byte") {
  Pipe input;
  Pipe output;
  LoopThread thread;
  StdioBackend backend(thread.loop(), {}, input.reader.get(), output.writer.get());
  const std::string all(1u << 20, 'x');
  std::string got;
  std::thread reader([&] { got = read_text(output.reader.get(), all.size()); });
  backend.send(bytes_of(all));
  reader.join();
  CHECK(got == all);
  thread.stop();
}

TEST_CASE("a reader that never reads holds the guest up only until the machine stops") {
  Pipe input;
  Pipe output;
  LoopThread thread;
  StdioBackend backend(thread.loop(), {}, input.reader.get(), output.writer.get());
  std::thread guest([&] { backend.send(bytes_of(std::string(1u << 20, 'x'))); });
  backend.stop_waiting();
  guest.join();
  backend.send(bytes_of("dropped"));
  thread.stop();
}

TEST_CASE("a socket as output waits for room as well, and is left blocking for others") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  Pipe input;
  LoopThread thread;
  StdioBackend backend(thread.loop(), {}, input.reader.get(), ours.get());
  const std::string all(1u << 20, 'x');
  std::string got;
  std::thread reader([&] { got = read_text(theirs.get(), all.size()); });
  backend.send(bytes_of(all));
  reader.join();
  CHECK(got == all);
  CHECK((::fcntl(ours.get(), F_GETFL) & O_NONBLOCK) == 0);
  thread.stop();
}

TEST_CASE("a regular file as output is written where the shell left off") {
  const test::TempFolder folder;
  const UniqueFd output(
      ::open(folder.file("out", "before ").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  Pipe input;
  EpollLoop loop;
  StdioBackend backend(loop, {}, input.reader.get(), output.get());
  backend.send(bytes_of("after"));
  CHECK(folder.content("out") == "before after");
}

TEST_CASE("a line that was begun is ended for who writes there next, one that has ended is not") {
  Pipe output;
  LoopThread thread;
  Pipe input;
  StdioBackend backend(thread.loop(), {}, input.reader.get(), output.writer.get());
  backend.end_line();
  backend.send(bytes_of("whole\n"));
  backend.end_line();
  backend.send(bytes_of("login: "));
  backend.end_line();
  backend.end_line();
  backend.send(bytes_of("x"));
  CHECK(read_text(output.reader.get(), 15) == "whole\nlogin: \nx");
}

TEST_CASE("output that nobody will read is dropped") {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe input;
  Pipe output;
  EpollLoop loop;
  StdioBackend backend(loop, {}, input.reader.get(), output.writer.get());
  output.reader.reset();
  backend.send(bytes_of("lost"));
  ::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("shared descriptions stay as the shell made them") {
  Pipe input;
  Pipe output;
  EpollLoop loop;
  const StdioBackend backend(loop, {}, input.reader.get(), output.writer.get());
  CHECK((::fcntl(input.reader.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK((::fcntl(output.writer.get(), F_GETFL) & O_NONBLOCK) == 0);
}

}  // namespace
}  // namespace minivmm
