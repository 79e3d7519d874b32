#pragma once
// One writer or several readers of an image, among all programs that lock.

#include <string>
#include <string_view>

namespace minivmm {

enum class LockKind { kShared, kExclusive };

/// Locks the whole file with an open-file-description lock (fcntl(2), F_OFD_SETLK): it lasts as
/// long as the description and holds against other processes and against another opening in this
/// one. Throws ConfigError, naming who holds the file, when somebody has it locked; a file system
/// without locks gives a warning only. what starts the message: "disk 'guest.img'".
void lock_image(int fd, LockKind kind, std::string_view what);

/// Before the file is closed: the kernel's workers for io_uring may hold on to its description for
/// a moment after what they did has been answered, and the lock with it.
void unlock_image(int fd);

}  // namespace minivmm
