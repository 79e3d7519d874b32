#include "debug/exit_text.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "debug/exit_history.h"

namespace minivmm::debug {

std::string_view kind_name(ExitKind kind) {
  switch (kind) {
    case ExitKind::kPioIn:
      return "port read";
    case ExitKind::kPioOut:
      return "port write";
    case ExitKind::kMmioRead:
      return "memory read";
    case ExitKind::kMmioWrite:
      return "memory write";
    case ExitKind::kHalt:
      return "halt";
    case ExitKind::kInterrupted:
      return "interrupted";
    case ExitKind::kMsrRead:
      return "MSR read";
    case ExitKind::kMsrWrite:
      return "MSR write";
    case ExitKind::kDebug:
      return "debug trap";
    case ExitKind::kShutdown:
      return "triple fault";
    case ExitKind::kOther:
      break;
  }
  return "other";
}

std::optional<Access> access_of(ExitKind kind) {
  switch (kind) {
    case ExitKind::kPioIn:
    case ExitKind::kMmioRead:
    case ExitKind::kMsrRead:
      return Access::kRead;
    case ExitKind::kPioOut:
    case ExitKind::kMmioWrite:
    case ExitKind::kMsrWrite:
      return Access::kWrite;
    default:
      return std::nullopt;
  }
}

std::optional<AddressSpace> space_of(ExitKind kind) {
  switch (kind) {
    case ExitKind::kPioIn:
    case ExitKind::kPioOut:
      return AddressSpace::kPorts;
    case ExitKind::kMmioRead:
    case ExitKind::kMmioWrite:
      return AddressSpace::kMemory;
    default:
      return std::nullopt;
  }
}

std::string exit_text(const ExitRecord& record, const DevicePlace& place) {
  const auto access = access_of(record.kind);
  if (!access) return describe(record);
  const auto space = space_of(record.kind);
  std::string text = fmt::format("{} {} {:#x}", *access == Access::kRead ? "read" : "write",
                                 !space                           ? "MSR"
                                 : *space == AddressSpace::kPorts ? "port"
                                                                  : "address",
                                 record.address);
  if (!place.device.empty()) {
    text += fmt::format(" {}", place.device);
    if (!place.register_name.empty()) text += fmt::format(".{}", place.register_name);
  } else if (space) {
    text += " (nobody answers)";
  }
  text += fmt::format(" {} 0x{:0{}x} ({} byte{})", *access == Access::kRead ? "->" : "<-",
                      record.value, 2 * record.width, record.width, record.width == 1 ? "" : "s");
  if (record.repeated > 1) text += fmt::format(", {} times", record.repeated);
  return text;
}

std::string duration_text(std::chrono::nanoseconds duration) {
  static constexpr std::array<std::pair<double, const char*>, 3> kUnits{
      {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}};
  const auto count = static_cast<double>(duration.count());
  for (const auto& [size, name] : kUnits) {
    if (count < size) continue;
    const double value = count / size;
    return fmt::format("+{:.{}f}{}", value, value < 10 ? 2 : value < 100 ? 1 : 0, name);
  }
  return fmt::format("+{}ns", duration.count());
}

}  // namespace minivmm::debug
