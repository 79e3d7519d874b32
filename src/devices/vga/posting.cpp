#include "devices/vga/posting.h"

namespace minivmm::vga {

void Posting::catch_up() const {
  if (wiring_.writes == nullptr) return;
  wiring_.writes->take([this](const PostedWrite& write) {
    state_.any_taken = true;
    wiring_.answer(write);
  });
}

void Posting::trapped() {
  if (wiring_.writes == nullptr || state_.active) return;
  if (++state_.accesses < kAccessesBeforePosting) return;
  state_ = {.active = true};
  wiring_.writes->begin();
  wiring_.begun();
}

bool Posting::must_look_again() {
  if (!state_.active) return false;
  state_.quiet_looks = std::exchange(state_.any_taken, false) ? 0 : state_.quiet_looks + 1;
  if (state_.quiet_looks < kQuietLooks) return true;
  end();
  catch_up();
  return false;
}

void Posting::end() {
  if (!state_.active) return;
  wiring_.writes->end();
  state_ = {};
}

void Posting::reset() {
  end();
  if (wiring_.writes != nullptr) wiring_.writes->take([](const PostedWrite& /*write*/) {});
  state_ = {};
}

}  // namespace minivmm::vga
