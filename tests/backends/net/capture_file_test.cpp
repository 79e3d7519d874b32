// Frames in a file for tcpdump and Wireshark.

#include "backends/net/capture_file.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "backends/net/recorded_network.h"
#include "host/log.h"
#include "minivmm/error.h"
#include "support/fake_network.h"
#include "support/temp_folder.h"

namespace minivmm::net {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uint32_t number(const std::string& text, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, text.data() + at, sizeof value);
  return value;
}

TEST_CASE("what passes a network both ways is in the capture, in order") {
  const test::TempFolder folder;
  const std::string path = folder.path("net.pcap");
  auto fake = std::make_unique<test::FakeNetwork>();
  fake->arrive(std::vector<std::byte>(70, std::byte{7}));
  RecordedNetwork network(std::move(fake), std::make_shared<CaptureFile>(path));
  std::vector<std::byte> sent(60, std::byte{6});
  const std::array<std::span<std::byte>, 2> pieces{std::span(sent).first(20),
                                                   std::span(sent).subspan(20)};
  std::vector<std::byte> room(1514);
  const std::span<std::byte> whole(room);
  NetHeader header;

  CHECK(network.send(0, {}, pieces));
  CHECK(network.receive(0, header, {&whole, 1}) == 70);
  CHECK(network.receive(0, header, {&whole, 1}) == 0);
  network.turn(NetBackend::Wait::kYes, {});

  const std::string text = contents(path);
  REQUIRE(text.size() == 24 + 16 + 60 + 16 + 70);
  CHECK(number(text, 0) == 0xa1b23c4d);
  CHECK(number(text, 20) == 1);
  CHECK(number(text, 24 + 8) == 60);
  CHECK(number(text, 24 + 12) == 60);
  CHECK(text[24 + 16 + 59] == 6);
  CHECK(number(text, 24 + 16 + 60 + 8) == 70);
  CHECK(text.back() == 7);
}

TEST_CASE("what the host does not take is not recorded") {
  const test::TempFolder folder;
  const std::string path = folder.path("net.pcap");
  auto fake = std::make_unique<test::FakeNetwork>();
  fake->takes = false;
  RecordedNetwork network(std::move(fake), std::make_shared<CaptureFile>(path));
  std::vector<std::byte> frame(60);
  const std::span<std::byte> piece(frame);

  CHECK_FALSE(network.send(0, {}, {&piece, 1}));
  network.turn(NetBackend::Wait::kYes, {});

  CHECK(contents(path).size() == 24);
}

TEST_CASE("a full disk ends the capture and nothing else") {
  log::set_level(log::Level::kOff);
  CHECK_THROWS_AS(CaptureFile("/nowhere/net.pcap"), ConfigError);
  CaptureFile file("/dev/full");
  std::vector<std::byte> frame(60);
  const std::span<std::byte> piece(frame);

  file.add({&piece, 1}, 60);
  file.flush();
  file.add({&piece, 1}, 60);
}

}  // namespace
}  // namespace minivmm::net
