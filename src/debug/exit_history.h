#pragma once
// The last exits of a vCPU: kept always, because it costs next to nothing; read when a guest
// crashed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "minivmm/exit_observer.h"

namespace minivmm::debug {

/// As "write 0x41 to port 0x3f8 (1 byte)".
[[nodiscard]] std::string describe(const ExitRecord& record);

/// Threads: the vCPU's own, or any while it is stopped.
class ExitHistory {
 public:
  static constexpr std::size_t kDepth = 64;

  void record(const ExitRecord& record) { records_[count_++ % kDepth] = record; }
  /// The newest. There is one.
  [[nodiscard]] const ExitRecord& newest() const { return records_[(count_ - 1) % kDepth]; }
  /// Exits to user space so far.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The last up to kDepth of them, oldest first.
  [[nodiscard]] std::vector<ExitRecord> last() const;
  /// The same as lines of text, numbered from the start of the run; equal neighbours in one line.
  [[nodiscard]] std::string account() const;

 private:
  std::array<ExitRecord, kDepth> records_{};
  std::uint64_t count_ = 0;
};

}  // namespace minivmm::debug
