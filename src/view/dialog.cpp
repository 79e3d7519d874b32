#include "view/dialog.h"

#include <algorithm>
#include <cctype>

namespace minivmm::view {
namespace {

std::string key_name(SDL_Keycode key) {
  return {static_cast<char>(std::toupper(static_cast<int>(key)))};
}

std::string label_of(const MenuEntry& entry, const ViewState& state) {
  switch (entry.action) {
    case Action::kFullScreen:
      return state.full_screen ? "Leave full screen" : entry.label;
    case Action::kScaling:
      return state.integer_scaling ? "Scale smoothly" : entry.label;
    case Action::kRates:
      return state.shows_rates ? "Hide exits per second" : entry.label;
    case Action::kPause:
      return state.paused ? "Go on" : entry.label;
    case Action::kHoldMouse:
      return state.mouse_held ? "Release the mouse" : entry.label;
    default:
      return entry.label;
  }
}

std::vector<Choice> choices_of(const auto& items) {
  std::vector<Choice> choices;
  choices.reserve(items.size());
  for (const auto& item : items) choices.push_back(item.choice);
  return choices;
}

}  // namespace

Dialog::Dialog(std::string title, const std::vector<Item>& items, std::string footer)
    : panel_(std::move(title), choices_of(items), std::move(footer)) {
  for (const Item& item : items) {
    actions_.push_back(item.action);
    keys_.push_back(item.key);
  }
}

Dialog Dialog::menu(const std::string& guest_name, const ViewState& state) {
  std::vector<Item> items;
  for (const MenuEntry& entry : kMenu) {
    if (entry.action == Action::kHoldMouse && state.takes_positions) continue;
    const bool of_cd = entry.action == Action::kEjectCd || entry.action == Action::kInsertCd;
    if (of_cd && !state.has_cd) continue;
    items.push_back({entry.action,
                     entry.key,
                     {.label = label_of(entry, state), .key = "Ctrl-Alt-" + key_name(entry.key)}});
  }
  return Dialog(guest_name, items, "Esc goes back to the guest · Ctrl-Alt releases the mouse");
}

Dialog Dialog::close_question(const std::string& guest_name, const std::string& machine) {
  return Dialog("Close the window of " + guest_name + "?",
                {{Action::kPowerButton,
                  SDLK_p,
                  {"Power off", "Asks the guest to shut down, as its power button does", "P"}},
                 {Action::kStopNow,
                  SDLK_s,
                  {"Stop now", "What the guest has not written to its disks is lost", "S"}},
                 {Action::kKeepRunning,
                  SDLK_k,
                  {"Keep running", "minivmm view " + machine + " opens a window again", "K"}}},
                "Esc goes back to the guest");
}

Dialog Dialog::reset_question(const std::string& guest_name) {
  return Dialog("Reset " + guest_name + "?",
                {{Action::kReset,
                  SDLK_r,
                  {"Reset", "What the guest has not written to its disks is lost", "R"}}},
                "Esc goes back to the guest");
}

Dialog Dialog::disc_list(const std::vector<Disc>& discs) {
  std::vector<Item> items;
  for (std::size_t i = 0; i < std::min(discs.size(), kMostDiscs); ++i) {
    const auto digit = static_cast<SDL_Keycode>(SDLK_1 + i);
    items.push_back({Action::kInsertThis,
                     digit,
                     {.label = shown(discs[i].path.filename(), Keep::kBeginning),
                      .detail = shown(discs[i].path.parent_path(), Keep::kEnd),
                      .key = key_name(digit)}});
  }
  return Dialog("Insert a CD", items, "Esc goes back to the guest · or drop a file on the window");
}

Dialog::Answer Dialog::choose(std::size_t item) const {
  return {.closed = true, .action = actions_[item], .changed = true, .item = item};
}

Dialog::Answer Dialog::key(SDL_Keycode key) {
  if (key == SDLK_ESCAPE) return {.closed = true, .changed = true};
  if (key == SDLK_RETURN || key == SDLK_KP_ENTER || key == SDLK_SPACE)
    return choose(panel_.selected());
  if (key == SDLK_DOWN || key == SDLK_UP || key == SDLK_TAB) {
    panel_.move(key == SDLK_UP ? -1 : 1);
    return {.changed = true};
  }
  const auto found = std::ranges::find(keys_, key);
  if (found == keys_.end()) return {};
  return choose(static_cast<std::size_t>(found - keys_.begin()));
}

Dialog::Answer Dialog::moved(SDL_Point pixel) {
  const auto choice = panel_.choice_at(pixel);
  if (!choice || *choice == panel_.selected()) return {};
  panel_.select(*choice);
  return {.changed = true};
}

Dialog::Answer Dialog::clicked(SDL_Point pixel) {
  const auto choice = panel_.choice_at(pixel);
  return choice ? choose(*choice) : Answer{};
}

}  // namespace minivmm::view
