#pragma once
// All references of an image, counted.

#include <cstdint>
#include <string_view>
#include <vector>

#include "backends/block/qcow2/header.h"
#include "backends/block/qcow2/refcounts.h"

namespace minivmm::qcow2 {

struct SurveyedFile {
  int fd = -1;
  std::uint64_t size = 0;
  std::string_view name{};  ///< Starts messages, as "disk 'a.qcow2'".
  std::string_view path{};
};

/// Reads all L2 tables and claims every cluster that is in use, so that what is written later
/// harms none of them. Then compares the image's own refcounts, and answers how they differ.
///
/// Throws ConfigError where two uses overlap, or something lies outside the file: writing to such
/// an image could only harm it. HostError where it can't be read.
[[nodiscard]] Refcounts::Difference survey(const SurveyedFile& file, const Header& header,
                                           const std::vector<std::uint64_t>& l1,
                                           Refcounts& refcounts);

}  // namespace minivmm::qcow2
