// What the prompt's commands do with a machine, and what they say to what makes no sense.

#include "debug/debugger.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "debug/completion.h"
#include "debug/fake_debug_target.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using Reason = DebugStop::Reason;

constexpr std::string_view kNames =
    "0000000000008000 T boot\n"
    "0000000000008100 T booted\n"
    "0000000000009000 D ticks\n";

struct Prompt {
  Prompt() {
    target.stops.push_front({.reason = Reason::kStarted});
    debugger.wait();
    said.clear();
  }
  /// What the debugger says to a command.
  std::string say(const std::string& line) {
    said.clear();
    debugger.execute(line);
    return said;
  }
  /// The guest comes by this exit when it runs.
  void passes(const ExitRecord& exit) {
    target.stops.push_back({.reason = Reason::kExit,
                            .number = ++exits,
                            .exit = exit,
                            .place = target.place(AddressSpace::kPorts, exit.address, {})});
  }
  std::vector<std::string> tab(std::string_view typed) { return complete(debugger, typed).words; }

  std::uint64_t exits = 0;
  std::string said;
  test::FakeDebugTarget target;
  Debugger debugger{
      target,
      Symbols::parse(std::as_bytes(std::span(kNames))),
      {.print = [this](std::string_view text) { said += text; }, .before_running = [] {}}};
};

const ExitRecord kLineControl{
    .kind = ExitKind::kPioOut, .width = 1, .address = 0x3fb, .value = 0x80};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a breakpoint on a device's register stops at it alone, in its direction") {
  Prompt prompt;
  CHECK(prompt.say("break com1.LCR write") == "breakpoint 1: com1.LCR write\n");
  prompt.passes({.kind = ExitKind::kPioOut, .width = 1, .address = 0x3f8});
  prompt.passes({.kind = ExitKind::kPioIn, .width = 1, .address = 0x3fb});
  prompt.passes(kLineControl);
  CHECK_THAT(prompt.say("continue"), StartsWith("#3 ") && Contains("com1.LCR <- 0x80"));
}

TEST_CASE("conditions and ignore counts pass over hits") {
  Prompt prompt;
  (void)prompt.say("break port 0x3f8/8 if value == 0x80 ignore 2");
  for (const std::uint64_t value : {0x80, 3, 0x80, 0x80})
    prompt.passes({.kind = ExitKind::kPioOut, .width = 1, .address = 0x3fb, .value = value});
  CHECK_THAT(prompt.say("continue"), StartsWith("#4 "));
  CHECK_THAT(prompt.say("list"), Contains("(3 hits)"));
}

TEST_CASE("a breakpoint's commands run when it is hit, and silent ones don't tell of the stop") {
  Prompt prompt;
  (void)prompt.say("break port 0x3fb do silent; print value; continue");
  prompt.passes(kLineControl);
  prompt.passes(kLineControl);
  prompt.target.stops.push_back({.reason = Reason::kInterrupted, .number = 2});
  CHECK_THAT(prompt.say("continue"),
             StartsWith("0x80 = 128\n0x80 = 128\n#2 cpu0") && Contains("interrupted"));
}

TEST_CASE("until and finish run to an exit that no breakpoint names") {
  Prompt prompt;
  for (int n = 0; n < 5; ++n) prompt.passes(kLineControl);
  CHECK_THAT(prompt.say("finish 3 exits"), StartsWith("#3 "));
  CHECK_THAT(prompt.say("until value == 0x80"), StartsWith("#4 "));
}

TEST_CASE("instructions take the processor's four breakpoints, and then INT3") {
  Prompt prompt;
  prompt.target.guest.put<std::uint8_t>(0x8104, 0x90);
  for (const char* place : {"boot", "booted", "booted+1", "booted+2", "booted+4"})
    (void)prompt.say(std::string("break ") + place);
  prompt.target.stops.push_back({.reason = Reason::kInterrupted});
  (void)prompt.say("continue");
  CHECK(prompt.target.hardware.size() == 4);
  CHECK(prompt.target.planted == std::vector<GuestAddress>{{0x8104}});
  CHECK(prompt.target.guest.bytes[0x8104] == std::byte{0x90});
}

TEST_CASE("what the host doesn't honour is refused, and the guest stays where it is") {
  Prompt prompt;
  prompt.target.support = {};
  CHECK_THAT(prompt.say("break boot"), Contains("honours no breakpoints on instructions"));
  CHECK_THAT(prompt.say("watch ticks/8"), Contains("honours no watchpoints"));
  CHECK_THAT(prompt.say("stepi"), Contains("honours no single steps in ring 0"));
  CHECK(prompt.say("list") == "no breakpoints\n");
  CHECK(prompt.target.cpus[0].rip == 0x8000);
}

TEST_CASE("what makes no sense is told in a line, with near names") {
  const auto [line, answer] = GENERATE(table<const char*, const char*>({
      {"brek", "did you mean break?"},
      {"break bot", "did you mean boot?"},
      {"break com7", "did you mean com1?"},
      {"break com1.LRC", "did you mean LCR?"},
      {"break reason halted", "did you mean halt?"},
      {"print rxa", "did you mean rax?"},
      {"print 1+", "a value is missing at its end"},
      {"dev con1", "did you mean com1?"},
      {"watch 0x9001/4", "1, 2, 4 or 8 bytes at a multiple"},
      {"mem 0x7000000000", "not mapped"},
      {"cpu 7", "the last is cpu1"},
      {"msrs 0x999", "KVM has no MSR 0x999"},
      {"finish 0", "0 exits"},
      {"delete 9", "there is no breakpoint 9"},
      {"set rxa 1", "did you mean rax?"},
      {"until", "until what?"},
  }));
  Prompt prompt;
  INFO(line);
  CHECK_THAT(prompt.say(line), Contains(answer));
  CHECK(prompt.debugger.state() == Debugger::State::kStanding);
}

TEST_CASE("registers and memory can be set, and read back") {
  Prompt prompt;
  (void)prompt.say("set rbx 0x1234");
  CHECK(prompt.target.cpus[0].rbx == 0x1234);
  (void)prompt.say("set ticks/4 = rbx + 1");
  CHECK_THAT(prompt.say("mem ticks 4"), Contains("35 12 00 00"));
  (void)prompt.say("cpu 1");
  (void)prompt.say("set rbx 5");
  CHECK(prompt.target.cpus[0].rbx == 0x1234);
  CHECK(prompt.target.cpus[1].rbx == 5);
}

TEST_CASE("Tab completes commands, and what each of them takes") {
  Prompt prompt;
  CHECK(prompt.tab("brea") == Words{"break"});
  CHECK(prompt.tab("st") == Words{"step", "stepi"});
  CHECK(prompt.tab("dev c") == Words{"com1"});
  CHECK(prompt.tab("break boo") == Words{"boot", "booted"});
  CHECK(prompt.tab("break com1.L") == Words{"com1.LCR"});
  CHECK(prompt.tab("break reason msr-") == Words{"msr-read", "msr-write"});
  CHECK(prompt.tab("break msr EF") == Words{"EFER"});
  CHECK(prompt.tab("break com1.LCR if val") == Words{"value"});
  CHECK(prompt.tab("p tic") == Words{"ticks"});
  CHECK(prompt.tab("print 8+rs") == Words{"rsi", "rsp"});
  CHECK(prompt.tab("help unt") == Words{"until"});
  CHECK(prompt.tab("nonsense x").empty());
  CHECK(prompt.tab("regs r").empty());
}

TEST_CASE("Tab adds what all words have in common") {
  Prompt prompt;
  CHECK(complete(prompt.debugger, "break bo").common_rest() == "ot");
  CHECK(complete(prompt.debugger, "break boot").common_rest().empty());
}

}  // namespace minivmm::debug
