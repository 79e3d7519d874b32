// The parts of the window that need no display.

#include <linux/input-event-codes.h>

#include <catch2/catch.hpp>
#include <string>

#include "view/dialog.h"
#include "view/keyboard.h"
#include "view/keys.h"
#include "view/placement.h"
#include "view/typing.h"

namespace minivmm::view {
namespace {

std::string words(const std::vector<Key>& keys) {
  std::string text;
  for (const Key& key : keys) text += std::to_string(key.code) + (key.down != 0 ? "+ " : "- ");
  return text;
}

TEST_CASE("keys go by their position") {
  CHECK(key_code(SDL_SCANCODE_A) == KEY_A);
  CHECK(key_code(SDL_SCANCODE_Z) == KEY_Z);
  CHECK(key_code(SDL_SCANCODE_0) == KEY_0);
  CHECK(key_code(SDL_SCANCODE_SLASH) == KEY_SLASH);
  CHECK(key_code(SDL_SCANCODE_NONUSHASH) == KEY_BACKSLASH);
  CHECK(key_code(SDL_SCANCODE_NONUSBACKSLASH) == KEY_102ND);
  CHECK(key_code(SDL_SCANCODE_F12) == KEY_F12);
  CHECK(key_code(SDL_SCANCODE_PRINTSCREEN) == KEY_SYSRQ);
  CHECK(key_code(SDL_SCANCODE_UP) == KEY_UP);
  CHECK(key_code(SDL_SCANCODE_KP_5) == KEY_KP5);
  CHECK(key_code(SDL_SCANCODE_KP_PERIOD) == KEY_KPDOT);
  CHECK(key_code(SDL_SCANCODE_APPLICATION) == KEY_COMPOSE);
  CHECK(key_code(SDL_SCANCODE_F24) == KEY_F24);
  CHECK(key_code(SDL_SCANCODE_VOLUMEDOWN) == KEY_VOLUMEDOWN);
  CHECK(key_code(SDL_SCANCODE_RGUI) == KEY_RIGHTMETA);
  CHECK(key_code(SDL_SCANCODE_UNKNOWN) == 0);
  CHECK(key_code(static_cast<SDL_Scancode>(511)) == 0);
}

TEST_CASE("text is typed as a US keyboard would") {
  CHECK(words(keys_for("aB\r\n")) == "30+ 30- 42+ 48+ 48- 42- 28+ 28- ");
  CHECK(words(keys_for("~|")) == "42+ 41+ 41- 42- 42+ 43+ 43- 42- ");
  CHECK(keys_for("\xc3\xa4\x01").empty());
}

struct Desk {
  Keyboard keyboard{{.send = [this](const Key& key) { sent.push_back(key); },
                     .is_shortcut = [](SDL_Keycode key) { return key == SDLK_m; }}};
  std::vector<Key> sent;

  static SDL_Keysym key(SDL_Scancode scancode, SDL_Keycode sym, Uint16 mod) {
    return {.scancode = scancode, .sym = sym, .mod = mod, .unused = 0};
  }
};

TEST_CASE("Ctrl-Alt and a key of the window's is not the guest's") {
  Desk desk;
  CHECK(desk.keyboard.down(Desk::key(SDL_SCANCODE_M, SDLK_m, 0)) == Keyboard::Meaning::kGuest);
  CHECK(desk.keyboard.up(Desk::key(SDL_SCANCODE_M, SDLK_m, 0)) == Keyboard::Meaning::kGuest);
  desk.sent.clear();
  CHECK(desk.keyboard.down(Desk::key(SDL_SCANCODE_M, SDLK_m, KMOD_LCTRL | KMOD_LALT)) ==
        Keyboard::Meaning::kShortcut);
  (void)desk.keyboard.up(Desk::key(SDL_SCANCODE_M, SDLK_m, KMOD_LCTRL | KMOD_LALT));
  CHECK(desk.sent.empty());
  // Ctrl-Alt-F1 is the guest's, and so is Ctrl-AltGr-M.
  CHECK(desk.keyboard.down(Desk::key(SDL_SCANCODE_F1, SDLK_F1, KMOD_LCTRL | KMOD_LALT)) ==
        Keyboard::Meaning::kGuest);
  CHECK(desk.keyboard.down(Desk::key(SDL_SCANCODE_M, SDLK_m, KMOD_LCTRL | KMOD_RALT)) ==
        Keyboard::Meaning::kGuest);
}

TEST_CASE("Ctrl-Alt alone lets the mouse go, with another key it doesn't") {
  Desk desk;
  (void)desk.keyboard.down(Desk::key(SDL_SCANCODE_LCTRL, SDLK_LCTRL, KMOD_LCTRL));
  (void)desk.keyboard.down(Desk::key(SDL_SCANCODE_LALT, SDLK_LALT, KMOD_LCTRL | KMOD_LALT));
  CHECK(desk.keyboard.up(Desk::key(SDL_SCANCODE_LALT, SDLK_LALT, KMOD_LCTRL)) ==
        Keyboard::Meaning::kCtrlAlt);
  (void)desk.keyboard.down(Desk::key(SDL_SCANCODE_LALT, SDLK_LALT, KMOD_LCTRL | KMOD_LALT));
  (void)desk.keyboard.down(Desk::key(SDL_SCANCODE_F1, SDLK_F1, KMOD_LCTRL | KMOD_LALT));
  CHECK(desk.keyboard.up(Desk::key(SDL_SCANCODE_LALT, SDLK_LALT, KMOD_LCTRL)) ==
        Keyboard::Meaning::kGuest);
}

TEST_CASE("a picture is centred, and as large as its scaling allows") {
  const Placement smooth = place({640, 400}, {1000, 1000}, Scaling::kSmooth);
  CHECK(smooth.area.w == 1000);
  CHECK(smooth.area.h == 625);
  CHECK(smooth.area.y == 187);
  CHECK(smooth.factor == 0);
  const Placement integer = place({640, 400}, {1300, 1000}, Scaling::kInteger);
  CHECK(integer.area.w == 1280);
  CHECK(integer.area.x == 10);
  CHECK(integer.factor == 2);
  CHECK(place({640, 400}, {640, 400}, Scaling::kSmooth).factor == 1);
  CHECK(place({640, 400}, {320, 300}, Scaling::kInteger).area.w == 320);
  CHECK(place({0, 0}, {640, 400}, Scaling::kSmooth).area.w == 0);
}

TEST_CASE("the corners of the picture are the ends of a tablet") {
  const Placement placement = place({640, 400}, {640, 480}, Scaling::kSmooth);
  const auto first = position_at(placement, {0, 40});
  const auto last = position_at(placement, {639, 439});
  REQUIRE(first);
  REQUIRE(last);
  CHECK(first->x == 0);
  CHECK(first->y == 0);
  CHECK(last->x == PointerPosition::kEnd);
  CHECK(last->y == PointerPosition::kEnd);
  CHECK_FALSE(position_at(placement, {0, 39}));
}

TEST_CASE("the menu inserts and ejects a CD where there is a drive") {
  const bool has_cd = GENERATE(false, true);
  Dialog menu = Dialog::menu("guest", {.has_cd = has_cd});
  CHECK((menu.key(SDLK_o).action == Action::kInsertCd) == has_cd);
  CHECK((menu.key(SDLK_c).action == Action::kEjectCd) == has_cd);
}

TEST_CASE("a disc is chosen by its digit or by the arrows") {
  const std::vector<Disc> discs{{"/a/new.iso"}, {"/b/old.iso"}};
  Dialog list = Dialog::disc_list(discs);
  CHECK(list.panel().size() == 2);
  const auto second = list.key(SDLK_2);
  CHECK(second.closed);
  CHECK(second.action == Action::kInsertThis);
  CHECK(second.item == 1);
  CHECK_FALSE(list.key(SDLK_3).closed);
  CHECK(list.key(SDLK_RETURN).item == 0);
  CHECK_FALSE(list.key(SDLK_ESCAPE).action);
}

TEST_CASE("a question is answered by key, by arrows and by mouse") {
  Dialog question = Dialog::close_question("guest", "17");
  CHECK(question.key(SDLK_s).action == Action::kStopNow);
  CHECK_FALSE(question.key(SDLK_DOWN).closed);
  CHECK(question.key(SDLK_RETURN).action == Action::kStopNow);
  CHECK_FALSE(question.key(SDLK_ESCAPE).action);
  CHECK(question.key(SDLK_ESCAPE).closed);
  CHECK_FALSE(question.key(SDLK_x).closed);
  question.panel().lay_out({800, 600}, 1);
  CHECK_FALSE(question.clicked({1, 1}).closed);
  const auto clicked = question.clicked({400, 360});
  CHECK(clicked.action == Action::kKeepRunning);
}

}  // namespace
}  // namespace minivmm::view
