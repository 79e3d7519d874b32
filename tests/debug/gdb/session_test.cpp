// What a gdb is answered, and what it can't do.

#include "debug/gdb/session.h"

#include <catch2/catch.hpp>
#include <string>

#include "debug/fake_debug_target.h"
#include "debug/gdb/monitor.h"
#include "debug/gdb/packets.h"

namespace minivmm::debug::gdb {
namespace {

using Reason = DebugStop::Reason;

struct Desk {
  Desk() { session.set_stop({.reason = Reason::kStarted}); }
  std::string ask(std::string_view packet) { return session.answer(packet).data; }
  /// `monitor COMMAND`, and what it says.
  std::string monitor(std::string_view command) {
    const std::string answer = ask("qRcmd," + to_hex(std::as_bytes(std::span(command))));
    const auto bytes = from_hex(answer);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size())
                 : answer;
  }

  test::FakeDebugTarget target;
  PromptCommands prompt{target, {}};
  Session session{target, [](const auto& running) { return running(); },
                  [this](const std::string& line, const DebugStop& stop, unsigned cpu) {
                    return prompt.carry_out(line, stop, cpu);
                  }};
};

TEST_CASE("gdb reads memory that is mapped, and is told of what isn't") {
  Desk desk;
  desk.target.guest.put<std::uint32_t>(0x9000, 0x12345678);
  CHECK(desk.ask("m9000,4") == "78563412");
  CHECK(desk.ask("m7000000000,4") == "E0e");
  CHECK(desk.ask("mfffffffffffffffc,8") == "E0e");
}

TEST_CASE("gdb's vCPUs are threads from 1 on") {
  Desk desk;
  CHECK(desk.ask("qfThreadInfo") == "m1,2");
  CHECK(desk.ask("Hg2") == "OK");
  CHECK(desk.ask("T2") == "OK");
  CHECK(desk.ask("T3") == "E16");
  CHECK(desk.ask("Hg7") == "E16");
}

TEST_CASE("a software breakpoint covers the instruction, and goes without a trace") {
  Desk desk;
  desk.target.guest.put<std::uint8_t>(0x8100, 0x90);
  CHECK(desk.ask("Z0,8100,1") == "OK");
  CHECK(desk.target.guest.bytes[0x8100] == std::byte{0xcc});
  CHECK(desk.target.planted.size() == 1);
  CHECK(desk.ask("m8100,1") == "90");
  desk.session.forget_client();
  CHECK(desk.target.guest.bytes[0x8100] == std::byte{0x90});
  CHECK(desk.target.planted.empty());
}

TEST_CASE("a breakpoint is the processor's own where the host gives INT3 to the guest") {
  Desk desk;
  desk.target.support.kernel.breakpoint = false;
  CHECK(desk.ask("Z0,8100,1") == "OK");
  CHECK(desk.target.planted.empty());
  CHECK(desk.target.hardware == std::vector<HardwareStop>{{.linear = 0x8100}});
  CHECK(desk.ask("z0,8100,1") == "OK");
  CHECK(desk.target.hardware.empty());
}

TEST_CASE("what a host doesn't honour is refused, and gdb told why") {
  Desk desk;
  desk.target.support = {};
  for (const char* packet : {"Z0,8100,1", "Z1,8100,1"})
    CHECK_THAT(desk.ask(packet), Catch::StartsWith("E.KVM on this host honours no") &&
                                     Catch::Contains("breakpoints there"));
  for (const char* packet : {"Z2,8100,4", "Z4,8100,4"})
    CHECK_THAT(desk.ask(packet), Catch::StartsWith("E.KVM on this host honours no watchpoints"));
  CHECK(desk.ask("Z0,7000000000,1") == "E.0x7000000000 is not mapped yet: hbreak needs no memory");
}

TEST_CASE("a stop says what kind of breakpoint it was, to a client that asked for it") {
  Desk desk;
  desk.target.stops.assign(3, {.reason = Reason::kBreakpoint, .cpu = 1});
  CHECK(desk.ask("c") == "T05thread:2;");
  (void)desk.ask("qSupported:swbreak+;hwbreak+");
  CHECK(desk.ask("c") == "T05hwbreak:;thread:2;");
  CHECK(desk.ask("Z0,8000,1") == "OK");
  CHECK(desk.ask("c") == "T05swbreak:;thread:2;");
}

TEST_CASE("the processor has four breakpoints, and gdb is told when they are used up") {
  Desk desk;
  for (const char* packet : {"Z1,8000,1", "Z1,8001,1", "Z2,8002,1", "Z4,8004,4"})
    CHECK(desk.ask(packet) == "OK");
  CHECK(desk.ask("Z1,8010,1") != "OK");
  CHECK(desk.ask("z1,8000,1") == "OK");
  CHECK(desk.ask("Z1,8010,1") == "OK");
}

TEST_CASE("a step goes on by an instruction, where the host can") {
  Desk desk;
  CHECK(desk.ask("vCont;s:2").starts_with("T05"));
  CHECK(desk.target.cpus[1].rip == 0x8001);
  desk.target.support.kernel.step = false;
  CHECK(desk.ask("s").starts_with("E.KVM on this host honours no single steps in ring 0"));
  CHECK(desk.target.cpus[1].rip == 0x8001);
}

TEST_CASE("a machine that has ended says so to whatever is asked") {
  Desk desk;
  CHECK(desk.ask("c") == "W00");
  CHECK(desk.ask("g") == "W00");
}

TEST_CASE("what makes no sense is refused or not known, and nothing happens") {
  Desk desk;
  for (const char* packet :
       {"m", "m,", "mzz,1", "M8000,2:0", "Z9,8000,1", "Z0", "G00", "Pffff=00", "p", "Hg", "H",
        "qXfer:features:read:target.xml:zz", "vCont;x", "qRcmd,0"}) {
    INFO(packet);
    CHECK_FALSE(desk.ask(packet) == "OK");
  }
  CHECK(desk.ask("unheard of") == "");
  CHECK(desk.target.cpus[0].rip == 0x8000);
}

TEST_CASE("monitor has the prompt's commands, but those that gdb has itself") {
  Desk desk;
  CHECK_THAT(desk.monitor("dev com1"), Catch::Contains("LCR") && Catch::Contains("8N1"));
  CHECK(desk.monitor("continue") == "gdb lets the guest run: use its own commands\n");
  CHECK(desk.monitor("s") == "gdb lets the guest run: use its own commands\n");
  CHECK_THAT(desk.monitor("nonsense"), Catch::Contains("there is no command 'nonsense'"));
  CHECK_THAT(desk.monitor("break 0x8100"), Catch::Contains("use its break and watch"));
}

TEST_CASE("monitor break stops the machine at exits, until they are deleted") {
  Desk desk;
  (void)desk.monitor("break com1.LCR write");
  const ExitRecord exit{.kind = ExitKind::kPioOut, .width = 1, .address = 0x3fb};
  CHECK(desk.target.filter(0, exit, {"com1", "LCR"}));
  CHECK_FALSE(desk.target.filter(0, exit, {"com1", "THR"}));
  (void)desk.monitor("delete");
  CHECK_FALSE(desk.target.filter(0, exit, {"com1", "LCR"}));
}

}  // namespace
}  // namespace minivmm::debug::gdb
