#pragma once
// What minivmm disk does. All throw ConfigError or HostError, with one line.

#include <cstdint>

#include "minivmm/machine_config.h"

namespace minivmm::cli::disk {

enum class Existing { kKeep, kReplace };
enum class Form { kText, kJson };
enum class Shrink { kRefused, kAllowed };

/// An empty disk of that many bytes. The file appears when it is complete.
void create(const DiskConfig& file, std::uint64_t size, Existing existing);

/// To standard output; also of an image that a machine uses.
void info(const DiskConfig& file, Form form);

void resize(const DiskConfig& file, std::uint64_t size, Shrink shrink);

/// Copies what isn't zero; the file appears when it is complete. On a terminal, shows how far it
/// is. Ends with a HostError where a signal asks for it.
void convert(DiskConfig from, const DiskConfig& to, Existing existing);

}  // namespace minivmm::cli::disk
