// Sets a mode of the graphics adapter by its registers, without a BIOS, and draws a picture that a
// test knows (vga/pictures.h). Options: mode=NAME, as there; hold: never end; crash: by a triple
// fault, right behind the last stroke. All in ring 3, as fast as programs are.

#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/paging.h"
#include "lib/pci.h"
#include "lib/serial.h"
#include "lib/user_mode.h"
#include "vga/adapter.h"
#include "vga/draw.h"
#include "vga/modes.h"

using namespace guest;
using namespace pictures;

namespace {

Mode mode;
bool holds, crashes;
std::uintptr_t framebuffer;
alignas(16) std::uint8_t stack[4096];

bool find_mode() {
  for (unsigned i = 0; i < sizeof kShapes / sizeof kShapes[0]; ++i) {
    if (!option_is("mode", kShapes[i].name)) continue;
    mode = static_cast<Mode>(i);
    return true;
  }
  return false;
}

unsigned bits_per_pixel() {
  return mode == Mode::kLinear32 ? 32 : mode == Mode::kLinear16 ? 16 : 8;
}

void draw() {
  if (mode < Mode::kLinear8) {
    set_vga_mode(mode);
    draw_in_window(mode);
  } else {
    const Shape& shape = kShapes[static_cast<unsigned>(mode)];
    check(set_linear_mode(shape.width, shape.height, bits_per_pixel()), "there is such a mode");
    set_palette();
    draw_linear(mode, framebuffer);
  }
  if (holds) {
    for (;;) asm volatile("pause");
  }
  if (crashes) asm volatile("ud2");
  exit_guest(kSuccess);
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  check(find_mode(), "mode= names a mode");
  holds = option_word("hold");
  crashes = option_word("crash");
  framebuffer = map_framebuffer();
  check(framebuffer != 0, "there is a graphics adapter");
  if (crashes) drop_exception_table();
  enter_user_mode(draw, stack + sizeof(stack));
}
