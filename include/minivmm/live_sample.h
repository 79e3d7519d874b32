#pragma once
// What a running machine does at the moment, for those who look on from outside: once a second, one
// structure of fixed size that goes to other processes as it is (backends/stats/, the window).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace minivmm {

/// Printable ASCII, then zeros; at least one.
template <std::size_t kRoom>
using ShortText = std::array<char, kRoom>;

/// What doesn't fit is cut off, what can't be printed becomes a question mark.
template <std::size_t kRoom>
void set_text(ShortText<kRoom>& to, std::string_view text) {
  to = {};
  const std::size_t length = std::min(text.size(), kRoom - 1);
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), to.begin(),
                 [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
}

template <std::size_t kRoom>
[[nodiscard]] std::string_view text_of(const ShortText<kRoom>& text) {
  const auto end = std::find(text.begin(), text.end(), '\0');
  return {text.data(), static_cast<std::size_t>(end - text.begin())};
}

/// Rates are per second. "Exits" are those to user space: what KVM answers by itself, its interrupt
/// controllers and timers and the doorbells of virtio, is none. Lists hold the busiest first, but
/// processors, which go by their number; what a list has no room for is in the totals alone.
struct LiveSample {
  static constexpr std::uint32_t kMostDevices = 24;
  static constexpr std::uint32_t kMostRegisters = 40;
  static constexpr std::uint32_t kMostCpus = 64;
  static constexpr std::uint32_t kMostThreads = 16;
  static constexpr std::uint32_t kMostQueues = 16;
  /// Of one of the host's processors.
  static constexpr std::uint32_t kWholeCpu = 1000;

  struct Device {
    ShortText<24> name{};  ///< As the debugger's "dev" lists them; "processor" of halts and kicks.
    std::uint32_t exits = 0;
  };
  enum class Access : std::uint32_t { kRead, kWrite, kNone };
  struct Register {
    ShortText<48> name{};  ///< "com1.THR"; an address where nobody answers, or no name is known.
    Access access = Access::kNone;
    std::uint32_t exits = 0;
  };
  enum class CpuState : std::uint32_t {
    kRunning,
    kIdle,   ///< Its thread sleeps: the guest has halted it, or it waits to be started.
    kPaused  ///< By a person, or for a debugger.
  };
  struct Cpu {
    CpuState state = CpuState::kIdle;
    std::uint32_t busy = 0;  ///< Of kWholeCpu, guest and VMM together.
    std::uint32_t exits = 0;
  };
  /// Other threads of the VMM, by the names of docs/design.md.
  struct Thread {
    ShortText<16> name{};
    std::uint32_t busy = 0;  ///< Of kWholeCpu.
  };
  /// Requests that a virtio device has answered, all its queues together.
  struct Queue {
    ShortText<24> name{};
    std::uint32_t requests = 0;
  };

  std::uint64_t memory = 0;    ///< The guest's, in bytes.
  std::uint64_t resident = 0;  ///< The whole process's, in bytes.
  std::uint32_t exits = 0;
  std::uint32_t all_cpus = 0;  ///< Those that have no room here too.
  std::uint32_t device_count = 0;
  std::uint32_t register_count = 0;
  std::uint32_t cpu_count = 0;
  std::uint32_t thread_count = 0;
  std::uint32_t queue_count = 0;
  std::uint32_t reserved = 0;  ///< 0.
  std::array<Device, kMostDevices> devices{};
  std::array<Register, kMostRegisters> registers{};
  std::array<Cpu, kMostCpus> cpus{};
  std::array<Thread, kMostThreads> threads{};
  std::array<Queue, kMostQueues> queues{};
};
// It goes to another process: padding would tell secrets.
static_assert(std::has_unique_object_representations_v<LiveSample>);

}  // namespace minivmm
