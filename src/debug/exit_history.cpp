#include "debug/exit_history.h"

#include <fmt/core.h>

#include <algorithm>

namespace minivmm::debug {
namespace {

std::string access(const ExitRecord& record, std::string_view verb, std::string_view place) {
  const bool write = record.kind == ExitKind::kPioOut || record.kind == ExitKind::kMmioWrite ||
                     record.kind == ExitKind::kMsrWrite;
  std::string text =
      fmt::format("{} {:#x} {} {} {:#x} ({} byte{})", verb, record.value, write ? "to" : "from",
                  place, record.address, record.width, record.width == 1 ? "" : "s");
  if (record.repeated > 1)
    text += fmt::format(", {} times by a string instruction", record.repeated);
  return text;
}

}  // namespace

std::string describe(const ExitRecord& record) {
  switch (record.kind) {
    case ExitKind::kPioIn:
      return access(record, "read", "port");
    case ExitKind::kPioOut:
      return access(record, "write", "port");
    case ExitKind::kMmioRead:
      return access(record, "read", "address");
    case ExitKind::kMmioWrite:
      return access(record, "write", "address");
    case ExitKind::kHalt:
      return "halt";
    case ExitKind::kInterrupted:
      return "interrupted by minivmm";
    case ExitKind::kMsrRead:
      return access(record, "read", "MSR");
    case ExitKind::kMsrWrite:
      return access(record, "write", "MSR");
    case ExitKind::kDebug:
      return "debug trap";
    case ExitKind::kShutdown:
      return "triple fault";
    case ExitKind::kOther:
      break;
  }
  return "other";
}

std::vector<ExitRecord> ExitHistory::last() const {
  std::vector<ExitRecord> result;
  const std::uint64_t kept = std::min<std::uint64_t>(count_, kDepth);
  for (std::uint64_t i = count_ - kept; i < count_; ++i) result.push_back(records_[i % kDepth]);
  return result;
}

std::string ExitHistory::account() const {
  const std::vector<ExitRecord> records = last();
  if (records.empty()) return "  no exits to user space before\n";
  std::string text;
  std::uint64_t number = count_ - records.size();
  for (std::size_t i = 0; i < records.size();) {
    const std::string line = describe(records[i]);
    std::size_t same = 1;
    while (i + same < records.size() && describe(records[i + same]) == line) ++same;
    text += fmt::format("  #{:<8} {}{}\n", number + i, line,
                        same > 1 ? fmt::format("  ({} times)", same) : "");
    i += same;
  }
  return text;
}

}  // namespace minivmm::debug
