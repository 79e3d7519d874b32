#include "cli/parse.h"

#include <catch2/catch.hpp>

#include "minivmm/error.h"

namespace minivmm::cli {

TEST_CASE("Sizes are whole numbers with a power of 1024") {
  CHECK(parse_size("65536") == 65536);
  CHECK(parse_size("512M") == 512ull << 20);
  CHECK(parse_size("2G") == 2ull << 30);
  CHECK(parse_size("2g") == 2ull << 30);
  CHECK(parse_size("1GiB") == 1ull << 30);
  CHECK(parse_size("64KB") == 64ull << 10);
  CHECK(parse_size("15E") == 15ull << 60);
}

TEST_CASE("A size that is no size is refused with what would be one") {
  const auto text = GENERATE("", "0", "0G", "2X", "G", "-1G", "1.5G", "2GG", "16E",
                             "99999999999999999999", "2 G");
  CAPTURE(text);
  CHECK_THROWS_AS(parse_size(text), ConfigError);
}

TEST_CASE("The message about a size names it and shows a right one") {
  CHECK_THROWS_WITH(parse_size("2X"),
                    "size '2X' is not understood: give a whole number with K, M, G or T "
                    "after it, as in 512M or 2G");
}

TEST_CASE("Times have units, and a bare number is in seconds") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("10") == 10s);
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("1.5m") == 90s);
  CHECK(parse_duration("2h") == 2h);
}

TEST_CASE("A time that is no time is refused") {
  const auto text = GENERATE("", "0", "-1s", "s", "10x", "inf", "nan", "1e99", "9999999999999h");
  CAPTURE(text);
  CHECK_THROWS_AS(parse_duration(text), ConfigError);
}

TEST_CASE("A disk is a path and its options") {
  const DiskConfig qcow2 = parse_disk("a,format=qcow2,backing=on");
  CHECK(qcow2.format == DiskFormat::kQcow2);
  CHECK(qcow2.backing);
  CHECK(parse_disk("a,format=raw").format == DiskFormat::kRaw);
  CHECK(parse_disk("a.qcow2").format == DiskFormat::kByName);
  const DiskConfig disk = parse_disk("a.img,readonly,direct,serial=ROOT");
  CHECK(disk.path == "a.img");
  CHECK(disk.read_only);
  CHECK(disk.direct);
  CHECK(disk.serial == "ROOT");
}

TEST_CASE("A disk is on virtio or, if that is said, on IDE") {
  CHECK(parse_disk("a.img").bus == DiskBus::kVirtio);
  CHECK(parse_disk("a.img,bus=virtio").bus == DiskBus::kVirtio);
  CHECK(parse_disk("a.img,bus=ide,readonly").bus == DiskBus::kIde);
  CHECK_THROWS_WITH(parse_disk("a.img,bus=scsi"), Catch::Contains("bus=ide or bus=virtio"));
}

TEST_CASE("A CD-ROM drive has a disc, or none") {
  CHECK(parse_cdrom("a,,b.iso").path == "a,b.iso");
  CHECK_FALSE(parse_cdrom("a.iso").any);
  CHECK(parse_cdrom("a.img,any").any);
  CHECK(parse_cdrom("none").path.empty());
  CHECK_THROWS_WITH(parse_cdrom(""), Catch::Contains("ISO"));
  CHECK_THROWS_WITH(parse_cdrom("a.iso,readonly"), Catch::Contains("give any"));
}

TEST_CASE("A doubled comma in a disk's path stands for one") {
  CHECK(parse_disk("a,,b.img,readonly").path == "a,b.img");
}

TEST_CASE("A disk without a path, with an unknown option or a long serial is refused") {
  CHECK_THROWS_AS(parse_disk(""), ConfigError);
  CHECK_THROWS_AS(parse_disk(",readonly"), ConfigError);
  CHECK_THROWS_AS(parse_disk("a.img,ro"), ConfigError);
  CHECK_THROWS_AS(parse_disk("a.img,serial=123456789012345678901"), ConfigError);
}

TEST_CASE("A boot order is kept as it was said, with or without a menu") {
  CHECK(parse_boot("disk").order == std::vector{BootDevice::kDisk});
  const BootWords words = parse_boot("network,menu=on,cd");
  CHECK(words.order == std::vector{BootDevice::kNetwork, BootDevice::kCdrom});
  CHECK(words.menu);
  CHECK(parse_boot("menu=on").order.empty());
  CHECK_FALSE(parse_boot("disk,menu=off").menu);
}

TEST_CASE("A boot order with an unknown device, a device twice or nothing in it is refused") {
  CHECK_THROWS_WITH(parse_boot("floppy"), Catch::Contains("disk, cd and network"));
  CHECK_THROWS_WITH(parse_boot("disk,cd,disk"), Catch::Contains("disk twice"));
  CHECK_THROWS_AS(parse_boot("disk,"), ConfigError);
}

TEST_CASE("Serial lines go where they are told") {
  CHECK(parse_serial("stdio").kind == CharKind::kStdio);
  CHECK(parse_serial("none").kind == CharKind::kNone);
  CHECK(parse_serial("pty").kind == CharKind::kPty);
  CHECK(parse_serial("file:out.txt").path == "out.txt");
  CHECK(parse_serial("unix:/run/x").kind == CharKind::kUnix);
  CHECK_THROWS_AS(parse_serial("file:"), ConfigError);
  CHECK_THROWS_AS(parse_serial("tcp:1"), ConfigError);
  CHECK(parse_debug_port("stderr").kind == CharKind::kStderr);
  CHECK_THROWS_AS(parse_debug_port("stdout"), ConfigError);
}

TEST_CASE("What becomes of a crashed guest is one of three words") {
  CHECK(parse_on_crash("stop") == OnCrash::kStop);
  CHECK(parse_on_crash("reset") == OnCrash::kReset);
  CHECK(parse_on_crash("debug") == OnCrash::kDebug);
  CHECK_THROWS_WITH(parse_on_crash("restart"), Catch::Contains("stop, reset or debug"));
}

}  // namespace minivmm::cli
