#pragma once
// All that the window can do, with the names and keys that the menu shows.

#include <SDL.h>

#include <array>
#include <optional>
#include <string>

namespace minivmm::view {

enum class Action {
  kMenu,
  kFullScreen,
  kScaling,
  kActualSize,
  kHoldMouse,
  kTypeClipboard,
  kScreenshot,
  kRates,
  kPause,
  kSendCtrlAltDelete,
  kInsertCd,
  kInsertThis,  ///< The CD that was chosen from the list.
  kEjectCd,
  kPowerButton,
  kAskReset,
  kReset,
  kStopNow,
  kAskClose,
  kKeepRunning,
};

/// An entry of the menu. Its key does the same with Ctrl-Alt, and alone while the menu is open.
struct MenuEntry {
  Action action;
  SDL_Keycode key;
  const char* label;
};

inline constexpr std::array<MenuEntry, 14> kMenu{{
    {Action::kFullScreen, SDLK_f, "Full screen"},
    {Action::kScaling, SDLK_i, "Scale by whole numbers only"},
    {Action::kActualSize, SDLK_0, "Window of the guest's size"},
    {Action::kHoldMouse, SDLK_g, "Capture the mouse"},
    {Action::kTypeClipboard, SDLK_v, "Type the clipboard's text"},
    {Action::kSendCtrlAltDelete, SDLK_d, "Send Ctrl-Alt-Delete"},
    {Action::kScreenshot, SDLK_s, "Screenshot"},
    {Action::kRates, SDLK_e, "Show exits per second"},
    {Action::kPause, SDLK_p, "Pause"},
    {Action::kInsertCd, SDLK_o, "Insert a CD..."},
    {Action::kEjectCd, SDLK_c, "Eject the CD"},
    {Action::kPowerButton, SDLK_b, "Press the power button"},
    {Action::kAskReset, SDLK_r, "Reset"},
    {Action::kAskClose, SDLK_q, "Close the window"},
}};

inline constexpr SDL_Keycode kMenuKey = SDLK_m;

/// What a key does together with Ctrl-Alt.
[[nodiscard]] inline std::optional<Action> action_of(SDL_Keycode key) {
  if (key == kMenuKey) return Action::kMenu;
  for (const MenuEntry& entry : kMenu) {
    if (entry.key == key) return entry.action;
  }
  return std::nullopt;
}

}  // namespace minivmm::view
