// Drives a disk by itself. What to do is on the command line:
//
//   (nothing)  writes, reads back and compares, every way that virtio knows. The disk's first
//              MiB is overwritten. Options: disk=N, serial=TEXT, queues=N (there have to be).
//   reboot     counts its starts on the disk: the first resets the machine, the second succeeds.
//   readonly   the disk is read-only, and says so to whoever writes.
//   bench      reads as fast as it can; see bench.h.

#include "blk/bench.h"
#include "blk/block_driver.h"
#include "blk/checks.h"
#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"

namespace {
BlockDriver disk;
}

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  check(disk.find(static_cast<unsigned>(option("disk", 0))), "there is such a disk");
  if (option_word("bench")) run_bench(disk);
  if (option_word("reboot")) {
    check_reboot(disk);
  } else if (option_word("readonly")) {
    check_read_only_disk(disk);
  } else {
    check_data(disk);
    check_other_requests(disk);
  }
  check((disk.device_status() & kStatusNeedsReset) == 0, "the disk is content with its driver");
  succeed();
}
