// Whatever ends minivmm, the terminal is what it was before.

#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "cli/exit_status.h"
#include "support/temp_folder.h"
#include "terminal/pty_run.h"

namespace minivmm {
namespace {

constexpr const char* kPrompt = "demo> ";
constexpr const char* kQuit = "\x01x";  // Ctrl-A x

// The demo guest at its prompt, and the terminal raw.
void reach_prompt(PtyRun& run) {
  if (!run.wait_for(kPrompt)) FAIL(run.account());
  REQUIRE(run.is_raw());
}

}  // namespace

TEST_CASE("After Ctrl-A x the terminal is as it was") {
  PtyRun run({});
  reach_prompt(run);
  run.type(kQuit);
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("Ctrl-A h lists the keys on the raw terminal") {
  PtyRun run({});
  reach_prompt(run);
  run.type("\x01h");
  CHECK(run.wait_for("Ctrl-A x"));
  run.type(kQuit);
  CHECK(run.wait_for_end() == cli::kExitSuccess);
}

TEST_CASE("After the guest's power-off the terminal is as it was") {
  PtyRun run({});
  reach_prompt(run);
  run.type("off\r");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("After a crash of the guest the terminal is as it was, and the account is on it") {
  PtyRun run({});
  reach_prompt(run);
  run.type("crash\r");
  CHECK(run.wait_for_end() == cli::kExitCrash);
  CHECK(run.is_restored());
  CHECK_THAT(run.output(), Catch::Contains("triple fault"));
}

TEST_CASE("After an error of the start the terminal is as it was") {
  PtyRun run({"--disk", "/nonexistent.img", "--kernel", "/nonexistent.elf"});
  CHECK(run.wait_for_end() == cli::kExitUsage);
  CHECK(run.is_restored());
}

TEST_CASE("The first SIGTERM presses the power button, the second stops the guest at once") {
  const int number = GENERATE(SIGTERM, SIGINT, SIGHUP);
  CAPTURE(number);
  // This guest doesn't listen to the button, so only the second signal ends it.
  PtyRun run({"--kernel", MINIVMM_ECHO_GUEST});
  REQUIRE(run.wait_for("ready"));
  run.signal(number);
  CHECK(run.wait_for("asked to power off"));
  run.signal(SIGTERM);
  CHECK(run.wait_for_end() == cli::kExitSignal);
  CHECK(run.is_restored());
}

TEST_CASE("A guest that listens to the power button powers off at the first SIGTERM") {
  PtyRun run({});
  reach_prompt(run);
  run.signal(SIGTERM);
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("After the death by another signal the terminal is as it was") {
  const int number = GENERATE(SIGQUIT, SIGSEGV, SIGABRT);
  CAPTURE(number);
  PtyRun run({});
  reach_prompt(run);
  run.signal(number);
  CHECK(run.wait_for_end() == 256 + number);
  CHECK(run.is_restored());
}

TEST_CASE("A reset of the guest keeps the terminal raw, and typing goes on") {
  PtyRun run({});
  reach_prompt(run);
  run.type("reset\r");
  reach_prompt(run);
  run.type("off\r");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

// Machines of this test alone are found by "minivmm top".
struct OwnMachines {
  OwnMachines() { ::setenv("XDG_RUNTIME_DIR", folder.path("").c_str(), 1); }
  test::TempFolder folder;
};

constexpr const char* kSecondScreen = "\x1b[?1049h";
constexpr const char* kFirstScreen = "\x1b[?1049l";

TEST_CASE("minivmm top takes the terminal over, and gives it back at q, Ctrl-C and signals") {
  const OwnMachines machines;
  PtyRun machine({"--kernel", MINIVMM_ECHO_GUEST, "--display", "none"});
  REQUIRE(machine.wait_for("ready"));
  const std::string end = GENERATE(std::string("q"), std::string("\x03"), std::string("signal"));
  PtyRun top({"top"});
  if (!top.wait_for(kSecondScreen) || !top.wait_for("exits/s")) FAIL(top.account());
  CHECK(top.is_raw());
  if (end == "signal")
    top.signal(SIGTERM);
  else
    top.type(end);
  CHECK(top.wait_for_end() == cli::kExitSuccess);
  CHECK_THAT(top.output(), Catch::EndsWith(kFirstScreen));
  CHECK(top.is_restored());
  machine.type("end\r");
  (void)machine.wait_for_end();
}

TEST_CASE("minivmm top ends with its machine, and says so on the screen that it found") {
  const OwnMachines machines;
  PtyRun machine({"--kernel", MINIVMM_ECHO_GUEST, "--display", "none"});
  REQUIRE(machine.wait_for("ready"));
  PtyRun top({"top"});
  if (!top.wait_for("exits/s")) FAIL(top.account());
  machine.signal(SIGKILL);
  (void)machine.wait_for_end();
  CHECK(top.wait_for_end() == cli::kExitSuccess);
  const std::string& output = top.output();
  CHECK_THAT(output.substr(output.rfind(kFirstScreen)), Catch::Contains("has ended"));
  CHECK(top.is_restored());
}

}  // namespace minivmm
