// The drives of a machine, with their images in files and the threads of these.

#include "machine/ide_drives.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "host/log.h"
#include "support/fake_irq_line.h"
#include "support/fake_machine_control.h"
#include "support/guest_access.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

constexpr std::uint16_t kCd = 0x170;
constexpr std::uint8_t kBusy = 0x80;
constexpr std::uint8_t kDataRequest = 0x08;
constexpr std::uint8_t kError = 0x01;

std::string disc(char letter) {
  std::string content(20 * 2048, letter);
  content.replace(16 * 2048 + 1, 5, "CD001");
  return content;
}

/// A machine with one CD-ROM drive, and its guest, which polls.
class Machine {
 public:
  explicit Machine(const std::string& path)
      : config_{.kernel = "vmlinuz", .cdrom = CdromConfig{.path = path}},
        side_(config_, {}, control_),
        onlookers_(config_, [](unsigned) { return 0; }) {
    log::set_level(log::Level::kOff);
    power_on();
  }

  /// As a reset does: everything of the guest anew.
  void power_on() {
    drives_.reset();
    drives_ = std::make_unique<IdeDrives>(
        config_,
        IdeDrives::Wiring{.memory = memory_,
                          .ports = ports_,
                          .mmio = mmio_,
                          .side = side_,
                          .stop = stop_,
                          .control = control_,
                          .onlookers = onlookers_},
        IdeDrives::Irqs{std::make_unique<UnconnectedLine>(), std::make_unique<UnconnectedLine>()});
    drives_->enable_as_firmware();
    drives_->start();
    packet({0x00});  // Hears of the power-on.
  }
  void eject() { drives_->carry_out({}); }
  void insert(const std::string& path) { drives_->carry_out({.disc = open_disc({.path = path})}); }

  /// Answers whether the packet succeeded.
  bool packet(std::vector<std::uint8_t> bytes) {
    bytes.resize(12);
    test::store<std::uint8_t>(ports_, kCd + 7, 0xa0);
    for (std::size_t i = 0; i < bytes.size(); i += 2)
      test::store(ports_, kCd, static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8));
    return (wait() & kError) == 0;
  }
  /// The first character of the disc; 0: it can't be read.
  char first_letter() {
    if (!packet({0x28, 0, 0, 0, 0, 0, 0, 0, 1})) return 0;
    const auto letter = static_cast<char>(test::load<std::uint16_t>(ports_, kCd) & 0xff);
    while ((wait() & kDataRequest) != 0) test::load<std::uint16_t>(ports_, kCd);
    return letter;
  }
  CdTray& tray() { return *side_.cd_tray(); }

 private:
  std::uint8_t wait() {
    for (;;) {
      const auto status = test::load<std::uint8_t>(ports_, kCd + 7);
      if ((status & kBusy) == 0) return status;
      std::this_thread::yield();
    }
  }

  const MachineConfig config_;
  std::vector<std::byte> ram_ = std::vector<std::byte>(4096);
  GuestMemory memory_{{{{{0}, 4096}, ram_.data()}}};
  Bus ports_;
  Bus mmio_;
  test::FakeMachineControl control_;
  StopControl stop_;
  HostSide side_;
  Onlookers onlookers_;
  std::unique_ptr<IdeDrives> drives_;
};

}  // namespace

TEST_CASE("A guest reads the disc that was named, and another one that a person puts in") {
  const test::TempFolder folder;
  Machine machine(folder.file("a.iso", disc('a')));
  CHECK(machine.first_letter() == 'a');
  machine.insert(folder.file("b.iso", disc('b')));
  CHECK(machine.first_letter() == 0);  // The medium may have changed.
  CHECK(machine.first_letter() == 'b');
}

TEST_CASE("An ejected disc is out, and nobody has its file open any longer") {
  const test::TempFolder folder;
  Machine machine(folder.file("a.iso", disc('a')));
  machine.eject();
  CHECK(machine.first_letter() == 0);
  CHECK(machine.tray().open());
  CHECK(machine.tray().disc() == nullptr);
  CHECK_NOTHROW(ImageFile({.path = folder.path("a.iso")}));
}

TEST_CASE("A guest that has the disc locked is asked before it is taken away") {
  const test::TempFolder folder;
  Machine machine(folder.file("a.iso", disc('a')));
  machine.packet({0x1e, 0, 0, 0, 1});
  machine.eject();
  CHECK(machine.first_letter() == 'a');
  machine.eject();
  CHECK(machine.first_letter() == 0);
}

TEST_CASE("A tray that the guest opened is still open after a reset") {
  const test::TempFolder folder;
  Machine machine(folder.file("a.iso", disc('a')));
  machine.packet({0x1b, 0, 0, 0, 2});
  machine.power_on();
  CHECK(machine.first_letter() == 0);
  machine.packet({0x1b, 0, 0, 0, 3});
  machine.packet({0x00});
  CHECK(machine.first_letter() == 'a');
}

TEST_CASE("An empty drive takes a disc") {
  const test::TempFolder folder;
  Machine machine("");
  CHECK(machine.first_letter() == 0);
  machine.insert(folder.file("a.iso", disc('a')));
  machine.packet({0x00});
  CHECK(machine.first_letter() == 'a');
}

}  // namespace minivmm
