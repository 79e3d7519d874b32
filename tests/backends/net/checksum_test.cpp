// What a driver leaves to be computed.

#include "backends/net/checksum.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

namespace minivmm::net {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

std::uint16_t get16(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

/// The sum over everything that a right checksum covers, its own field too, is all ones.
bool sums_up(std::span<const std::byte> bytes, std::uint64_t start) {
  return internet_sum(bytes, start) == 0xffff;
}

/// Ethernet, IPv4 10.0.2.15 to 10.0.2.2, TCP, and payload; lengths and checksums are nonsense.
Bytes tcp4_frame(std::size_t payload) {
  Bytes frame = bytes_of({0x52, 0x55, 10,   0,    2, 2, 0x52, 0x54, 0,  1, 2,    3,    8,    0,  //
                          0x45, 0,    0xee, 0xee, 0, 1, 0,    0,    64, 6, 0xee, 0xee, 10,   0,
                          2,    15,   10,   0,    2, 2,  //
                          0,    22,   0x80, 1,    0, 0, 0,    1,    0,  0, 0,    2,    0x50, 0x10,
                          0x80, 0,    0xee, 0xee, 0, 0});
  for (std::size_t i = 0; i < payload; ++i) frame.push_back(static_cast<std::byte>(i * 3));
  return frame;
}

TEST_CASE("the sum is that of RFC 1071's example") {
  // 3: 00 01 f2 03 f4 f5 f6 f7 sum up to ddf2.
  const Bytes bytes = bytes_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  const std::uint16_t sum = internet_sum(bytes);
  std::byte raw[2];
  std::memcpy(raw, &sum, 2);
  CHECK(raw[0] == std::byte{0xdd});
  CHECK(raw[1] == std::byte{0xf2});
}

TEST_CASE("an odd byte is padded with zero") {
  CHECK(internet_sum(bytes_of({1, 2, 3})) == internet_sum(bytes_of({1, 2, 3, 0})));
  CHECK(internet_sum(bytes_of({})) == 0);
}

TEST_CASE("a checksum is put where the driver wants it") {
  Bytes frame = tcp4_frame(101);
  // The driver has put the pseudo header's sum there.
  frame[50] = std::byte{0x12};
  frame[51] = std::byte{0x34};
  Bytes rest(frame.begin() + 34, frame.end());
  const auto expected = static_cast<std::uint16_t>(~internet_sum(rest));

  finish_frame({.flags = NetHeader::kNeedsChecksum, .csum_start = 34, .csum_offset = 16}, frame);

  std::uint16_t found = 0;
  std::memcpy(&found, frame.data() + 50, 2);
  CHECK(found == expected);
}

TEST_CASE("without a checksum to compute a frame stays as it is") {
  Bytes frame = tcp4_frame(10);
  const Bytes before = frame;
  finish_frame({}, frame);
  CHECK(frame == before);
}

TEST_CASE("a large frame of TCP over IPv4 gets its length and both checksums") {
  Bytes frame = tcp4_frame(20'001);
  const NetHeader header{.flags = NetHeader::kNeedsChecksum,
                         .gso_type = NetHeader::kGsoTcp4,
                         .gso_size = 1460,
                         .csum_start = 34,
                         .csum_offset = 16};

  finish_frame(header, frame);

  CHECK(get16(frame, 16) == frame.size() - 14);
  CHECK(sums_up(std::span(frame).subspan(14, 20), 0));
  const std::size_t tcp_size = frame.size() - 34;
  const std::uint16_t length = __builtin_bswap16(static_cast<std::uint16_t>(tcp_size));
  const std::uint16_t addresses = internet_sum(std::span(frame).subspan(26, 8));
  CHECK(sums_up(std::span(frame).subspan(34), std::uint64_t{addresses} + length + 0x0600));
}

TEST_CASE("a large frame that is not what its header says stays whole") {
  const auto header = NetHeader{.flags = NetHeader::kNeedsChecksum,
                                .gso_type = NetHeader::kGsoTcp4,
                                .gso_size = 1460,
                                .csum_start = 34,
                                .csum_offset = 16};
  Bytes frame = tcp4_frame(1000);
  SECTION("of another protocol") {
    frame[23] = std::byte{17};
  }
  SECTION("of a header that is too short") {
    frame[14] = std::byte{0x41};
  }
  SECTION("of a header that is longer than the frame") {
    frame[14] = std::byte{0x4f};
    frame.resize(60);
  }
  SECTION("of nothing but Ethernet") {
    frame.resize(14);
  }
  SECTION("of IPv6 without room for it") {
    frame.resize(70);
  }
  const Bytes before = frame;
  NetHeader used = header;
  if (frame.size() == 70) used.gso_type = NetHeader::kGsoTcp6;

  finish_frame(used, frame);

  CHECK(frame == before);
}

}  // namespace
}  // namespace minivmm::net
