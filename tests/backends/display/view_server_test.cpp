#include "backends/display/view_server.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "backends/display/view_sockets.h"
#include "minivmm/error.h"
#include "support/step_loop.h"
#include "support/temp_folder.h"
#include "support/test_viewer.h"

namespace minivmm::view {
namespace {

using test::TestViewer;

struct House {
  House()
      : server(loop, "debian.img",
               {.on_viewer = [this] { ++viewers; },
                .on_ready = [this] { ++readies; },
                .on_input = [this](const FromViewer&) { ++inputs; },
                .on_gone = [this] { ++gone; }}) {}
  void let_in(TestViewer& viewer) {
    server.adopt(viewer.take_machines_end());
    loop.run_ready();
  }
  void greet(TestViewer& viewer) {
    let_in(viewer);
    viewer.say(Hello{});
    loop.run_ready();
  }

  int viewers = 0, readies = 0, inputs = 0, gone = 0;
  test::StepLoop loop;
  Server server;
};

TEST_CASE("a viewer that says Hello is told the guest's name, one that doesn't is nobody") {
  House house;
  TestViewer silent;
  house.let_in(silent);
  CHECK_FALSE(house.server.has_viewer());
  TestViewer viewer;
  house.greet(viewer);
  const auto welcome = viewer.hear<Welcome>();
  REQUIRE(welcome);
  CHECK(std::string(welcome->guest_name.data()) == "debian.img");
  CHECK(house.viewers == 1);
}

TEST_CASE("bytes that make no sense end their viewer, and nothing else") {
  House house;
  TestViewer viewer;
  house.greet(viewer);
  TestViewer hostile;
  house.let_in(hostile);
  hostile.say_bytes(std::vector<std::byte>(300, std::byte{0x41}));
  house.loop.run_ready();
  CHECK(hostile.was_hung_up_on());
  CHECK(house.server.has_viewer());
  viewer.say(Key{0xffff, 1});
  house.loop.run_ready();
  CHECK_FALSE(house.server.has_viewer());
  CHECK(house.gone == 1);
  CHECK(house.inputs == 0);
}

TEST_CASE("input before Hello, and a second Hello, make no sense") {
  House house;
  TestViewer early;
  house.let_in(early);
  early.say(Key{30, 1});
  house.loop.run_ready();
  CHECK(early.was_hung_up_on());
  TestViewer twice;
  house.greet(twice);
  twice.say(Hello{});
  house.loop.run_ready();
  CHECK_FALSE(house.server.has_viewer());
}

TEST_CASE("a new viewer takes over from one that hangs") {
  House house;
  TestViewer first;
  house.greet(first);
  house.server.send(Update{}, -1);
  CHECK_FALSE(house.server.ready());
  TestViewer second;
  house.greet(second);
  CHECK(house.server.ready());
  CHECK(house.gone == 1);
  CHECK(house.viewers == 2);
  REQUIRE(first.hear<Welcome>());
  REQUIRE(first.hear<Update>());
  const auto bye = first.hear<Bye>();
  REQUIRE(bye);
  CHECK(bye->why == Parting::kReplaced);
}

TEST_CASE("only the Update that is on its way can be seen") {
  House house;
  TestViewer viewer;
  house.greet(viewer);
  viewer.say(Seen{0});
  house.loop.run_ready();
  CHECK(house.readies == 0);
  house.server.send(Update{}, -1);
  viewer.say(Seen{17});
  house.loop.run_ready();
  CHECK_FALSE(house.server.ready());
  viewer.say(Seen{1});
  house.loop.run_ready();
  CHECK(house.server.ready());
  CHECK(house.readies == 1);
}

TEST_CASE("strangers that never say a word make room for others") {
  House house;
  std::vector<TestViewer> silent(20);
  for (TestViewer& stranger : silent) house.let_in(stranger);
  CHECK(silent.front().was_hung_up_on());
  CHECK_FALSE(silent.back().was_hung_up_on());
}

TEST_CASE("the socket is its owner's alone, and goes with the machine") {
  const test::TempFolder folder;
  const std::string path = folder.path("guest.1");
  {
    House house;
    house.server.listen(path);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    UniqueFd socket = connect_to(path);
    REQUIRE(socket);
    TestViewer viewer{std::move(socket)};
    viewer.say(Hello{});
    house.loop.run_ready();
    CHECK(viewer.hear<Welcome>());
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("machines are found by name, by number and by both") {
  const std::vector<RunningMachine> all{
      {"debian.img", 7, "/a"}, {"debian.img", 8, "/b"}, {"memtest", 9, "/c"}};
  CHECK(machines_named("", all).size() == 3);
  CHECK(machines_named("debian.img", all).size() == 2);
  CHECK(machines_named("memtest", all).size() == 1);
  CHECK(machines_named("8", all).front().path == "/b");
  CHECK(machines_named("debian.img.7", all).front().path == "/a");
  CHECK(machines_named("windows", all).empty());
}

TEST_CASE("a guest's name becomes a file's name without surprises") {
  CHECK(plain_name("my disk;rm -rf.img") == "my_disk_rm_-rf.img");
  CHECK(plain_name("") == "guest");
  CHECK(plain_name(std::string(1000, 'x')).size() == 40);
  CHECK_THROWS_AS(socket_address(std::string(200, 'x')), ConfigError);
}

}  // namespace
}  // namespace minivmm::view
