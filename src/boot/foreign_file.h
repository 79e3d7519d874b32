#pragma once
// Files that people give for a kernel and that are none: named, with what to do instead.

#include <string_view>

#include "boot/bytes.h"

namespace minivmm::boot {

/// Errors: ConfigError when file is compressed, a disk or CD image, or another system's program.
void refuse_foreign_file(Bytes file, std::string_view name);

/// Errors: always ConfigError; says whether it is a text.
[[noreturn]] void refuse_unknown_file(Bytes file, std::string_view name);

}  // namespace minivmm::boot
