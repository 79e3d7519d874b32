// Whatever ends minivmm, the terminal is what it was before.

#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "cli/exit_status.h"
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

}  // namespace minivmm
