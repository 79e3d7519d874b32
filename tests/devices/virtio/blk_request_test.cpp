// What a driver's request comes to, before anything is done (virtio 1.2, 5.2.6).

#include "devices/virtio/blk_request.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

namespace minivmm::virtio {
namespace {

using Action = BlkVerdict::Action;

/// A disk of 100 sectors, and a request put together of plain bytes.
struct Request {
  BlkVerdict parse() { return parse_request(chain, rules, submissions); }

  void header(std::uint32_t type, std::uint64_t sector = 0) {
    header_ = {type, 0, sector};
    std::memcpy(header_bytes_, &header_, sizeof(header_));
    chain.add_readable(header_bytes_);
  }
  void data_out(std::size_t bytes) { chain.add_readable(std::span(data).first(bytes)); }
  void data_in(std::size_t bytes) { chain.add_writable(std::span(data).first(bytes)); }
  void range(std::uint64_t sector, std::uint32_t count, std::uint32_t flags) {
    const BlkRange value{sector, count, flags};
    std::memcpy(data.data() + ranges_ * sizeof(value), &value, sizeof(value));
    chain.add_readable(std::span(data).subspan(ranges_++ * sizeof(value), sizeof(value)));
  }
  void status() { chain.add_writable(std::span(&status_byte, 1)); }

  BlkRules rules = [] {
    BlkRules usual;
    usual.sectors = 100;
    usual.discard = true;
    usual.write_zeroes = true;
    usual.max_range_sectors = 50;
    usual.max_ranges = 3;
    return usual;
  }();
  Chain chain{0};
  std::vector<std::byte> data = std::vector<std::byte>(8192);
  std::byte status_byte{0xff};
  std::vector<BlockRequest> submissions{};

 private:
  BlkHeader header_{};
  std::byte header_bytes_[sizeof(BlkHeader)] = {};
  std::size_t ranges_ = 0;
};

TEST_CASE("a read becomes one read of the backend, into the driver's buffers") {
  Request request;
  request.header(kBlkIn, 7);
  request.data_in(1024);
  request.status();

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kSubmit);
  CHECK(verdict.written == 1025);
  CHECK(verdict.status == &request.status_byte);
  REQUIRE(request.submissions.size() == 1);
  CHECK(request.submissions[0].op == BlockOp::kRead);
  CHECK(request.submissions[0].offset == 7 * 512);
  CHECK(request.submissions[0].length == 1024);
  REQUIRE(request.submissions[0].segments.size() == 1);
  CHECK(request.submissions[0].segments[0].data() == request.data.data());
}

TEST_CASE("a write takes what follows the header, wherever the driver cut its buffers") {
  Request request;
  const BlkHeader header{kBlkOut, 0, 3};
  std::memcpy(request.data.data(), &header, sizeof(header));
  const std::span<std::byte> all(request.data);
  request.chain.add_readable(all.subspan(0, 5));
  request.chain.add_readable(all.subspan(5, 100));
  request.chain.add_readable(all.subspan(105, 16 + 512 - 105));
  request.status();

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kSubmit);
  CHECK(verdict.written == 1);
  const BlockRequest& write = request.submissions.at(0);
  CHECK(write.op == BlockOp::kWrite);
  CHECK(write.offset == 3 * 512);
  CHECK(write.length == 512);
  REQUIRE(write.segments.size() == 2);
  CHECK(write.segments[0].data() == request.data.data() + 16);
  CHECK(write.segments[0].size() + write.segments[1].size() == 512);
}

TEST_CASE("the status is the last writable byte, even in one buffer with the data") {
  Request request;
  request.header(kBlkIn, 0);
  request.data_in(513);

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kSubmit);
  CHECK(verdict.status == &request.data[512]);
  CHECK(request.submissions.at(0).length == 512);
}

TEST_CASE("a request without a writable byte cannot be answered") {
  Request request;
  request.header(kBlkOut, 0);
  request.data_out(512);
  CHECK(request.parse().action == Action::kUnanswerable);
  CHECK(request.submissions.empty());
}

TEST_CASE("requests that are answered at once with an I/O error") {
  Request request;
  SECTION("a header that is cut short") {
    request.chain.add_readable(std::span(request.data).first(15));
  }
  SECTION("no header at all") {
    request.data_in(512);
  }
  SECTION("a read of half a sector") {
    request.header(kBlkIn);
    request.data_in(256);
  }
  SECTION("a write of a sector and a byte") {
    request.header(kBlkOut);
    request.data_out(513);
  }
  SECTION("a read beyond the end") {
    request.header(kBlkIn, 100);
    request.data_in(512);
  }
  SECTION("a read across the end") {
    request.header(kBlkIn, 99);
    request.data_in(1024);
  }
  SECTION("a write at a sector that overflows") {
    request.header(kBlkOut, ~0ull);
    request.data_out(1024);
  }
  SECTION("a sector whose byte offset wraps to 0") {
    request.header(kBlkIn, 1ull << 55);
    request.data_in(512);
  }
  SECTION("a read of nothing beyond the end") {
    request.header(kBlkIn, 101);
  }
  SECTION("a write to a read-only disk") {
    request.rules.read_only = true;
    request.header(kBlkOut);
    request.data_out(512);
  }
  SECTION("a discard on a read-only disk") {
    request.rules.read_only = true;
    request.rules.discard = false;
    request.header(kBlkDiscard);
    request.range(0, 1, 0);
  }
  SECTION("a discard with half a range") {
    request.header(kBlkDiscard);
    request.data_out(8);
  }
  SECTION("a discard beyond the end, in its second range") {
    request.header(kBlkDiscard);
    request.range(0, 1, 0);
    request.range(90, 11, 0);
  }
  SECTION("a discard that is longer than allowed") {
    request.header(kBlkDiscard);
    request.range(0, 51, 0);
  }
  SECTION("a discard of more ranges than allowed") {
    request.header(kBlkDiscard);
    for (unsigned i = 0; i < 4; ++i) request.range(i, 1, 0);
  }
  SECTION("a write of zeroes at a sector that overflows") {
    request.header(kBlkWriteZeroes);
    request.range(~0ull, 2, 0);
  }
  request.status();

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kAnswer);
  CHECK(verdict.answer == kBlkIoError);
  CHECK(verdict.status == &request.status_byte);
  CHECK(request.submissions.empty());
}

TEST_CASE("requests that are not supported") {
  Request request;
  SECTION("an unknown type") {
    request.header(2);
  }
  SECTION("a secure erase, which is not offered") {
    request.header(14);
  }
  SECTION("a discard when it is not offered") {
    request.rules.discard = false;
    request.header(kBlkDiscard);
    request.range(0, 1, 0);
  }
  SECTION("a discard with the unmap flag") {
    request.header(kBlkDiscard);
    request.range(0, 1, kBlkRangeUnmap);
  }
  SECTION("a write of zeroes with an unknown flag") {
    request.header(kBlkWriteZeroes);
    request.range(0, 1, 2);
  }
  request.status();

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kAnswer);
  CHECK(verdict.answer == kBlkUnsupported);
  CHECK(verdict.written == 1);
  CHECK(request.submissions.empty());
}

TEST_CASE("requests of nothing are answered at once") {
  Request request;
  SECTION("a read of no sectors") {
    request.header(kBlkIn, 100);
  }
  SECTION("a discard of no ranges") {
    request.header(kBlkDiscard);
  }
  SECTION("a write of no zeroes") {
    request.header(kBlkWriteZeroes);
    request.range(100, 0, 0);
  }
  request.status();

  const BlkVerdict verdict = request.parse();

  CHECK(verdict.action == Action::kAnswer);
  CHECK(verdict.answer == kBlkOk);
}

TEST_CASE("a flush becomes a flush") {
  Request request;
  request.header(kBlkFlush);
  request.status();

  CHECK(request.parse().action == Action::kSubmit);
  CHECK(request.submissions.at(0).op == BlockOp::kFlush);
}

TEST_CASE("each range of a write of zeroes becomes a request") {
  Request request;
  request.header(kBlkWriteZeroes);
  request.range(0, 50, 0);
  request.range(99, 1, kBlkRangeUnmap);
  request.status();

  CHECK(request.parse().action == Action::kSubmit);
  REQUIRE(request.submissions.size() == 2);
  CHECK(request.submissions[0].length == 50 * 512);
  CHECK_FALSE(request.submissions[0].unmap);
  CHECK(request.submissions[1].offset == 99 * 512);
  CHECK(request.submissions[1].unmap);
}

TEST_CASE("get-id is answered with the 20 bytes of the string, or fewer") {
  Request request;
  request.header(kBlkGetId);
  SECTION("into 20 bytes") {
    request.data_in(20);
    request.status();
    CHECK(request.parse().written == 21);
  }
  SECTION("into 4 bytes") {
    request.data_in(4);
    request.status();
    CHECK(request.parse().written == 5);
  }
  SECTION("into 512 bytes, of which the rest is not ours to call valid") {
    request.data_in(512);
    request.status();
    CHECK(request.parse().written == 20);
  }
  CHECK(request.submissions.empty());
}

TEST_CASE("what others have submitted stays when a request is refused") {
  Request request;
  request.submissions.emplace_back().offset = 42;
  request.header(kBlkDiscard);
  request.range(0, 1, 0);
  request.range(200, 1, 0);
  request.status();

  CHECK(request.parse().answer == kBlkIoError);

  REQUIRE(request.submissions.size() == 1);
  CHECK(request.submissions[0].offset == 42);
}

}  // namespace
}  // namespace minivmm::virtio
