// A hostile guest looks for a way out of a shared folder, and for harm to do inside.

#include <fcntl.h>
#include <sys/stat.h>

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
using test::TempFolder;

constexpr std::uint32_t kRoot = NinepClient::kRoot;

TEST_CASE("paths and ways up are no names") {
  test::Share share;
  share.folder.file("secret", "nobody's business");
  std::filesystem::create_directory(share.path("a"));
  const std::string name =
      GENERATE(as<std::string>(), "..", ".", "", "a/../../secret", "/etc/passwd", "../secret",
               std::string("a\0b", 3), std::string(300, 'x'));
  CHECK(share.client.reach(2, {name}) == EINVAL);
  CHECK(share.client.walk(kRoot, 2, {"a", name}).read().u16() == 1);
  CHECK(share.client.clunk(2) == EBADF);
  REQUIRE(share.client.walk(kRoot, 3, {}).error == 0);
  CHECK(share.client.create(3, name, O_RDWR, 0644) == EINVAL);
  const auto refused = [&](Request type, const Fields& fields) {
    CHECK(share.client.ask(type, fields).error == EINVAL);
  };
  refused(Request::kMkdir, Fields().u32(kRoot).text(name).u32(0755).u32(0));
  refused(Request::kMknod, Fields().u32(kRoot).text(name).u32(S_IFREG).u32(0).u32(0).u32(0));
  refused(Request::kSymlink, Fields().u32(kRoot).text(name).text("target").u32(0));
  refused(Request::kLink, Fields().u32(kRoot).u32(kRoot).text(name));
  refused(Request::kUnlinkat, Fields().u32(kRoot).text(name).u32(0));
  refused(Request::kRenameat, Fields().u32(kRoot).text(name).u32(kRoot).text("b"));
  refused(Request::kRenameat, Fields().u32(kRoot).text("a").u32(kRoot).text(name));
}

TEST_CASE("a link that leads out of the folder leads nowhere") {
  test::Share share;
  share.folder.file("secret", "nobody's business");
  std::filesystem::create_symlink(share.folder.path("secret"), share.path("absolute"));
  std::filesystem::create_symlink("../secret", share.path("relative"));
  std::filesystem::create_symlink("..", share.path("up"));
  std::filesystem::create_symlink("/proc/self", share.path("proc"));
  CHECK(share.client.reach(2, {"up", "secret"}) != 0);
  CHECK(share.client.reach(2, {"proc", "mem"}) != 0);
  const std::string link = GENERATE(as<std::string>(), "absolute", "relative", "up", "proc");
  REQUIRE(share.client.reach(3, {link}) == 0);
  CHECK(share.client.open(3, O_RDONLY) == EPERM);
  CHECK(share.client.ask(Request::kReadlink, Fields().u32(3)).error == 0);
  REQUIRE(share.client.walk(kRoot, 4, {}).error == 0);
  CHECK(share.client.create(4, link, O_RDWR | O_TRUNC, 0644) == EEXIST);
  CHECK(share.folder.content("secret") == "nobody's business");
}

TEST_CASE("nothing done to a link is done to where it leads") {
  test::Share share;
  share.folder.file("secret", "nobody's business");
  ::chmod(share.folder.path("secret").c_str(), 0600);
  std::filesystem::create_symlink("../secret", share.path("link"));
  REQUIRE(share.client.reach(2, {"link"}) == 0);
  const auto set = [&](std::uint32_t valid, std::uint32_t mode, std::uint64_t size) {
    return share.client
        .ask(Request::kSetattr,
             Fields().u32(2).u32(valid).u32(mode).u32(0).u32(0).u64(size).u64(0).u64(0).u64(0).u64(
                 0))
        .error;
  };
  CHECK(set(1, 0777, 0) == EOPNOTSUPP);
  CHECK(set(8, 0, 0) == EINVAL);
  CHECK(set(0x20 | 0x100, 0, 0) == 0);
  struct stat status {};
  REQUIRE(::stat(share.folder.path("secret").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(status.st_mtime != 0);
  CHECK(share.folder.content("secret") == "nobody's business");
}

TEST_CASE("what is no file of bytes is not opened") {
  test::Share share;
  REQUIRE(::mkfifo(share.path("fifo").c_str(), 0666) == 0);
  REQUIRE(share.client.reach(2, {"fifo"}) == 0);
  CHECK(share.client.open(2, O_RDWR) == EPERM);
  REQUIRE(share.client.walk(kRoot, 3, {}).error == 0);
  CHECK(share.client.create(3, "fifo", O_RDWR, 0644) == EEXIST);
}

TEST_CASE("a guest makes no devices, FIFOs or sockets") {
  test::Share share;
  const std::uint32_t type = GENERATE(S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK);
  CHECK(
      share.client
          .ask(Request::kMknod, Fields().u32(kRoot).text("n").u32(type | 0666).u32(1).u32(3).u32(0))
          .error == EPERM);
  CHECK_FALSE(std::filesystem::exists(share.path("n")));
}

TEST_CASE("a guest makes no program that runs as somebody else") {
  test::Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.create(2, "program", O_RDWR, 06755) == 0);
  struct stat status {};
  REQUIRE(::stat(share.path("program").c_str(), &status) == 0);
  CHECK((status.st_mode & 07000) == 0);
  CHECK(share.client
            .ask(Request::kSetattr,
                 Fields().u32(2).u32(1).u32(06755).u32(0).u32(0).u64(0).u64(0).u64(0).u64(0).u64(0))
            .error == 0);
  REQUIRE(::stat(share.path("program").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
}

TEST_CASE("the folder's own parent is not told of") {
  test::Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  const Answer answer = share.client.ask(Request::kReaddir, Fields().u32(2).u64(0).u32(4096));
  struct stat root {};
  REQUIRE(::stat(share.path("").c_str(), &root) == 0);
  Reader in = answer.read();
  in.u32();
  while (!in.at_end()) {
    in.u8();
    in.u32();
    const std::uint64_t inode = in.u64();
    in.u64();
    in.u8();
    in.text();
    CHECK(inode == root.st_ino);
  }
}

TEST_CASE("a read-only folder changes by nothing") {
  test::Share share(true);
  share.file("file", "content");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  CHECK(share.client.open(2, O_RDWR) == EROFS);
  CHECK(share.client.open(2, O_RDONLY | O_TRUNC) == EROFS);
  CHECK(share.client.create(kRoot, "new", O_RDWR, 0644) == EROFS);
  const auto refused = [&](Request type, const Fields& fields) {
    CHECK(share.client.ask(type, fields).error == EROFS);
  };
  refused(Request::kMkdir, Fields().u32(kRoot).text("d").u32(0755).u32(0));
  refused(Request::kUnlinkat, Fields().u32(kRoot).text("file").u32(0));
  refused(Request::kSetattr, Fields().u32(2));
  refused(Request::kWrite, Fields().u32(2));
  CHECK(share.client.open(2, O_RDONLY) == 0);
  CHECK(share.client.read(2, 0, 100) == "content");
}

TEST_CASE("only folders can be shared, and not the kernel's own") {
  const TempFolder folder;
  folder.file("file", "");
  CHECK_THROWS_WITH(ShareServer({.path = folder.path("file")}), Catch::Contains("name a folder"));
  CHECK_THROWS_WITH(ShareServer({.path = folder.path("missing")}),
                    Catch::Contains("check the path"));
  CHECK_THROWS_WITH(ShareServer({.path = "/proc/self"}), Catch::Contains("kernel's own"));
}

}  // namespace
}  // namespace minivmm::share
