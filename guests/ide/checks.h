#pragma once
// What an IDE disk and a CD-ROM drive have to do.

#include "ide/ide_driver.h"

/// A disk that is the master: writes, reads back and compares, by PIO and by DMA. Its first MiB is
/// overwritten.
void check_disk(IdeChannel& channel);

/// A CD-ROM drive that is the master, with a disc whose first 512 bytes are a boot sector.
void check_cd(IdeChannel& channel);

/// Tells what disc is in the drive that is the master, now and whenever that changes, for ever.
[[noreturn]] void watch_cd(IdeChannel& channel);
