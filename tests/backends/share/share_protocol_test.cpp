// The protocol's own rules: fids, walks, messages that are none.

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "backends/share/share_server.h"
#include "support/shared_folder.h"

namespace minivmm::share {
namespace {

using test::Answer;
using test::Fields;
using test::NinepClient;

constexpr std::uint32_t kRoot = NinepClient::kRoot;

TEST_CASE("a walk that comes to nothing says how far it came") {
  test::Share share;
  std::filesystem::create_directories(share.path("a/b"));
  CHECK(share.client.walk(kRoot, 2, {"missing", "b"}).error == ENOENT);
  const Answer part = share.client.walk(kRoot, 2, {"a", "missing", "b"});
  CHECK(part.error == 0);
  CHECK(part.read().u16() == 1);
  CHECK(share.client.clunk(2) == EBADF);
}

TEST_CASE("a fid walks itself, and no walk takes another's number") {
  test::Share share;
  std::filesystem::create_directories(share.path("a/b"));
  REQUIRE(share.client.reach(2, {"a"}) == 0);
  CHECK(share.client.walk(2, 2, {"b"}).error == 0);
  CHECK(share.client.walk(kRoot, 2, {"a"}).error == EBADF);
  CHECK(share.client.walk(77, 3, {"a"}).error == EBADF);
}

TEST_CASE("what is not supported is said so") {
  test::Share share;
  const Request type = GENERATE(Request::kXattrwalk, Request::kXattrcreate, Request::kRename,
                                Request::kAuth, Request{250});
  CHECK(share.client.ask(type, Fields().u32(kRoot)).error == EOPNOTSUPP);
}

TEST_CASE("a removed fid is gone, though removing by it is not supported") {
  test::Share share;
  share.file("file", "");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  CHECK(share.client.ask(Request::kRemove, Fields().u32(2)).error == EOPNOTSUPP);
  CHECK(share.client.clunk(2) == EBADF);
  CHECK(std::filesystem::exists(share.path("file")));
}

TEST_CASE("another dialect is unknown, and a new start forgets every fid") {
  test::Share share;
  const Answer answer = share.client.ask(Request::kVersion, Fields().u32(8192).text("9P2000.u"));
  Reader in = answer.read();
  CHECK(in.u32() == 8192);
  CHECK(in.text() == "unknown");
  CHECK(share.client.clunk(kRoot) == EBADF);
}

TEST_CASE("messages that are no messages are refused") {
  test::Share share;
  const auto send = [&](const Fields& fields) {
    return share.client.send(fields.bytes(), 0).error;
  };
  CHECK(send(Fields()) != 0);
  CHECK(send(Fields().u32(3)) != 0);
  CHECK(send(Fields().u32(1000).u8(120).u16(2).u32(kRoot)) == EINVAL);
  CHECK(share.client.ask(Request::kClunk, Fields().u16(1)).error == EINVAL);
  CHECK(share.client.ask(Request::kClunk, Fields().u32(kRoot).u8(0)).error == EINVAL);
  CHECK(share.client.ask(Request::kWrite, Fields().u32(kRoot).u64(0).u32(0xffff'ffff)).error ==
        EINVAL);
  CHECK(share.client.walk(kRoot, 2, std::vector<std::string>(17, "a")).error == EINVAL);
  CHECK(share.client.read(kRoot, 0, 10).empty());
}

TEST_CASE("an answer that has no room is an error, and one of which not even that has is none") {
  test::Share share;
  share.client.room = 20;
  CHECK(share.client.ask(Request::kGetattr, Fields().u32(kRoot).u64(0x7ff)).error == EMSGSIZE);
  share.client.room = 8;
  CHECK(share.client.ask(Request::kGetattr, Fields().u32(kRoot).u64(0x7ff)).error == -1);
}

}  // namespace
}  // namespace minivmm::share
