#pragma once
// Reads as fast as it can, its loop in ring 3; or writes, over what is on the disk.
//
// Options: mode=randread|seqread|randwrite|seqwrite, depth=N (at most 64), size=BYTES (at most 128
// KiB), and count=N requests or seconds=S. Needs 32 MiB of RAM. Ends the guest with the line
//   bench: mode=randread depth=32 size=4096 requests=N microseconds=M cycles=C notifications=K

#include "blk/block_driver.h"

[[noreturn]] void run_bench(BlockDriver& disk);
