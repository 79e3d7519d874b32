#include "devices/ps2/scan_codes.h"

#include <linux/input-event-codes.h>

#include <catch2/catch.hpp>
#include <set>

#include "devices/ps2/key_sequences.h"

namespace minivmm::ps2 {
namespace {

KeyCode key(std::size_t code) {
  return {static_cast<std::uint16_t>(code)};
}

TEST_CASE("every key's code of set 2 is translated to its code of set 1") {
  for (std::size_t i = 0; i < kKeyCodes; ++i) {
    const MakeCode set1 = make_code(key(i), ScanCodeSet::k1);
    const MakeCode set2 = make_code(key(i), ScanCodeSet::k2);
    CAPTURE(i);
    CHECK((set1 == 0) == (set2 == 0));
    if (set2 == 0) continue;
    CHECK((set1 & 0xff00) == (set2 & 0xff00));
    CHECK(translate(static_cast<std::uint8_t>(set2)) == (set1 & 0xff));
  }
}

TEST_CASE("no two keys share a scan code") {
  for (const ScanCodeSet set : {ScanCodeSet::k1, ScanCodeSet::k2, ScanCodeSet::k3}) {
    std::set<MakeCode> seen;
    for (std::size_t i = 0; i < kKeyCodes; ++i) {
      const MakeCode code = make_code(key(i), set);
      CAPTURE(i, code);
      CHECK((code == 0 || seen.insert(code).second));
    }
  }
}

TEST_CASE("the translation maps no two bytes to one, but for the two that are no scan codes") {
  std::set<std::uint8_t> seen;
  for (unsigned byte = 1; byte < 0x80; ++byte) {
    CAPTURE(byte);
    // 0x02 and 0x7f are how some keyboards say F7 (0x83) and Alt+Print Screen (0x84).
    CHECK(seen.insert(translate(static_cast<std::uint8_t>(byte))).second);
  }
  CHECK(translate(0x83) == translate(0x02));
  CHECK(translate(0x84) == translate(0x7f));
  CHECK(translate(0x00) == 0xff);
}

TEST_CASE("a guest's answers pass the translation, but the keyboard's second identity byte") {
  for (const int byte : {0xaa, 0xab, 0xee, 0xfa, 0xfe, 0xff}) {
    CHECK(translate(static_cast<std::uint8_t>(byte)) == byte);
  }
}

TEST_CASE("all 105 keys and both Windows keys are in all three sets") {
  int keys = 0;
  for (std::size_t i = 0; i < kKeyCodes; ++i) {
    if (make_code(key(i), ScanCodeSet::k3) != 0) ++keys;
  }
  CHECK(keys == 105 + 6);  // And those of Japanese and Brazilian keyboards.
  CHECK(make_code({KEY_102ND}, ScanCodeSet::k2) == 0x61);
  CHECK(make_code({KEY_RIGHTMETA}, ScanCodeSet::k2) == 0xe027);
}

TEST_CASE("codes that are no keys have no scan code") {
  CHECK(make_code({KEY_RESERVED}, ScanCodeSet::k2) == 0);
  CHECK(make_code({BTN_LEFT}, ScanCodeSet::k2) == 0);
  CHECK(make_code({0xffff}, ScanCodeSet::k2) == 0);
}

TEST_CASE("a key's type in set 3 after power-on is the manual's") {
  const auto type = [](std::uint16_t code) {
    return default_key_types()[make_code({code}, ScanCodeSet::k3)];
  };
  CHECK(type(KEY_A) == KeyType::kTypematic);
  CHECK(type(KEY_LEFT) == KeyType::kTypematic);
  CHECK(type(KEY_LEFTSHIFT) == KeyType::kMakeBreak);
  CHECK(type(KEY_RIGHTCTRL) == KeyType::kMake);
  CHECK(type(KEY_F1) == KeyType::kMake);
}

}  // namespace
}  // namespace minivmm::ps2
