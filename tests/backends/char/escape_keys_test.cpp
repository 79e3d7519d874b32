#include "backends/char/escape_keys.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

namespace minivmm {
namespace {

using Command = EscapeKeys::Command;

struct Typed {
  std::string for_guest;
  Command last_command = Command::kNone;
};

Typed type(std::string_view keys) {
  EscapeKeys escape;
  Typed typed;
  for (const char key : keys) {
    const auto result = escape.take(static_cast<std::byte>(key));
    if (result.for_guest) typed.for_guest.push_back(static_cast<char>(*result.for_guest));
    typed.last_command = result.command;
  }
  return typed;
}

TEST_CASE("ordinary keys, Ctrl-C and Ctrl-Z too, are the guest's") {
  CHECK(type("ls\r\x03\x1a\xff").for_guest == "ls\r\x03\x1a\xff");
}

TEST_CASE("Ctrl-A x quits and Ctrl-A h helps; the guest sees neither") {
  CHECK(type("\x01x").last_command == Command::kQuit);
  CHECK(type("\x01h").last_command == Command::kHelp);
  CHECK(type("\x01x\x01h").for_guest.empty());
}

TEST_CASE("Ctrl-A reaches the guest by Ctrl-A Ctrl-A and by Ctrl-A a") {
  CHECK(type("\x01\x01").for_guest == "\x01");
  CHECK(type("\x01"
             "a")
            .for_guest == "\x01");
  CHECK(type("\x01\x01x").for_guest == "\x01x");
}

TEST_CASE("an unknown key after Ctrl-A is dropped, the next one is ordinary") {
  CHECK(type("\x01qx").for_guest == "x");
  CHECK(type("\x01qx").last_command == Command::kNone);
}

TEST_CASE("the help names every key") {
  const std::string_view help = EscapeKeys::help();
  CHECK(help.find("Ctrl-A x") != std::string_view::npos);
  CHECK(help.find("Ctrl-A h") != std::string_view::npos);
  CHECK(help.find("Ctrl-A Ctrl-A") != std::string_view::npos);
}

}  // namespace
}  // namespace minivmm
