#include "view/keys.h"

#include <linux/input-event-codes.h>

#include <array>

namespace minivmm::view {
namespace {

// SDL's scancodes are the usages of page 7 (keyboard/keypad) of the HID Usage Tables, 1.4,
// section 10, up to 231; this table has Linux's key for each, in that order.
constexpr std::array<std::uint16_t, 232> kKeyOfUsage = [] {
  std::array<std::uint16_t, 232> keys{};
  // 0x04 to 0x38: letters, digits, and the keys around them.
  constexpr std::array<std::uint16_t, 53> kMain{
      KEY_A,          KEY_B,         KEY_C,          KEY_D,         KEY_E,         KEY_F,
      KEY_G,          KEY_H,         KEY_I,          KEY_J,         KEY_K,         KEY_L,
      KEY_M,          KEY_N,         KEY_O,          KEY_P,         KEY_Q,         KEY_R,
      KEY_S,          KEY_T,         KEY_U,          KEY_V,         KEY_W,         KEY_X,
      KEY_Y,          KEY_Z,         KEY_1,          KEY_2,         KEY_3,         KEY_4,
      KEY_5,          KEY_6,         KEY_7,          KEY_8,         KEY_9,         KEY_0,
      KEY_ENTER,      KEY_ESC,       KEY_BACKSPACE,  KEY_TAB,       KEY_SPACE,     KEY_MINUS,
      KEY_EQUAL,      KEY_LEFTBRACE, KEY_RIGHTBRACE, KEY_BACKSLASH, KEY_BACKSLASH, KEY_SEMICOLON,
      KEY_APOSTROPHE, KEY_GRAVE,     KEY_COMMA,      KEY_DOT,       KEY_SLASH};
  // 0x39 to 0x65: locks, function keys, the blocks to the right.
  constexpr std::array<std::uint16_t, 45> kRight{
      KEY_CAPSLOCK,   KEY_F1,      KEY_F2,     KEY_F3,      KEY_F4,     KEY_F5,      KEY_F6,
      KEY_F7,         KEY_F8,      KEY_F9,     KEY_F10,     KEY_F11,    KEY_F12,     KEY_SYSRQ,
      KEY_SCROLLLOCK, KEY_PAUSE,   KEY_INSERT, KEY_HOME,    KEY_PAGEUP, KEY_DELETE,  KEY_END,
      KEY_PAGEDOWN,   KEY_RIGHT,   KEY_LEFT,   KEY_DOWN,    KEY_UP,     KEY_NUMLOCK, KEY_KPSLASH,
      KEY_KPASTERISK, KEY_KPMINUS, KEY_KPPLUS, KEY_KPENTER, KEY_KP1,    KEY_KP2,     KEY_KP3,
      KEY_KP4,        KEY_KP5,     KEY_KP6,    KEY_KP7,     KEY_KP8,    KEY_KP9,     KEY_KP0,
      KEY_KPDOT,      KEY_102ND,   KEY_COMPOSE};
  // 0x66 to 0x81.
  constexpr std::array<std::uint16_t, 28> kMore{
      KEY_POWER, KEY_KPEQUAL, KEY_F13,   KEY_F14,   KEY_F15,  KEY_F16,      KEY_F17,
      KEY_F18,   KEY_F19,     KEY_F20,   KEY_F21,   KEY_F22,  KEY_F23,      KEY_F24,
      KEY_OPEN,  KEY_HELP,    KEY_PROPS, KEY_FRONT, KEY_STOP, KEY_AGAIN,    KEY_UNDO,
      KEY_CUT,   KEY_COPY,    KEY_PASTE, KEY_FIND,  KEY_MUTE, KEY_VOLUMEUP, KEY_VOLUMEDOWN};
  constexpr std::array<std::uint16_t, 8> kModifiers{KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_LEFTALT,
                                                    KEY_LEFTMETA, KEY_RIGHTCTRL, KEY_RIGHTSHIFT,
                                                    KEY_RIGHTALT, KEY_RIGHTMETA};
  const auto put = [&keys](std::size_t first, const auto& some) {
    for (const std::uint16_t key : some) keys[first++] = key;
  };
  put(0x04, kMain);
  put(0x39, kRight);
  put(0x66, kMore);
  put(0xe0, kModifiers);
  keys[0x85] = KEY_KPCOMMA;
  keys[0x87] = KEY_RO;
  keys[0x88] = KEY_KATAKANAHIRAGANA;
  keys[0x89] = KEY_YEN;
  keys[0x8a] = KEY_HENKAN;
  keys[0x8b] = KEY_MUHENKAN;
  keys[0x8c] = KEY_KPJPCOMMA;
  keys[0x90] = KEY_HANGEUL;
  keys[0x91] = KEY_HANJA;
  keys[0x92] = KEY_KATAKANA;
  keys[0x93] = KEY_HIRAGANA;
  keys[0x94] = KEY_ZENKAKUHANKAKU;
  return keys;
}();

}  // namespace

std::uint16_t key_code(SDL_Scancode scancode) {
  const auto usage = static_cast<std::size_t>(scancode);
  return usage < kKeyOfUsage.size() ? kKeyOfUsage[usage] : std::uint16_t{0};
}

}  // namespace minivmm::view
