#pragma once
// What a user wants to stop at, and what then happens.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debug/expression.h"
#include "minivmm/debug_target.h"

namespace minivmm::debug {

struct Breakpoint {
  enum class Kind : std::uint8_t { kExit, kInstruction, kMemory };
  Kind kind = Kind::kExit;
  unsigned number = 0;
  std::string text{};  ///< As the user wrote it.

  // kExit: all that is said must hold.
  std::optional<AddressSpace> space{};
  std::optional<ExitKind> reason{};
  std::optional<Access> access{};
  std::uint64_t start = 0;
  std::uint64_t size = 0;       ///< 0: any address.
  std::string device{};         ///< Not empty: accesses to this device, by where it is now,
  std::string register_name{};  ///< and, not empty, to this register.
  bool msr = false;             ///< start is an MSR.

  // kInstruction, kMemory.
  std::uint64_t linear = 0;
  unsigned length = 1;
  HardwareStop::Kind watch = HardwareStop::Kind::kWrite;
  struct Covered {
    GuestAddress at{};
    std::byte byte{};
  };
  std::optional<Covered> covered{};  ///< A software breakpoint: what INT3 stands on.

  std::shared_ptr<const Expression> condition{};
  std::uint64_t ignore = 0;  ///< So many hits are passed over.
  std::uint64_t hits = 0;
  std::vector<std::string> actions{};  ///< Commands, run at each stop.
};

/// What `break reason WHY` may name; nullopt: no such reason.
[[nodiscard]] std::optional<ExitKind> exit_kind(std::string_view why);
[[nodiscard]] std::vector<std::string> exit_kinds();

/// Whether wanted means a device's register of this name; "QueueNotify" means that of every queue:
/// "QueueNotify 0", "QueueNotify 1".
[[nodiscard]] bool is_named(std::string_view register_name, std::string_view wanted);

/// Whether an exit is what the breakpoint is about, its condition aside.
[[nodiscard]] bool matches(const Breakpoint& breakpoint, const ExitRecord& record,
                           const DevicePlace& place);

}  // namespace minivmm::debug
