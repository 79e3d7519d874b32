#pragma once
// errno to an exception whose one line says what, why and what to do.

#include <cerrno>
#include <string>
#include <string_view>

#include "minivmm/error.h"

namespace minivmm {

/// "What: why (remedy)", why being the words for error.
[[nodiscard]] HostError system_error(std::string_view what, std::string_view remedy = {},
                                     int error = errno);

/// The words for an errno value; threads: any.
[[nodiscard]] std::string errno_text(int error);

}  // namespace minivmm
