#include "host/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "minivmm/error.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;

TEST_CASE("a file view shows the file's bytes") {
  const test::TempFolder folder;
  const FileView view(folder.file("kernel", "bytes"), "kernel");
  REQUIRE(view.bytes().size() == 5);
  CHECK(std::memcmp(view.bytes().data(), "bytes", 5) == 0);
}

TEST_CASE("a file that can't be viewed is named with the reason and a remedy") {
  const test::TempFolder folder;
  CHECK_THROWS_WITH(FileView(folder.path("absent"), "kernel"),
                    Contains("kernel '" + folder.path("absent") + "'") &&
                        Contains("No such file") && Contains("check the path"));
  CHECK_THROWS_WITH(FileView(folder.path(""), "initrd"),
                    Contains("initrd '") && Contains("is a directory"));
  CHECK_THROWS_WITH(FileView(folder.file("empty", ""), "kernel"), Contains("is empty"));
  CHECK_THROWS_WITH(FileView("/dev/null", "kernel"), Contains("not a regular file"));
  CHECK_THROWS_AS(FileView(folder.path("absent"), "kernel"), ConfigError);
}

TEST_CASE("a pipe without a writer is refused instead of being waited for") {
  const test::TempFolder folder;
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(FileView(folder.path("pipe"), "kernel"), Contains("not a regular file"));
}

TEST_CASE("a mapping moves its pages and gives them back once") {
  constexpr std::size_t kSize = 4096;
  void* pages = ::mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Mapping first(pages, kSize);
  Mapping second(std::move(first));
  CHECK(second.data() == pages);
  CHECK(first.data() == nullptr);
  {
    Mapping third;
    third = std::move(second);
    CHECK(third.size() == kSize);
  }
  // mincore(2) answers ENOMEM for pages that aren't mapped.
  unsigned char resident = 0;
  CHECK(::mincore(pages, kSize, &resident) == -1);
}

}  // namespace
}  // namespace minivmm
