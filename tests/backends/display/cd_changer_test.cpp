#include "backends/display/cd_changer.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "host/log.h"
#include "minivmm/error.h"
#include "support/fake_machine_control.h"
#include "support/step_loop.h"

namespace minivmm::view {
namespace {

// A drive whose images take as long as the test likes, and one that is no image.
class SlowCd final : public CdControl {
 public:
  void insert(const std::string& path) override {
    if (slow) opened.get_future().wait();
    if (path == "/bad.iso")
      throw ConfigError("CD '/bad.iso': it is no image (give '/bad.iso,any')");
    inserted = path;
  }
  void eject() override {}

  bool slow = false;
  std::promise<void> opened;
  std::string inserted;
};

class Control final : public MachineControl {
 public:
  void press_power_button() override {}
  void press_reset() override {}
  void stop_now() override {}
  void pause() override {}
  void resume() override {}
  [[nodiscard]] State state() const override { return State::kRunning; }
  void when_changed(std::function<void()> /*changed*/) override {}
  [[nodiscard]] CdControl* cd() override { return has_cd ? &drive : nullptr; }

  bool has_cd = true;
  SlowCd drive;
};

struct Desk {
  Desk() { log::set_level(log::Level::kOff); }
  ~Desk() { log::set_level(log::Level::kInfo); }
  // Until the machine has said so many things.
  void hear(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (told.size() < count && std::chrono::steady_clock::now() < end) {
      loop.run_ready();
      std::this_thread::yield();
    }
    REQUIRE(told.size() == count);
  }
  test::StepLoop loop;
  Control control;
  std::vector<Drive> told;
  CdChanger changer{loop, control, "/first.iso",
                    [this](const Drive& drive) { told.push_back(drive); }};
};

std::string text(const auto& chars) {
  return chars.data();
}

TEST_CASE("a disc that a viewer names is in the drive, and the viewer is told") {
  Desk desk;
  CHECK(text(desk.changer.drive().disc) == "/first.iso");
  CHECK(desk.changer.drive().folder.front() == '/');
  desk.changer.insert("/second.iso");
  desk.hear(1);
  CHECK(desk.control.drive.inserted == "/second.iso");
  CHECK(desk.told[0].answers == 1);
  CHECK(text(desk.told[0].disc) == "/second.iso");
  CHECK(text(desk.told[0].error).empty());
}

TEST_CASE("what is no disc is told in short, and changes nothing") {
  Desk desk;
  desk.changer.insert("/bad.iso");
  desk.hear(1);
  CHECK(text(desk.told[0].error) == "bad.iso: it is no image");
  CHECK(text(desk.told[0].disc) == "/first.iso");
  CHECK(desk.control.drive.inserted.empty());
  desk.changer.insert("/good.iso");
  desk.hear(2);
  CHECK(desk.control.drive.inserted == "/good.iso");
}

TEST_CASE("a file system that does not answer holds nobody up") {
  Desk desk;
  desk.control.drive.slow = true;
  desk.changer.insert("/slow.iso");
  desk.changer.insert("/other.iso");
  REQUIRE(desk.told.size() == 1);
  CHECK(text(desk.told[0].error) == "another image is still being opened");
  desk.control.drive.opened.set_value();
  desk.hear(2);
  CHECK(text(desk.told[1].disc) == "/slow.iso");
}

TEST_CASE("a machine without a drive says so") {
  Desk desk;
  desk.control.has_cd = false;
  desk.changer.insert("/second.iso");
  desk.hear(1);
  CHECK(text(desk.told[0].error) == "this machine has no CD-ROM drive");
}

}  // namespace
}  // namespace minivmm::view
