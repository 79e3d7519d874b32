#include "backends/block/image_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "minivmm/error.h"
#include "support/child_process.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;

// The message that a user sees, or nothing when the image is accepted.
std::string complaint(const DiskConfig& config) {
  try {
    const ImageFile image(config);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST_CASE("an image's size is known, and that it can be discarded") {
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", 1u << 20)});
  CHECK(image.info().size == 1u << 20);
  CHECK(image.info().block_size >= kSectorSize);
  CHECK(image.info().discard_alignment != 0);
  CHECK_FALSE(image.info().read_only);
}

TEST_CASE("a read-only image can't be discarded") {
  const test::TempFolder folder;
  const ImageFile image({.path = folder.sparse_file("disk", 512), .read_only = true});
  CHECK(image.info().read_only);
  CHECK(image.info().discard_alignment == 0);
}

TEST_CASE("an image that can't be used is named with the reason and a remedy") {
  const test::TempFolder folder;
  CHECK_THAT(complaint({folder.path("absent")}),
             Contains("disk '" + folder.path("absent") + "': no such file") &&
                 Contains("minivmm disk create"));
  CHECK_THAT(complaint({folder.path("")}), Contains("is a directory"));
  CHECK_THAT(complaint({folder.file("empty", "")}), Contains("no content"));
  CHECK_THAT(complaint({folder.file("odd", std::string(513, 'x'))}),
             Contains("513 bytes are not a multiple of 512"));
  CHECK_THAT(complaint({"/dev/null"}), Contains("neither a regular file nor a block device"));
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK_THAT(complaint({folder.path("pipe")}), Contains("neither a regular file"));
}

TEST_CASE("an image in a container format is refused before a guest overwrites it") {
  const test::TempFolder folder;
  const std::string sectors(1024, '\0');
  CHECK_THAT(complaint({folder.file("a", std::string("QFI\xfb") + sectors.substr(4))}),
             Contains("qcow2") && Contains(",format=qcow2'"));
  CHECK_THAT(complaint({folder.file("b", "KDMV" + sectors.substr(4))}), Contains("vmdk"));
  CHECK_THAT(complaint({folder.file("c", "vhdxfile" + sectors.substr(8))}), Contains("vhdx"));
  CHECK_THAT(complaint({folder.file(
                 "d", sectors.substr(0, 64) + "\x7f\x10\xda\xbe" + sectors.substr(68))}),
             Contains("vdi"));
}

TEST_CASE("what one may not read or write is said, with what to give instead") {
  const test::TempFolder folder;
  const std::string locked = folder.sparse_file("locked", 512);
  const std::string readable = folder.sparse_file("readable", 512);
  ::chmod(folder.path("").c_str(), 0755);
  ::chmod(locked.c_str(), 0);
  ::chmod(readable.c_str(), 0444);
  // Root may everything, so the child becomes nobody.
  test::ChildProcess child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 10;
    if (complaint({locked}).find("it must be readable for you") == std::string::npos) return 1;
    if (complaint({readable}).find("readable,readonly'") == std::string::npos) return 2;
    return complaint({.path = readable, .read_only = true}).empty() ? 0 : 3;
  });
  CHECK(WEXITSTATUS(child.wait()) == 0);
}

TEST_CASE("with direct, transfers that fit go past the page cache and others through it") {
  const test::TempFolder folder;
  const ImageFile image({.path = folder.sparse_file("disk", 1u << 20), .direct = true});
  alignas(4096) static std::array<std::byte, 8192> memory{};
  const std::span<std::byte> page = std::span(memory).first(4096);
  const std::array<std::span<std::byte>, 1> fits{page};
  const std::array<std::span<std::byte>, 1> shifted{std::span(memory).subspan(1, 4096)};
  const std::array<std::span<std::byte>, 1> part{page.first(100)};
  CHECK(image.fd() != image.cached_fd());
  CHECK(image.fits_direct(4096, fits));
  CHECK_FALSE(image.fits_direct(4096, shifted));
  CHECK_FALSE(image.fits_direct(4096, part));
  CHECK_FALSE(image.fits_direct(100, fits));
}

}  // namespace
}  // namespace minivmm
