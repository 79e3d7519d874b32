#pragma once
// Which of the guest's devices hears what a person does.

#include <functional>

#include "devices/i8042.h"
#include "devices/virtio/virtio_pci.h"
#include "devices/virtio/virtio_tablet.h"
#include "minivmm/input.h"

namespace minivmm {

/// Keys go to the PS/2 keyboard. Positions, buttons and wheels go to the tablet while the guest
/// listens to it, else to the PS/2 mouse; motion always goes to the mouse.
///
/// Ownership: refers to the devices, which outlive it. Threads: as InputSink.
class InputHub final : public InputSink {
 public:
  /// A tablet and what carries it; both null: there is none.
  struct Tablet {
    virtio::VirtioTablet* device = nullptr;
    virtio::VirtioPci* function = nullptr;
  };
  InputHub(I8042& controller, Tablet tablet);
  ~InputHub() override;
  InputHub(const InputHub&) = delete;
  InputHub& operator=(const InputHub&) = delete;

  void key(KeyCode code, Press press) override;
  void move(int dx, int dy) override;
  void point(PointerPosition position) override;
  void button(PointerButton button, Press press) override;
  void wheel(int vertical, int horizontal) override;
  void release_all() override;
  [[nodiscard]] bool takes_positions() const override;
  [[nodiscard]] Leds leds() const override;
  void when_changed(std::function<void()> changed) override;

 private:
  // Wiring.
  I8042& controller_;
  const Tablet tablet_;
};

}  // namespace minivmm
