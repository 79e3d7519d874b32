// A folder of the host as a guest's client of 9P2000.L sees it.

#include "backends/share/share_server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "minivmm/error.h"
#include "support/ninep_client.h"
#include "support/temp_folder.h"

namespace minivmm::share {
namespace {

using test::Answer;
using test::Fields;
using test::NinepClient;
using test::TempFolder;

constexpr std::uint32_t kRoot = NinepClient::kRoot;

struct Share {
  explicit Share(bool read_only = false) : server({.path = folder.path("shared"), .read_only = read_only}) {}

  static std::string make(const TempFolder& folder) {
    std::filesystem::create_directory(folder.path("shared"));
    return folder.path("shared");
  }
  [[nodiscard]] std::string path(std::string_view name) const {
    return folder.path("shared/" + std::string(name));
  }
  void file(std::string_view name, std::string_view content) const {
    folder.file("shared/" + std::string(name), content);
  }
  [[nodiscard]] std::string content(std::string_view name) const {
    return folder.content("shared/" + std::string(name));
  }

  TempFolder folder{};
  std::string made = make(folder);
  ShareServer server;
  NinepClient client{server};
};

/// The names of a folder, each with its type, all that the server has.
std::map<std::string, std::uint8_t> list(NinepClient& client, std::uint32_t fid,
                                         std::uint32_t count = 4096) {
  std::map<std::string, std::uint8_t> names;
  std::uint64_t offset = 0;
  for (;;) {
    const Answer answer = client.ask(Request::kReaddir, Fields().u32(fid).u64(offset).u32(count));
    REQUIRE(answer.error == 0);
    Reader in = answer.read();
    if (in.u32() == 0) return names;
    while (!in.at_end()) {
      const std::uint8_t type = in.u8();
      in.u32();
      in.u64();
      offset = in.u64();
      in.u8();
      const bool first_time = names.emplace(std::string(in.text()), type).second;
      REQUIRE(first_time);
    }
  }
}

TEST_CASE("a file of the host is read by the guest") {
  Share share;
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
  Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.create(2, "new", O_RDWR, 0644) == 0);
  CHECK(share.client.write(2, 0, "hello, host") == 0);
  CHECK(share.client.write(2, 7, "HOST") == 0);
  CHECK(share.client.read(2, 0, 100) == "hello, HOST");
  CHECK(share.client.ask(Request::kFsync, Fields().u32(2).u32(0)).error == 0);
  CHECK(share.content("new") == "hello, HOST");
}

TEST_CASE("a file that is opened stays the same when its name goes") {
  Share share;
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
  Share share;
  REQUIRE(share.client.ask(Request::kMkdir, Fields().u32(kRoot).text("a").u32(0755).u32(0)).error == 0);
  REQUIRE(share.client.reach(2, {"a"}) == 0);
  REQUIRE(share.client.ask(Request::kMkdir, Fields().u32(2).text("b").u32(0755).u32(0)).error == 0);
  CHECK(share.client.reach(3, {"a", "b"}) == 0);
  CHECK(share.client
            .ask(Request::kRenameat, Fields().u32(2).text("b").u32(kRoot).text("c"))
            .error == 0);
  CHECK(std::filesystem::is_directory(share.path("c")));
  CHECK(share.client.ask(Request::kUnlinkat, Fields().u32(kRoot).text("c").u32(0)).error == EISDIR);
  CHECK(share.client.ask(Request::kUnlinkat, Fields().u32(kRoot).text("c").u32(AT_REMOVEDIR)).error ==
        0);
  CHECK_FALSE(std::filesystem::exists(share.path("c")));
}

TEST_CASE("a walk that comes to nothing says how far it came") {
  Share share;
  std::filesystem::create_directories(share.path("a/b"));
  CHECK(share.client.walk(kRoot, 2, {"missing", "b"}).error == ENOENT);
  const Answer part = share.client.walk(kRoot, 2, {"a", "missing", "b"});
  CHECK(part.error == 0);
  CHECK(part.read().u16() == 1);
  CHECK(share.client.clunk(2) == EBADF);
}

TEST_CASE("a fid walks itself, and no walk takes another's number") {
  Share share;
  std::filesystem::create_directories(share.path("a/b"));
  REQUIRE(share.client.reach(2, {"a"}) == 0);
  CHECK(share.client.walk(2, 2, {"b"}).error == 0);
  CHECK(share.client.walk(kRoot, 2, {"a"}).error == EBADF);
  CHECK(share.client.walk(77, 3, {"a"}).error == EBADF);
}

TEST_CASE("paths and ways up are no names") {
  Share share;
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
  Share share;
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
  Share share;
  share.folder.file("secret", "nobody's business");
  ::chmod(share.folder.path("secret").c_str(), 0600);
  std::filesystem::create_symlink("../secret", share.path("link"));
  REQUIRE(share.client.reach(2, {"link"}) == 0);
  const auto set = [&](std::uint32_t valid, std::uint32_t mode, std::uint64_t size) {
    return share.client
        .ask(Request::kSetattr, Fields().u32(2).u32(valid).u32(mode).u32(0).u32(0).u64(size)
                                    .u64(0).u64(0).u64(0).u64(0))
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
  Share share;
  REQUIRE(::mkfifo(share.path("fifo").c_str(), 0666) == 0);
  REQUIRE(share.client.reach(2, {"fifo"}) == 0);
  CHECK(share.client.open(2, O_RDWR) == EPERM);
  REQUIRE(share.client.walk(kRoot, 3, {}).error == 0);
  CHECK(share.client.create(3, "fifo", O_RDWR, 0644) == EEXIST);
}

TEST_CASE("a guest makes no devices, FIFOs or sockets") {
  Share share;
  const std::uint32_t type = GENERATE(S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK);
  CHECK(share.client
            .ask(Request::kMknod, Fields().u32(kRoot).text("n").u32(type | 0666).u32(1).u32(3).u32(0))
            .error == EPERM);
  CHECK_FALSE(std::filesystem::exists(share.path("n")));
}

TEST_CASE("a guest makes no program that runs as somebody else") {
  Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.create(2, "program", O_RDWR, 06755) == 0);
  struct stat status {};
  REQUIRE(::stat(share.path("program").c_str(), &status) == 0);
  CHECK((status.st_mode & 07000) == 0);
  CHECK(share.client
            .ask(Request::kSetattr, Fields().u32(2).u32(1).u32(06755).u32(0).u32(0).u64(0)
                                        .u64(0).u64(0).u64(0).u64(0))
            .error == 0);
  REQUIRE(::stat(share.path("program").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
}

TEST_CASE("a file that is there is opened by creating it, unless a new one is wanted") {
  Share share;
  share.file("there", "content");
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  CHECK(share.client.create(2, "there", O_RDWR | O_CREAT | O_EXCL, 0644) == EEXIST);
  CHECK(share.client.create(2, "there", O_RDWR | O_CREAT, 0644) == 0);
  CHECK(share.client.read(2, 0, 100) == "content");
}

TEST_CASE("a large folder is listed whole, in pieces") {
  Share share;
  for (int i = 0; i < 3000; ++i) share.file("a file with a long name " + std::to_string(i), "");
  std::filesystem::create_directory(share.path("folder"));
  std::filesystem::create_symlink("x", share.path("link"));
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.open(2, O_RDONLY | O_DIRECTORY) == 0);
  const std::uint32_t piece = GENERATE(300u, 4096u, 60000u);
  const auto names = list(share.client, 2, piece);
  CHECK(names.size() == 3000 + 2 + 2);
  CHECK(names.at("folder") == kQidDirectory);
  CHECK(names.at("link") == kQidSymlink);
  CHECK(names.at("a file with a long name 2999") == 0);
}

TEST_CASE("a piece of a folder that has no room for one name is refused") {
  Share share;
  REQUIRE(share.client.walk(kRoot, 2, {}).error == 0);
  REQUIRE(share.client.open(2, O_RDONLY) == 0);
  CHECK(share.client.ask(Request::kReaddir, Fields().u32(2).u64(0).u32(10)).error == EINVAL);
}

TEST_CASE("the folder's own parent is not told of") {
  Share share;
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

TEST_CASE("attributes are the host's, and can be set") {
  Share share;
  share.file("file", "12345");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  const auto set = [&](std::uint32_t valid, std::uint32_t mode, std::uint64_t size) {
    return share.client
        .ask(Request::kSetattr, Fields().u32(2).u32(valid).u32(mode).u32(0).u32(0).u64(size)
                                    .u64(0).u64(0).u64(1'000'000).u64(500))
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
  Share share;
  share.file("file", "content");
  CHECK(share.client.ask(Request::kSymlink, Fields().u32(kRoot).text("soft").text("/any/where").u32(0))
            .error == 0);
  CHECK(std::filesystem::read_symlink(share.path("soft")) == "/any/where");
  REQUIRE(share.client.reach(2, {"soft"}) == 0);
  const Answer target = share.client.ask(Request::kReadlink, Fields().u32(2));
  CHECK(target.read().text() == "/any/where");
  REQUIRE(share.client.reach(3, {"file"}) == 0);
  CHECK(share.client.ask(Request::kLink, Fields().u32(kRoot).u32(3).text("hard")).error == 0);
  CHECK(share.content("hard") == "content");
}

TEST_CASE("a read-only folder changes by nothing") {
  Share share(true);
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

TEST_CASE("a lock that a program of the host holds holds the guest, too") {
  Share share;
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
  Share share;
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

TEST_CASE("what is not supported is said so") {
  Share share;
  const Request type = GENERATE(Request::kXattrwalk, Request::kXattrcreate, Request::kRename,
                                Request::kAuth, Request{250});
  CHECK(share.client.ask(type, Fields().u32(kRoot)).error == EOPNOTSUPP);
}

TEST_CASE("a removed fid is gone, though removing by it is not supported") {
  Share share;
  share.file("file", "");
  REQUIRE(share.client.reach(2, {"file"}) == 0);
  CHECK(share.client.ask(Request::kRemove, Fields().u32(2)).error == EOPNOTSUPP);
  CHECK(share.client.clunk(2) == EBADF);
  CHECK(std::filesystem::exists(share.path("file")));
}

TEST_CASE("another dialect is unknown, and a new start forgets every fid") {
  Share share;
  const Answer answer =
      share.client.ask(Request::kVersion, Fields().u32(8192).text("9P2000.u"));
  Reader in = answer.read();
  CHECK(in.u32() == 8192);
  CHECK(in.text() == "unknown");
  CHECK(share.client.clunk(kRoot) == EBADF);
}

TEST_CASE("messages that are no messages are refused") {
  Share share;
  const auto send = [&](const Fields& fields) {
    return share.client.send(fields.bytes(), 0).error;
  };
  CHECK(send(Fields()) != 0);
  CHECK(send(Fields().u32(3)) != 0);
  CHECK(send(Fields().u32(1000).u8(120).u16(2).u32(kRoot)) == EINVAL);
  CHECK(share.client.ask(Request::kClunk, Fields().u16(1)).error == EINVAL);
  CHECK(share.client.ask(Request::kClunk, Fields().u32(kRoot).u8(0)).error == EINVAL);
  CHECK(share.client.ask(Request::kWrite, Fields().u32(kRoot).u64(0).u32(0xffff'ffff)).error == EINVAL);
  CHECK(share.client.walk(kRoot, 2, std::vector<std::string>(17, "a")).error == EINVAL);
  CHECK(share.client.read(kRoot, 0, 10).empty());
}

TEST_CASE("an answer that has no room is an error, and one of which not even that has is none") {
  Share share;
  share.client.room = 20;
  CHECK(share.client.ask(Request::kGetattr, Fields().u32(kRoot).u64(0x7ff)).error == EMSGSIZE);
  share.client.room = 8;
  CHECK(share.client.ask(Request::kGetattr, Fields().u32(kRoot).u64(0x7ff)).error == -1);
}

TEST_CASE("only folders can be shared, and not the kernel's own") {
  const TempFolder folder;
  folder.file("file", "");
  CHECK_THROWS_WITH(ShareServer({.path = folder.path("file")}), Catch::Contains("name a folder"));
  CHECK_THROWS_WITH(ShareServer({.path = folder.path("missing")}), Catch::Contains("check the path"));
  CHECK_THROWS_WITH(ShareServer({.path = "/proc/self"}), Catch::Contains("kernel's own"));
}

}  // namespace
}  // namespace minivmm::share
