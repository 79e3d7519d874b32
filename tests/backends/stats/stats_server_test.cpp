// What goes over the statistics' socket, and who is heard there.

#include "backends/stats/stats_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "backends/display/view_sockets.h"
#include "backends/stats/sample_protocol.h"
#include "support/live_samples.h"
#include "support/step_loop.h"
#include "support/temp_folder.h"

namespace minivmm::stats {
namespace {

using test::make_sample;

template <typename Message>
std::span<const std::byte> bytes_of(const Message& message) {
  return std::as_bytes(std::span(&message, 1));
}

// "minivmm top", or whoever else has found the socket.
class TestLooker {
 public:
  TestLooker() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    socket_.reset(ends[0]);
    machines_end_.reset(ends[1]);
  }
  explicit TestLooker(UniqueFd socket) : socket_(std::move(socket)) {
    ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  }
  [[nodiscard]] UniqueFd take_machines_end() { return std::move(machines_end_); }
  void say(std::span<const std::byte> bytes) {
    (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void ask() { say(bytes_of(Ask{})); }
  [[nodiscard]] std::optional<LiveSample> hear() {
    std::array<std::byte, sizeof(Answer)> buffer;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return std::nullopt;
    return parse_answer(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
  [[nodiscard]] bool was_hung_up_on() {
    std::byte byte{};
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK) == 0;
  }
  void hang_up() { socket_.reset(); }

 private:
  UniqueFd socket_;
  UniqueFd machines_end_;
};

struct House {
  void let_in(TestLooker& looker) {
    server.adopt(looker.take_machines_end());
    loop.run_ready();
  }
  void ask(TestLooker& looker) {
    looker.ask();
    loop.run_ready();
  }
  int questions = 0;
  test::StepLoop loop;
  StatsServer server{loop, [this] { ++questions; }};
};

TEST_CASE("a looker is told once for each question, however often it asked") {
  House house;
  TestLooker looker;
  house.let_in(looker);
  house.server.answer(make_sample());
  CHECK_FALSE(looker.hear());
  house.ask(looker);
  house.ask(looker);
  CHECK(house.questions == 1);
  house.server.answer(make_sample());
  house.server.answer(make_sample());
  const auto sample = looker.hear();
  REQUIRE(sample);
  CHECK(sample->exits == 1000);
  CHECK(text_of(sample->devices[2].name) == "device2");
  CHECK_FALSE(looker.hear());
}

TEST_CASE("several look at the same time") {
  House house;
  TestLooker one;
  TestLooker other;
  house.let_in(one);
  house.let_in(other);
  house.ask(one);
  house.ask(other);
  house.server.answer(make_sample());
  CHECK(one.hear());
  CHECK(other.hear());
}

TEST_CASE("who says what makes no sense is hung up on, and nobody else") {
  House house;
  TestLooker good;
  house.let_in(good);
  house.ask(good);
  const std::vector<std::byte> garbage(GENERATE(1u, 4u, 5u, 4000u), std::byte{0x41});
  TestLooker hostile;
  house.let_in(hostile);
  hostile.say(garbage);
  house.loop.run_ready();
  CHECK(hostile.was_hung_up_on());
  house.server.answer(make_sample());
  CHECK(good.hear());
}

TEST_CASE("one that never reads what it asked for is hung up on") {
  House house;
  TestLooker slow;
  house.let_in(slow);
  for (int i = 0; i < 10'000; ++i) {
    house.ask(slow);
    house.server.answer(make_sample());
    house.loop.run_ready();
  }
  while (slow.hear()) {
  }
  CHECK(slow.was_hung_up_on());
}

TEST_CASE("one that left before its answer is forgotten") {
  House house;
  TestLooker gone;
  TestLooker good;
  house.let_in(gone);
  house.let_in(good);
  house.ask(gone);
  house.ask(good);
  gone.hang_up();
  house.server.answer(make_sample());
  house.loop.run_ready();
  CHECK(good.hear());
}

TEST_CASE("too many lookers make room, the oldest first") {
  House house;
  std::vector<TestLooker> lookers(StatsServer::kMostLookers + 3);
  for (TestLooker& looker : lookers) house.let_in(looker);
  CHECK(lookers[2].was_hung_up_on());
  CHECK_FALSE(lookers[3].was_hung_up_on());
}

TEST_CASE("the statistics' socket is its owner's alone, and goes with the machine") {
  const test::TempFolder folder;
  const std::string path = folder.path("guest.1.stats");
  {
    House house;
    house.server.listen(path);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    UniqueFd socket = view::connect_to(path);
    REQUIRE(socket);
    TestLooker looker{std::move(socket)};
    house.ask(looker);
    house.server.answer(make_sample());
    CHECK(looker.hear());
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

bool is_taken(const LiveSample& sample) {
  return parse_answer(bytes_of(Answer{.sample = sample})).has_value();
}

TEST_CASE("an answer of another length or version is refused") {
  const Answer answer{.sample = make_sample()};
  REQUIRE(parse_answer(bytes_of(answer)));
  for (std::size_t size = 0; size < sizeof answer; size += 13)
    CHECK_FALSE(parse_answer(bytes_of(answer).first(size)));
  CHECK_FALSE(parse_answer(bytes_of(Answer{.magic = kMagic + 1, .sample = make_sample()})));
  CHECK_FALSE(parse_answer(bytes_of(Ask{})));
}

TEST_CASE("a sample with a count, a number or a text that can't be is refused") {
  LiveSample sample = make_sample();
  CHECK(is_taken(sample));
  sample.device_count = LiveSample::kMostDevices + 1;
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.cpu_count = UINT32_MAX;
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.cpus[1].busy = LiveSample::kWholeCpu + 1;
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.cpus[1].state = static_cast<LiveSample::CpuState>(3);
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.registers[0].access = static_cast<LiveSample::Access>(7);
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.threads[0].name.fill('x');
  CHECK_FALSE(is_taken(sample));
  sample = make_sample();
  sample.queues[0].name[0] = '\x1b';
  CHECK_FALSE(is_taken(sample));
}

TEST_CASE("a text is cut and cleaned as it is set") {
  ShortText<8> text{};
  set_text(text, "much too long");
  CHECK(text_of(text) == "much to");
  set_text(text, "a\x1b\xff");
  CHECK(text_of(text) == "a??");
  set_text(text, "");
  CHECK(text_of(text).empty());
}

}  // namespace
}  // namespace minivmm::stats
