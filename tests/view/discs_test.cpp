// What the list of discs is made of.

#include "view/discs.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <string>

#include "support/temp_folder.h"

namespace minivmm::view {
namespace {

namespace fs = std::filesystem;

void make(const fs::path& path, int minutes_ago) {
  std::ofstream(path) << "disc";
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(minutes_ago));
}

std::vector<std::string> names(const std::vector<Disc>& discs) {
  std::vector<std::string> all;
  for (const Disc& disc : discs) all.push_back(disc.path.filename());
  return all;
}

TEST_CASE("images of several folders are one list, the newest first, each once") {
  const test::TempFolder folder;
  const fs::path one = fs::path(folder.path("")) / "one";
  const fs::path two = fs::path(folder.path("")) / "two";
  fs::create_directories(one / "folder.iso");
  fs::create_directory(two);
  make(one / "old.iso", 30);
  make(two / "new.ISO", 10);
  make(one / "middle.iso", 20);
  make(one / "disk.img", 1);
  const fs::path same = one / ".." / "one";
  const auto discs = find_discs({one, two, same, "", fs::path(folder.path("")) / "none"});
  CHECK(names(discs) == std::vector<std::string>{"new.ISO", "middle.iso", "old.iso"});
  CHECK(discs.front().path.is_absolute());
}

TEST_CASE("of many images the newest are offered") {
  const test::TempFolder folder;
  for (int i = 0; i < 20; ++i)
    make(fs::path(folder.path("")) / (std::to_string(i) + ".iso"), 10 + i);
  const auto discs = find_discs({folder.path("")});
  REQUIRE(discs.size() == kMostDiscs);
  CHECK(names(discs).front() == "0.iso");
  CHECK(names(discs).back() == std::to_string(kMostDiscs - 1) + ".iso");
}

TEST_CASE("downloads are where the desktop says") {
  const test::TempFolder folder;
  const std::string home = folder.path("");
  CHECK(download_folder(nullptr, nullptr).empty());
  CHECK(download_folder(home.c_str(), nullptr) == fs::path(home) / "Downloads");
  const fs::path config = fs::path(home) / "config";
  fs::create_directory(config);
  std::ofstream(config / "user-dirs.dirs")
      << "# XDG_DOWNLOAD_DIR=\"/no\"\nXDG_DOWNLOAD_DIR=\"$HOME/My \\\"Files\\\"\"\n";
  CHECK(download_folder(home.c_str(), config.c_str()) == fs::path(home) / "My \"Files\"");
  std::ofstream(config / "user-dirs.dirs") << "XDG_DOWNLOAD_DIR=\"/srv/files\"\n";
  CHECK(download_folder(home.c_str(), config.c_str()) == "/srv/files");
}

TEST_CASE("any file's name can be drawn") {
  CHECK(shown("Größe.iso", Keep::kBeginning) == "Größe.iso");
  CHECK(shown("a\xff\n\xc0\x80.iso", Keep::kBeginning) == "a????.iso");
  CHECK(shown("\xe2\x82", Keep::kEnd) == "??");
  CHECK(shown(std::string(60, 'x') + "end", Keep::kBeginning) == std::string(47, 'x') + "…");
  CHECK(shown(std::string(60, 'x') + "end", Keep::kEnd) == "…" + std::string(44, 'x') + "end");
  CHECK(printable("a\tb") == "a?b");
}

}  // namespace
}  // namespace minivmm::view
