// minivmm disk, by what it leaves behind.

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "cli/disk/command.h"
#include "cli/disk/size_text.h"
#include "minivmm/error.h"
#include "support/child_process.h"
#include "support/qemu_img.h"
#include "support/temp_folder.h"

namespace minivmm::cli {
namespace {

using Catch::Contains;

int run_disk(std::vector<std::string> words) {
  std::vector<const char*> args;
  for (const std::string& word : words) args.push_back(word.c_str());
  return disk::run(args);
}

std::string complaint(const std::vector<std::string>& words) {
  try {
    run_disk(words);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::size_t files_in(const test::TempFolder& folder) {
  const std::filesystem::directory_iterator files(folder.path(""));
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("An empty disk has its size and takes next to no space, raw or qcow2 by its name") {
  const test::TempFolder folder;
  run_disk({"create", folder.path("a.img"), "8G"});
  run_disk({"create", folder.path("b.qcow2"), "8G"});
  run_disk({"create", folder.path("c"), "8G", "--format", "qcow2"});
  CHECK(std::filesystem::file_size(folder.path("a.img")) == 8ull << 30);
  CHECK(std::filesystem::file_size(folder.path("b.qcow2")) < 1u << 20);
  CHECK(folder.content("b.qcow2").starts_with("QFI\xfb"));
  CHECK(folder.content("c").starts_with("QFI\xfb"));
  CHECK(files_in(folder) == 3);
  if (!test::has_qemu_img()) return;
  CHECK(test::check_image(folder.path("b.qcow2")) == 0);
  CHECK_THAT(test::qemu_img("info '" + folder.path("b.qcow2") + "'"), Contains("8 GiB"));
}

TEST_CASE("A file that exists is kept unless --force is given") {
  const test::TempFolder folder;
  const std::string path = folder.file("a.img", "precious");
  CHECK_THAT(complaint({"create", path, "1M"}), Contains("exists") && Contains("--force"));
  CHECK_THAT(complaint({"convert", path + ",format=raw", path}), Contains("not a multiple of 512"));
  CHECK(folder.content("a.img") == "precious");
  run_disk({"create", "--force", path, "1M"});
  CHECK(std::filesystem::file_size(path) == 1u << 20);
  CHECK_THAT(complaint({"create", "--force", folder.path(""), "1M"}),
             Contains("not a regular file"));
  CHECK_THAT(complaint({"create", folder.path("no/where.img"), "1M"}), Contains("cannot be made"));
}

TEST_CASE("Wrong words are answered with the right ones") {
  CHECK_THAT(complaint({}), Contains("create, info, resize or convert"));
  CHECK_THAT(complaint({"creat", "x", "1M"}), Contains("knows no 'creat'"));
  CHECK_THAT(complaint({"create", "x"}), Contains("create takes FILE SIZE"));
  CHECK_THAT(complaint({"create", "x", "1M", "--forse"}), Contains("did you mean --force"));
  CHECK_THAT(complaint({"create", "x", "100"}),
             Contains("not a multiple of 512") && Contains("512"));
  CHECK_THAT(complaint({"create", "x", "1M", "--format", "vmdk"}), Contains("raw or qcow2"));
  CHECK_THAT(complaint({"info", "x", "--format", "raw"}), Contains("'x,format=raw'"));
  CHECK_THAT(complaint({"info", "/nowhere/x"}), Contains("No such file"));
}

TEST_CASE("A disk becomes larger, and smaller only by force") {
  const std::string name = GENERATE("disk.img", "disk.qcow2");
  const test::TempFolder folder;
  const std::string path = folder.path(name);
  run_disk({"create", path, "4M"});
  run_disk({"resize", path, "1G"});
  CHECK_THAT(complaint({"resize", path, "1M"}), Contains("would be lost") && Contains("--force"));
  run_disk({"resize", path, "1M", "--force"});
  run_disk({"convert", path, folder.path("copy.img")});
  CHECK(std::filesystem::file_size(folder.path("copy.img")) == 1u << 20);
  if (name == "disk.qcow2" && test::has_qemu_img()) CHECK(test::check_image(path) == 0);
}

TEST_CASE("A disk is copied from one format to the other and back, without its zeroes") {
  const test::TempFolder folder;
  const std::string content =
      std::string(3u << 20, '\0') + noise(100'352) + std::string(5u << 20, '\0') + noise(512);
  folder.file("a.img", content);
  run_disk({"convert", folder.path("a.img"), folder.path("b.qcow2")});
  run_disk({"convert", folder.path("b.qcow2"), folder.path("c.img")});
  CHECK(folder.content("c.img") == content);
  CHECK(std::filesystem::file_size(folder.path("b.qcow2")) < 32u << 20);
  if (!test::has_qemu_img()) return;
  CHECK(test::check_image(folder.path("b.qcow2")) == 0);
  test::qemu_img("compare -f raw -F qcow2 '" + folder.path("a.img") + "' '" +
                 folder.path("b.qcow2") + "'");
}

TEST_CASE("A copy that fails or is interrupted leaves nothing behind") {
  const test::TempFolder folder;
  folder.file("a.img", noise(8u << 20));
  const test::Rendezvous ready;
  test::ChildProcess child([&] {
    ::signal(SIGTERM, SIG_DFL);
    ready.arrive();
    for (;;) run_disk({"convert", "--force", folder.path("a.img"), folder.path("b.qcow2")});
    return 0;
  });
  ready.wait();
  child.send(SIGKILL);
  child.wait();
  // Whole, or not there at all.
  if (std::filesystem::exists(folder.path("b.qcow2")) && test::has_qemu_img())
    test::qemu_img("compare -f raw -F qcow2 '" + folder.path("a.img") + "' '" +
                   folder.path("b.qcow2") + "'");
  CHECK(files_in(folder) <= 2);
}

TEST_CASE("Sizes are told as people say them") {
  CHECK(disk::size_text(512) == "512 bytes");
  CHECK(disk::size_text(8ull << 30) == "8 GiB");
  CHECK(disk::size_text(1536) == "1.5 KiB");
  CHECK(disk::size_text(~0ull) == "16.0 EiB");
}

}  // namespace minivmm::cli
