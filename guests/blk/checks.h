#pragma once
// What a disk has to do. Each ends the guest if the disk doesn't.

#include "blk/block_driver.h"

/// Data written is read back, whatever kind of chain, notification and interrupt is used, by every
/// queue.
void check_data(BlockDriver& disk);
/// Flush, discard, write zeroes, get-id, and requests that cannot be done.
void check_other_requests(BlockDriver& disk);
void check_read_only_disk(BlockDriver& disk);
/// The disk keeps what was written over a reset, and works after it. Resets the machine when called
/// for the first time on a disk of zeros.
void check_reboot(BlockDriver& disk);
