#pragma once
// Pages that a guest writes all the time, and that are therefore not watched all the time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace minivmm::kvm {

/// To learn of a page's next write KVM has to write-protect it, and that write then costs a fault:
/// 1 us on some hosts, 30 on others, for each of the 2025 pages of a 1920x1080 screen. So a page
/// that is busy is left writable for the next looks and counts as written in them. Busy is one that
/// was written in several looks on end, and any that is written after several looks on end in which
/// many were: a guest that redraws everything may be too slow to come by each page in each look.
/// Busy pages are watched again one after the other, so that no frame has to pay for all.
class BusyPages {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kLook{8};     ///< Looks within this time are one.
  static constexpr std::chrono::milliseconds kPause{100};  ///< After it nothing is busy any more.
  static constexpr unsigned kOnEnd = 3;     ///< Looks in which a page, or many, were written.
  static constexpr unsigned kMany = 64;     ///< Pages that were written though they are watched.
  static constexpr unsigned kKept = 24;     ///< Looks for which a busy page is left writable.
  static constexpr unsigned kPatience = 4;  ///< Looks in which it may then be written again.

  /// Begins anew with so many pages.
  void reset(std::size_t pages);

  /// log: the pages that KVM's log shows as written, one bit a page. Takes out of it those that are
  /// to stay writable, and to stay in KVM's log.
  void keep_back(std::span<std::uint64_t> log, Time now);

 private:
  void count();
  void count_page(std::size_t page, bool written);

  Time last_look_{};
  unsigned heavy_looks_ = 0;            // On end.
  std::vector<std::uint64_t> written_;  // Since the last look.
  std::vector<std::uint64_t> known_;    // Pages whose count isn't 0.
  std::vector<std::uint64_t> kept_;
  std::vector<std::uint8_t> counts_;  // By page.
};

}  // namespace minivmm::kvm
