#pragma once
// A panel whose choices are actions: the menu, and the questions.

#include <SDL.h>

#include <optional>
#include <string>
#include <vector>

#include "view/actions.h"
#include "view/discs.h"
#include "view/panel.h"

namespace minivmm::view {

/// What the menu's words depend on.
struct ViewState {
  bool paused = false;
  bool full_screen = false;
  bool integer_scaling = false;
  bool takes_positions = false;
  bool mouse_held = false;
  bool shows_rates = false;
  bool has_cd = false;
};

class Dialog {
 public:
  [[nodiscard]] static Dialog menu(const std::string& guest_name, const ViewState& state);
  /// machine: how "minivmm view" finds it.
  [[nodiscard]] static Dialog close_question(const std::string& guest_name,
                                             const std::string& machine);
  [[nodiscard]] static Dialog reset_question(const std::string& guest_name);

  /// discs: at least one; more than kMostDiscs are not shown.
  [[nodiscard]] static Dialog disc_list(const std::vector<Disc>& discs);

  struct Answer {
    bool closed = false;             ///< The dialog has done its work.
    std::optional<Action> action{};  ///< What was chosen.
    bool changed = false;            ///< It looks another way now.
    std::size_t item = 0;            ///< The place of what was chosen, from 0.
  };
  [[nodiscard]] Answer key(SDL_Keycode key);
  [[nodiscard]] Answer moved(SDL_Point pixel);
  [[nodiscard]] Answer clicked(SDL_Point pixel);

  [[nodiscard]] Panel& panel() { return panel_; }

 private:
  struct Item {
    Action action;
    SDL_Keycode key;
    Choice choice;
  };
  Dialog(std::string title, const std::vector<Item>& items, std::string footer);
  [[nodiscard]] Answer choose(std::size_t item) const;

  std::vector<Action> actions_;
  std::vector<SDL_Keycode> keys_;
  Panel panel_;
};

}  // namespace minivmm::view
