#pragma once
// Programs of ours that run beside this one.

#include <optional>
#include <string>

namespace minivmm {

/// The path of a program that belongs to this one: beside it, in ../libexec/minivmm, or in $PATH.
[[nodiscard]] std::optional<std::string> find_helper_program(const std::string& name);

}  // namespace minivmm
