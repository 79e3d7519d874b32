// The tray of a CD-ROM drive: discs that come and go, by the guest's and by a person's hand.

#include <array>
#include <catch2/catch.hpp>

#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::image_bytes;
using test::kSecondary;
using Sense = std::array<unsigned, 3>;

constexpr Sense kNoDiscTrayClosed{0x2, 0x3a, 1};
constexpr Sense kNoDiscTrayOpen{0x2, 0x3a, 2};
constexpr Sense kChanged{0x6, 0x28, 0};
constexpr Sense kGood{0, 0, 0};

struct Machine : IdeMachine {
  Machine() { settle_cd(); }

  void eject() { packet({0x1b, 0, 0, 0, 0x02}); }
  void load() { packet({0x1b, 0, 0, 0, 0x03}); }
  void lock_tray(bool locked) {
    packet({0x1e, 0, 0, 0, static_cast<std::uint8_t>(locked ? 1 : 0)});
  }
  /// By TEST UNIT READY.
  Sense ready() {
    packet({0x00});
    return sense();
  }
  /// GET EVENT STATUS NOTIFICATION of the media class: event and status.
  std::pair<unsigned, unsigned> event() {
    packet({0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8});
    const Bytes bytes = answer();
    REQUIRE(bytes.size() == 8);
    return {bytes[4], bytes[5]};
  }
  /// A person's hand.
  AtapiCd::Eject press() {
    const std::lock_guard guard(controller.lock());
    return cd.press_eject();
  }
  void put_in(ImageQueue& queue) {
    const std::lock_guard guard(controller.lock());
    cd.take_out();
    cd.insert(queue);
  }
};

using Told = std::pair<unsigned, unsigned>;

}  // namespace

TEST_CASE("A guest that ejects has an open tray and no medium, until it closes the tray") {
  Machine machine;
  machine.eject();
  CHECK(machine.tray_moves == std::vector<bool>{true});
  CHECK(machine.event() == Told{3, 1});
  CHECK(machine.ready() == kNoDiscTrayOpen);
  machine.load();
  CHECK(machine.tray_moves == std::vector<bool>{true, false});
  CHECK(machine.event() == Told{2, 2});
  CHECK(machine.ready() == kChanged);
  CHECK(machine.ready() == kGood);
}

TEST_CASE("A tray that the guest locked can't be ejected by it, until it unlocks it") {
  Machine machine;
  machine.lock_tray(true);
  machine.eject();
  CHECK(machine.sense() == Sense{0x5, 0x53, 2});
  CHECK(machine.ready() == kGood);
  machine.lock_tray(false);
  machine.eject();
  CHECK(machine.ready() == kNoDiscTrayOpen);
}

TEST_CASE("A person's press opens the tray, and of a locked one asks the guest") {
  Machine machine;
  machine.lock_tray(true);
  CHECK(machine.press() == AtapiCd::Eject::kAsked);
  CHECK(machine.event() == Told{1, 2});
  CHECK(machine.event() == Told{0, 2});
  CHECK(machine.ready() == kGood);

  machine.lock_tray(false);
  CHECK(machine.press() == AtapiCd::Eject::kOpened);
  CHECK(machine.ready() == kNoDiscTrayOpen);
}

TEST_CASE("A locked tray opens by force") {
  Machine machine;
  machine.lock_tray(true);
  {
    const std::lock_guard guard(machine.controller.lock());
    machine.cd.force_open();
  }
  CHECK(machine.ready() == kNoDiscTrayOpen);
}

TEST_CASE("A new disc is told of once, and it is that one which is read") {
  Machine machine;
  test::MemoryDisk other({.size = 64 * 2048, .read_only = true});
  IdeMachine::number(other.contents(), 9);
  ImageQueue other_queue({.backend = other, .wake = [] {}});
  machine.put_in(other_queue);

  CHECK(machine.event() == Told{2, 2});
  CHECK(machine.ready() == kChanged);
  machine.packet({0x25});
  CHECK(machine.answer()[3] == 63);
  machine.packet({0x28, 0, 0, 0, 0, 1, 0, 0, 1});
  other_queue.serve(machine.controller.lock(), BlockBackend::Wait::kNo);
  CHECK(machine.answer() == image_bytes(2048, 2048, 9));
  const std::lock_guard guard(machine.controller.lock());
  machine.cd.take_out();
}

TEST_CASE("A disc that goes while a read of it still waits fails that read") {
  Machine machine;
  machine.set(kSecondary, 1, 0);
  machine.set(kSecondary, 7, kCmdPacket);
  for (const std::uint16_t word : std::initializer_list<std::uint16_t>{0x0028, 0, 0, 0, 0x0001, 0})
    test::store(machine.ports, kSecondary.command, word);
  CHECK(machine.status(kSecondary) == kBusy);
  {
    const std::lock_guard guard(machine.controller.lock());
    machine.cd.take_out();
  }
  CHECK((machine.status(kSecondary) & (kBusy | kError)) == kError);
  CHECK(machine.secondary_irq.rises() > 0);
}

TEST_CASE("An empty drive has no medium, and its tray is closed") {
  Machine machine;
  {
    const std::lock_guard guard(machine.controller.lock());
    machine.cd.take_out();
  }
  CHECK(machine.ready() == kNoDiscTrayClosed);
  machine.packet({0x25});
  CHECK(machine.sense() == kNoDiscTrayClosed);
  machine.packet({0x46, 0, 0, 0, 0, 0, 0, 0, 255});
  const Bytes configuration = machine.answer();
  CHECK((configuration[6] | configuration[7]) == 0);
  machine.packet({0x1a, 0, 0x2a, 0, 255});
  CHECK(machine.answer()[1] == 0x70);
}

TEST_CASE("The state of the tray is told by the mechanism's status, too") {
  Machine machine;
  machine.packet({0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8});
  CHECK(machine.answer()[1] == 0);
  machine.eject();
  machine.packet({0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8});
  CHECK(machine.answer()[1] == 0x10);
}

TEST_CASE("Events come only to who polls for them") {
  Machine machine;
  machine.packet({0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
  machine.packet({0x4a, 1, 0, 0, 0x02, 0, 0, 0, 8});
  const Bytes nothing = machine.answer();
  REQUIRE(nothing.size() == 4);
  CHECK(nothing[2] == 0x80);
  CHECK(nothing[3] == 0x10);
}

}  // namespace minivmm::ide
