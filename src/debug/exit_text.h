#pragma once
// An exit in words, with the device's register by its name.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "minivmm/debug_target.h"

namespace minivmm::debug {

/// "port write", "halt", ...
[[nodiscard]] std::string_view kind_name(ExitKind kind);
/// nullopt: not an access.
[[nodiscard]] std::optional<Access> access_of(ExitKind kind);
/// nullopt: not an access to ports or memory.
[[nodiscard]] std::optional<AddressSpace> space_of(ExitKind kind);

/// "write port 0x3fb com1.LCR <- 0x03 (1 byte)".
[[nodiscard]] std::string exit_text(const ExitRecord& record, const DevicePlace& place);

/// "+13.2us", "+1.05ms": three digits that count.
[[nodiscard]] std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace minivmm::debug
