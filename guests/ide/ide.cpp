// Knows disks and discs by IDE only. What there is to be is on the command line:
//
//   disk   the first channel's master: its first MiB is overwritten
//   cd     the second channel's master: a disc that begins with a boot sector
//   watch  the same place, for ever: tells whenever another disc is there, or none

#include "ide/checks.h"
#include "ide/ide_driver.h"
#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  const IdeController controller = find_ide_controller();
  IdeChannel first(controller, 0);
  IdeChannel second(controller, 1);
  if (option_word("disk")) check_disk(first);
  if (option_word("cd")) check_cd(second);
  if (option_word("watch")) watch_cd(second);
  succeed();
}
