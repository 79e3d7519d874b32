#include "backends/block/disc_image.h"

#include <catch2/catch.hpp>
#include <string>

#include "minivmm/error.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;

std::string complaint(const std::string& path, DiscKind kind = DiscKind::kKnown) {
  try {
    check_disc_image(path, kind);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

std::string disc(std::string_view identifier, std::size_t size = 20 * 2048) {
  std::string content(size, '\0');
  content.replace(16 * 2048 + 1, identifier.size(), identifier);
  return content;
}

TEST_CASE("a disc's image with ISO 9660 or UDF on it is one") {
  const test::TempFolder folder;
  CHECK(complaint(folder.file("iso", disc("CD001"))).empty());
  CHECK(complaint(folder.file("udf", disc("BEA01"))).empty());
}

TEST_CASE("a disk's image is no disc's, unless somebody insists") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 1 << 20);
  CHECK_THAT(complaint(path), Contains("no ISO 9660") && Contains(",any") && Contains("--disk"));
  CHECK(complaint(path, DiscKind::kAny).empty());
}

TEST_CASE("an image that is not whole is refused with what to do") {
  const test::TempFolder folder;
  CHECK_THAT(complaint(folder.file("cut", disc("CD001", 20 * 2048 - 100))),
             Contains("not a multiple of 2048") && Contains("truncate -s %2048"));
  CHECK_THAT(complaint(folder.file("empty", "")), Contains("no content"));
  CHECK_THAT(complaint(folder.file("short", "CD001")), Contains("no ISO 9660"));
}

TEST_CASE("a disc's image that isn't there, or is a folder, is refused") {
  const test::TempFolder folder;
  CHECK_THAT(complaint(folder.path("missing.iso")), Contains("no such file"));
  CHECK_THAT(complaint(folder.path("")), Contains("directory"));
  CHECK_THAT(complaint("/dev/null"), Contains("neither a regular file"));
}

}  // namespace
}  // namespace minivmm
