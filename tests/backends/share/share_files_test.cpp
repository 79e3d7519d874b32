// What a guest's client of 9P2000.L does with the files of a shared folder.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "backends/share/share_server.h"
#include "support/shared_folder.h"

namespace minivmm::share {
namespace {

using test::Answer;
using test::Fields;
using test::NinepClient;

constexpr std::uint32_t kRoot = NinepClient::kRoot;

TEST_CASE("a file of the host is read by the guest") {
  test::Share share;
  share.file("hello", "hello, guest");
  REQUIRE(share.client.reach(2, {"hello"}) == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  CHECK(share.client.read(2, 0, 100) == "hello, guest");
  CHECK(share.client.read(2, 7, 2) == "gu");
  CHECK(share.client.read(2, 100, 2).empty());
  CHECK(share.client.clunk(2) == 0);
  CHECK(share.client.clunk(2) == EBADF);
}

TEST_CASE("what the guest writes is in the host's file") {
  test::Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.create(2, "new", O_RDWR, 0644) == 0);
  CHECK(share.client.write(2, 0, "hello, host") == 0);
  CHECK(share.client.write(2, 7, "HOST") == 0);
  CHECK(share.client.read(2, 0, 100) == "hello, HOST");
  CHECK(share.client.ask(Request::kFsync, Fields().u32(2).u32(0)).error == 0);
  CHECK(share.content("new") == "hello, HOST");
}

TEST_CASE("a file that is opened stays the same when its name goes") {
  test::Share share;
  share.file("old", "content");
  REQUIRE(share.client.reach(2, {"old"}) == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  REQUIRE(share.client.ask(Request::kUnlinkat, Fields().u32(kRoot).text("old").u32(0)).error == 0);
  CHECK_FALSE(std::filesystem::exists(share.path("old")));
  CHECK(share.client.read(2, 0, 100) == "content");
  CHECK(share.client.walk(2, 3, {}).error == 0);
  CHECK(share.client.ask(Request::kGetattr, Fields().u32(3).u64(0x7ff)).error == 0);
}

TEST_CASE("folders are made, walked, renamed and removed") {
  test::Share share;
  REQUIRE(share.client.ask(Request::kMkdir, Fields().u32(kRoot).text("a").u32(0755).u32(0)).error ==
          0);
  REQUIRE(share.client.reach(2, {"a"}) == 0);
  REQUIRE(share.client.ask(Request::kMkdir, Fields().u32(2).text("b").u32(0755).u32(0)).error == 0);
  CHECK(share.client.reach(3, {"a", "b"}) == 0);
  CHECK(
      share.client.ask(Request::kRenameat, Fields().u32(2).text("b").u32(kRoot).text("c")).error ==
      0);
  CHECK(std::filesystem::is_directory(share.path("c")));
  CHECK(share.client.ask(Request::kUnlinkat, Fields().u32(kRoot).text("c").u32(0)).error == EISDIR);
  CHECK(
      share.client.ask(Request::kUnlinkat, Fields().u32(kRoot).text("c").u32(AT_REMOVEDIR)).error ==
      0);
  CHECK_FALSE(std::filesystem::exists(share.path("c")));
}

TEST_CASE("a file that is there is opened by creating it, unless a new one is wanted") {
  test::Share share;
  share.file("there", "content");
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  CHECK(share.client.create(2, "there", O_RDWR | O_CREAT | O_EXCL, 0644) == EEXIST);
  CHECK(share.client.create(2, "there", O_RDWR | O_CREAT, 0644) == 0);
  CHECK(share.client.read(2, 0, 100) == "content");
}

TEST_CASE("a large folder is listed whole, in pieces") {
  test::Share share;
  for (int i = 0; i < 3000; ++i) share.file("a file with a long name " + std::to_string(i), "");
  std::filesystem::create_directory(share.path("folder"));
  std::filesystem::create_symlink("x", share.path("link"));
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.open(2, O_RDONLY | O_DIRECTORY) == 0);
  const std::uint32_t piece = GENERATE(300u, 4096u, 60000u);
  const auto names = test::list(share.client, 2, piece);
  CHECK(names.size() == 3000 + 2 + 2);
  CHECK(names.at("folder") == kQidDirectory);
  CHECK(names.at("link") == kQidSymlink);
  CHECK(names.at("a file with a long name 2999") == 0);
}

TEST_CASE("a piece of a folder that has no room for one name is refused") {
  test::Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  CHECK(share.client.ask(Request::kReaddir, Fields().u32(2).u64(0).u32(10)).error == EINVAL);
}

TEST_CASE("attributes are the host's, and can be set") {
  test::Share share;
  share.file("file", "12345");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  const auto set = [&](std::uint32_t valid, std::uint32_t mode, std::uint64_t size) {
    return share.client
        .ask(Request::kSetattr, Fields()
                                    .u32(2)
                                    .u32(valid)
                                    .u32(mode)
                                    .u32(0)
                                    .u32(0)
                                    .u64(size)
                                    .u64(0)
                                    .u64(0)
                                    .u64(1'000'000)
                                    .u64(500))
        .error;
  };
  CHECK(set(1 | 8, 0640, 3) == 0);
  CHECK(set(0x20 | 0x100, 0, 0) == 0);
  const Answer answer = share.client.ask(Request::kGetattr, Fields().u32(2).u64(0x7ff));
  REQUIRE(answer.error == 0);
  Reader in = answer.read();
  CHECK(in.u64() == 0x7ff);
  in.data(kQidSize);
  CHECK(in.u32() == (S_IFREG | 0640));
  CHECK(in.u32() == ::getuid());
  in.u32();
  CHECK(in.u64() == 1);
  in.u64();
  CHECK(in.u64() == 3);
  in.data(8 + 8 + 16);
  CHECK(in.u64() == 1'000'000);
  CHECK(in.u64() == 500);
  CHECK(share.content("file") == "123");
}

TEST_CASE("links of both kinds are made") {
  test::Share share;
  share.file("file", "content");
  CHECK(share.client
            .ask(Request::kSymlink, Fields().u32(kRoot).text("soft").text("/any/where").u32(0))
            .error == 0);
  CHECK(std::filesystem::read_symlink(share.path("soft")) == "/any/where");
  REQUIRE(share.client.reach(2, {"soft"}) == 0);
  const Answer target = share.client.ask(Request::kReadlink, Fields().u32(2));
  CHECK(target.read().text() == "/any/where");
  REQUIRE(share.client.reach(3, {"file"}) == 0);
  CHECK(share.client.ask(Request::kLink, Fields().u32(kRoot).u32(3).text("hard")).error == 0);
  CHECK(share.content("hard") == "content");
}

TEST_CASE("a lock that a program of the host holds holds the guest, too") {
  test::Share share;
  share.file("file", "content");
  const UniqueFd host(::open(share.path("file").c_str(), O_RDWR | O_CLOEXEC));
  struct flock held {};
  held.l_type = F_WRLCK;
  REQUIRE(::fcntl(host.get(), F_OFD_SETLK, &held) == 0);
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  REQUIRE(share.client.open(2, O_RDWR) == 0);
  const auto lock = [&](std::uint8_t type) {
    const Answer answer = share.client.ask(
        Request::kLock, Fields().u32(2).u8(type).u32(0).u64(0).u64(0).u32(1).text("guest"));
    REQUIRE(answer.error == 0);
    return answer.read().u8();
  };
  CHECK(lock(1) == 1);
  held.l_type = F_UNLCK;
  REQUIRE(::fcntl(host.get(), F_OFD_SETLK, &held) == 0);
  CHECK(lock(1) == 0);
  held.l_type = F_WRLCK;
  CHECK(::fcntl(host.get(), F_OFD_SETLK, &held) != 0);
  CHECK(lock(2) == 0);
  CHECK(::fcntl(host.get(), F_OFD_SETLK, &held) == 0);
}

TEST_CASE("a file that is only read can be locked whole") {
  test::Share share;
  share.file("file", "content");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  const auto lock = [&](std::uint8_t type) {
    return share.client
        .ask(Request::kLock, Fields().u32(2).u8(type).u32(0).u64(0).u64(0).u32(1).text("guest"))
        .read()
        .u8();
  };
  const UniqueFd host(::open(share.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(lock(1) == 0);
  CHECK(::flock(host.get(), LOCK_EX | LOCK_NB) != 0);
  CHECK(lock(2) == 0);
  CHECK(::flock(host.get(), LOCK_EX | LOCK_NB) == 0);
}

}  // namespace
}  // namespace minivmm::share
