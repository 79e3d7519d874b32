#include "machine/input_hub.h"

#include <mutex>
#include <utility>

namespace minivmm {

InputHub::InputHub(I8042& controller, Tablet tablet) : controller_(controller), tablet_(tablet) {}

InputHub::~InputHub() {
  when_changed({});
}

void InputHub::key(KeyCode code, Press press) {
  const std::lock_guard guard(controller_.lock());
  controller_.keyboard().key(code, press);
}

void InputHub::move(int dx, int dy) {
  const std::lock_guard guard(controller_.lock());
  controller_.mouse().move(dx, dy);
}

void InputHub::point(PointerPosition position) {
  if (tablet_.device == nullptr) return;
  const std::lock_guard guard(tablet_.function->lock());
  tablet_.device->point(position);
}

// What goes up goes up on both: the guest may have begun to listen to the tablet, or ceased to,
// since it went down.
void InputHub::button(PointerButton button, Press press) {
  const bool to_tablet = takes_positions();
  if (tablet_.device != nullptr && (to_tablet || press == Press::kUp)) {
    const std::lock_guard guard(tablet_.function->lock());
    tablet_.device->button(button, press);
  }
  if (!to_tablet || press == Press::kUp) {
    const std::lock_guard guard(controller_.lock());
    controller_.mouse().button(button, press);
  }
}

void InputHub::wheel(int vertical, int horizontal) {
  if (takes_positions()) {
    const std::lock_guard guard(tablet_.function->lock());
    tablet_.device->wheel(vertical, horizontal);
  } else {
    const std::lock_guard guard(controller_.lock());
    controller_.mouse().wheel(vertical, horizontal);
  }
}

void InputHub::release_all() {
  {
    const std::lock_guard guard(controller_.lock());
    controller_.keyboard().release_all();
    controller_.mouse().release_all();
  }
  if (tablet_.device == nullptr) return;
  const std::lock_guard guard(tablet_.function->lock());
  tablet_.device->release_all();
}

bool InputHub::takes_positions() const {
  if (tablet_.device == nullptr) return false;
  const std::lock_guard guard(tablet_.function->lock());
  return tablet_.device->listened_to();
}

InputSink::Leds InputHub::leds() const {
  const std::lock_guard guard(controller_.lock());
  return controller_.keyboard().leds();
}

void InputHub::when_changed(std::function<void()> changed) {
  if (tablet_.device != nullptr) {
    const std::lock_guard guard(tablet_.function->lock());
    tablet_.device->when_listened_to(changed);
  }
  const std::lock_guard guard(controller_.lock());
  controller_.when_leds_changed(std::move(changed));
}

}  // namespace minivmm
