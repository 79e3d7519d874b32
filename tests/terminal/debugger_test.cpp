// The debugger's prompt on a terminal that it shares with the guest's serial line.

#include <signal.h>

#include <catch2/catch.hpp>
#include <string>

#include "cli/exit_status.h"
#include "terminal/pty_run.h"

namespace minivmm {
namespace {

constexpr const char* kPrompt = "(minivmm) ";
constexpr const char* kDebugKey =
    "\x01"
    "d";  // Ctrl-A d
constexpr const char* kInterrupt = "\x03";
constexpr const char* kEndOfInput = "\x04";

void reach_prompt(PtyRun& run) {
  if (!run.wait_for(kPrompt)) FAIL(run.account());
}

void say(PtyRun& run, const char* line, const char* answer) {
  run.type(line);
  if (!run.wait_for(answer)) FAIL(run.account());
}

}  // namespace

TEST_CASE(
    "minivmm debug stands before the first instruction, and quit leaves the terminal as it was") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  REQUIRE(run.wait_for("stands before its first instruction"));
  reach_prompt(run);
  say(run, "step\n", "#1 cpu0");
  reach_prompt(run);
  run.type("quit\n");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE(
    "Ctrl-C stops a guest that the prompt let run, and continue gives it the keyboard again") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  reach_prompt(run);
  say(run, "continue\n", "ready");
  CHECK(run.is_raw());
  say(run, "first\r", "you said: first");
  say(run, kInterrupt, "interrupted");
  reach_prompt(run);
  run.type("continue\n");
  say(run, "second\r", "you said: second");
  run.type("end\r");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("Ctrl-A d gives the prompt in a running machine, again and again after detach") {
  PtyRun run({"--kernel", MINIVMM_ECHO_GUEST});
  REQUIRE(run.wait_for("ready"));
  for (const char* text : {"one", "two"}) {
    say(run, kDebugKey, "interrupted");
    reach_prompt(run);
    run.type("detach\n");
    say(run, (std::string(text) + "\r").c_str(), (std::string("you said: ") + text).c_str());
    CHECK(run.is_raw());
  }
  run.type("end\r");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("Ctrl-D at the prompt lets the guest run without the debugger") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  reach_prompt(run);
  say(run, kEndOfInput, "ready");
  say(run, "text\r", "you said: text");
  run.type("end\r");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("Tab completes a command, and the arrow keys bring one back") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  reach_prompt(run);
  say(run, "sre\t\n", "efer");
  reach_prompt(run);
  say(run, "print 0x1000+0x234\n", "= 4660");
  reach_prompt(run);
  say(run, "\x1b[A\n", "= 4660");
  reach_prompt(run);
  run.type("quit\n");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
}

TEST_CASE("Tab completes a device's register by what is typed of it, and lists what it may be") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  reach_prompt(run);
  say(run, "break com1.LC\t\n", "breakpoint 1: com1.LCR");
  reach_prompt(run);
  say(run, "break r\t", "read  reason  reset");
  run.type("eason halt\n");
  REQUIRE(run.wait_for("breakpoint 2: reason halt"));
  reach_prompt(run);
  run.type("quit\n");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
}

TEST_CASE("A crash gives the prompt on its terminal where that was asked for") {
  PtyRun run({"--kernel", MINIVMM_CRASHING_GUEST, "--on-crash", "debug"});
  REQUIRE(run.wait_for("the guest crashed"));
  reach_prompt(run);
  say(run, "regs\n", "rip ");
  reach_prompt(run);
  run.type("quit\n");
  CHECK(run.wait_for_end() == cli::kExitSuccess);
  CHECK(run.is_restored());
}

TEST_CASE("A machine that ends while its user is at the prompt leaves the terminal as it was") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST, "--timeout", "2s"});
  reach_prompt(run);
  CHECK(run.wait_for_end() == cli::kExitTimeout);
  CHECK(run.is_restored());
}

// A guest that stands can't hear the power button.
TEST_CASE("One signal ends a machine that stands at the prompt") {
  PtyRun run({"debug", "--kernel", MINIVMM_ECHO_GUEST});
  reach_prompt(run);
  run.signal(SIGTERM);
  CHECK(run.wait_for_end() == cli::kExitSignal);
  CHECK(run.is_restored());
}

}  // namespace minivmm
