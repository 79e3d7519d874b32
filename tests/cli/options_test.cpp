#include "cli/options.h"

#include <catch2/catch.hpp>
#include <vector>

#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

Options parse(std::vector<const char*> args) {
  return parse_options(args);
}

}  // namespace

TEST_CASE("Nothing said gives the demo guest on a small machine with the terminal as COM1") {
  const MachineConfig config = parse({}).machine;
  CHECK(config.kernel.empty());
  CHECK(config.memory == 512ull << 20);
  CHECK(config.cpus == 1);
  REQUIRE(config.serials.size() == 1);
  CHECK(config.serials[0].kind == CharKind::kStdio);
  CHECK(config.reboot);
}

TEST_CASE("The command of the README is understood") {
  const MachineConfig config =
      parse({"--mem", "2G", "--cpus", "2", "--kernel", "vmlinuz", "--initrd", "initrd.img",
             "--cmdline", "console=ttyS0", "--disk", "guest.img"})
          .machine;
  CHECK(config.memory == 2ull << 30);
  CHECK(config.cpus == 2);
  CHECK(config.kernel == "vmlinuz");
  CHECK(config.initrd == "initrd.img");
  CHECK(config.cmdline == "console=ttyS0");
  REQUIRE(config.disks.size() == 1);
  CHECK(config.disks[0].path == "guest.img");
}

TEST_CASE("Firmware and its boot order are taken over, and have their defaults") {
  const MachineConfig config =
      parse({"--firmware", "bios.bin", "--boot", "cd,disk,menu=on", "--disk", "a.img"}).machine;
  CHECK(config.firmware == "bios.bin");
  CHECK(config.boot_order == std::vector{BootDevice::kCdrom, BootDevice::kDisk});
  CHECK(config.boot_menu);

  const MachineConfig plain = parse({"--disk", "a.img"}).machine;
  CHECK(plain.firmware.empty());
  CHECK(plain.boot_order == std::vector{BootDevice::kDisk, BootDevice::kCdrom});
  CHECK(parse({"--boot", "menu=on"}).machine.boot_order == plain.boot_order);
}

TEST_CASE("FILE may stand anywhere, with or without the word run") {
  CHECK(parse({"memtest.elf"}).machine.kernel == "memtest.elf");
  CHECK(parse({"run", "--mem", "1G", "memtest.elf"}).machine.kernel == "memtest.elf");
  CHECK(parse({"memtest.elf", "--disk", "a.img", "--disk", "b.img"}).machine.disks.size() == 2);
}

TEST_CASE("Options that repeat keep their order and take one word each") {
  const MachineConfig config =
      parse({"--serial", "none", "--serial", "pty", "--module", "a.bin hello world", "kernel"})
          .machine;
  REQUIRE(config.serials.size() == 2);
  CHECK(config.serials[1].kind == CharKind::kPty);
  CHECK(config.modules == std::vector<std::string>{"a.bin hello world"});
  CHECK(config.kernel == "kernel");
}

TEST_CASE("A command line may hold anything, dashes and commas too") {
  CHECK(parse({"--cmdline", "console=ttyS0,115200 -- -x", "k"}).machine.cmdline ==
        "console=ttyS0,115200 -- -x");
  CHECK(parse({"--cmdline=--quiet", "k"}).machine.cmdline == "--quiet");
}

TEST_CASE("An unknown option is refused with the nearest one named") {
  CHECK_THROWS_WITH(parse({"--kernal", "x"}),
                    "option '--kernal' is unknown: did you mean --kernel?");
}

TEST_CASE("What contradicts itself or is no number is refused") {
  CHECK_THROWS_AS(parse({"--kernel", "a", "b"}), ConfigError);
  CHECK_THROWS_AS(parse({"a", "b"}), ConfigError);
  CHECK_THROWS_AS(parse({"--cpus", "two"}), ConfigError);
  CHECK_THROWS_AS(parse({"--cpus", "-1"}), ConfigError);
  CHECK_THROWS_AS(parse({"--mem"}), ConfigError);
  CHECK_THROWS_AS(parse({"--log", "loud"}), ConfigError);
}

TEST_CASE("--help and --version print and do nothing else") {
  CHECK(parse({"--version"}).print.starts_with("minivmm "));
  CHECK(parse({"--help"}).print.find("--disk") != std::string::npos);
}

}  // namespace minivmm::cli
