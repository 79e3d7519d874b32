#include "devices/ps2/key_sequences.h"

#include <linux/input-event-codes.h>

namespace minivmm::ps2 {

namespace {

constexpr std::uint8_t kBreakPrefix = 0xf0;  // In sets 2 and 3.
constexpr std::uint8_t kBreakBit = 0x80;     // In set 1.

constexpr KeyCode kPrintScreen{KEY_SYSRQ};
constexpr KeyCode kPause{KEY_PAUSE};

// The manual, "Scan Code Set 1" and "2", key 124.
MakeCode around_print_screen(ScanCodeSet set) {
  return set == ScanCodeSet::k1 ? 0xe02a : 0xe012;
}
MakeCode sys_req(ScanCodeSet set) {
  return set == ScanCodeSet::k1 ? 0x54 : 0x84;
}

void add_prefix(KeySequence& to, MakeCode code) {
  if (code > 0xff) to.add(static_cast<std::uint8_t>(code >> 8));
}

void add_make(KeySequence& to, MakeCode code) {
  add_prefix(to, code);
  to.add(static_cast<std::uint8_t>(code));
}

void add_break(KeySequence& to, MakeCode code, ScanCodeSet set) {
  add_prefix(to, code);
  if (set == ScanCodeSet::k1) {
    to.add(static_cast<std::uint8_t>(code | kBreakBit));
    return;
  }
  to.add(kBreakPrefix);
  to.add(static_cast<std::uint8_t>(code));
}

/// The manual, key 126: alone it looks like Ctrl and Num Lock of another keyboard.
KeySequence pause(ScanCodeSet set, bool with_control) {
  KeySequence sequence;
  if (with_control) {
    const MakeCode code = make_code(kPause, set);
    add_make(sequence, code);
    add_break(sequence, code, set);
  } else if (set == ScanCodeSet::k1) {
    sequence.set({0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5});
  } else {
    sequence.set({0xe1, 0x14, 0x77, 0xe1, kBreakPrefix, 0x14, kBreakPrefix, 0x77});
  }
  return sequence;
}

/// In set 3 these two are keys like all others.
bool is_special(KeyCode key, KeyCode special, ScanCodeSet set) {
  return key == special && set != ScanCodeSet::k3;
}

}  // namespace

PrintScreenForm print_screen_form(Modifiers modifiers) {
  if (modifiers.alt) return PrintScreenForm::kSysReq;
  return modifiers.shift || modifiers.control ? PrintScreenForm::kBare
                                              : PrintScreenForm::kWithShift;
}

KeySequence press_sequence(KeyCode key, ScanCodeSet set, Modifiers modifiers) {
  if (is_special(key, kPause, set)) return pause(set, modifiers.control);
  const PrintScreenForm form = print_screen_form(modifiers);
  if (!is_special(key, kPrintScreen, set) || form != PrintScreenForm::kWithShift) {
    return repeat_sequence(key, set, form);
  }
  KeySequence sequence;
  add_make(sequence, around_print_screen(set));
  add_make(sequence, make_code(key, set));
  return sequence;
}

KeySequence repeat_sequence(KeyCode key, ScanCodeSet set, PrintScreenForm form) {
  KeySequence sequence;
  if (is_special(key, kPause, set)) return sequence;
  const bool as_sys_req = is_special(key, kPrintScreen, set) && form == PrintScreenForm::kSysReq;
  const MakeCode code = as_sys_req ? sys_req(set) : make_code(key, set);
  if (code != 0) add_make(sequence, code);
  return sequence;
}

KeySequence release_sequence(KeyCode key, ScanCodeSet set, PrintScreenForm form) {
  KeySequence sequence;
  const MakeCode code = make_code(key, set);
  if (code == 0 || is_special(key, kPause, set)) return sequence;
  if (!is_special(key, kPrintScreen, set)) {
    add_break(sequence, code, set);
    return sequence;
  }
  add_break(sequence, form == PrintScreenForm::kSysReq ? sys_req(set) : code, set);
  if (form == PrintScreenForm::kWithShift) add_break(sequence, around_print_screen(set), set);
  return sequence;
}

/// The manual, "Scan Code Set 3": letters, digits, Space, Backspace, Tab, Enter, Delete, the arrows
/// and the numeric pad's plus repeat; Caps Lock and all left modifiers and the right Shift tell
/// their release, and so do the Windows and menu keys (Microsoft's specification); the rest only
/// that they went down.
const KeyTypes& default_key_types() {
  static const KeyTypes types = [] {
    KeyTypes made{};
    const auto is = [&made](KeyType type, std::initializer_list<std::uint16_t> keys) {
      for (const std::uint16_t key : keys) made[make_code({key}, ScanCodeSet::k3)] = type;
    };
    is(KeyType::kMakeBreak, {KEY_CAPSLOCK, KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL, KEY_LEFTALT,
                             KEY_LEFTMETA, KEY_RIGHTMETA, KEY_COMPOSE});
    is(KeyType::kMake,
       {KEY_ESC,     KEY_F1,         KEY_F2,         KEY_F3,       KEY_F4,        KEY_F5,
        KEY_F6,      KEY_F7,         KEY_F8,         KEY_F9,       KEY_F10,       KEY_F11,
        KEY_F12,     KEY_SYSRQ,      KEY_SCROLLLOCK, KEY_PAUSE,    KEY_INSERT,    KEY_HOME,
        KEY_END,     KEY_PAGEUP,     KEY_PAGEDOWN,   KEY_RIGHTALT, KEY_RIGHTCTRL, KEY_NUMLOCK,
        KEY_KP0,     KEY_KP1,        KEY_KP2,        KEY_KP3,      KEY_KP4,       KEY_KP5,
        KEY_KP6,     KEY_KP7,        KEY_KP8,        KEY_KP9,      KEY_KPDOT,     KEY_KPENTER,
        KEY_KPSLASH, KEY_KPASTERISK, KEY_KPMINUS,    KEY_KPCOMMA});
    for (KeyType& type : made) {
      if (type == KeyType::kTypematicMakeBreak) type = KeyType::kTypematic;
    }
    return made;
  }();
  return types;
}

}  // namespace minivmm::ps2
