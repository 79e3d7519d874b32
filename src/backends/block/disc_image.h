#pragma once
// Whether a file is the image of a data disc.

#include <string>

namespace minivmm {

enum class DiscKind {
  kKnown,  ///< ISO 9660 or UDF.
  kAny,    ///< Any file of whole blocks.
};

/// Throws ConfigError with what to do if path is missing, unreadable, not in blocks of 2048 bytes,
/// or, for kKnown, neither ISO 9660 (ECMA-119, 7.1.1: "CD001") nor UDF (ECMA-167, 2/9.1.1:
/// "BEA01").
void check_disc_image(const std::string& path, DiscKind kind);

}  // namespace minivmm
