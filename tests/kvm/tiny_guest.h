#pragma once
// The smallest machine that runs a program: KVM's own devices and 1 MiB of RAM.

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "kvm/gsi_routes.h"
#include "kvm/kvm.h"
#include "kvm/programs.h"
#include "kvm/vcpu.h"
#include "kvm/vm.h"
#include "minivmm/guest_memory.h"

namespace minivmm::kvm::test {

inline constexpr GuestAddress kProgram{0x1000};
inline constexpr GuestAddress kHandler{0x2000};
inline constexpr GuestAddress kOtherHandler{0x2100};
inline constexpr std::uint64_t kRamSize = 1 << 20;

/// Page-aligned, zeroed memory.
class Pages {
 public:
  explicit Pages(std::size_t size);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();
  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

class TinyGuest {
 public:
  /// ROM, if any, is at 0xc0000.
  explicit TinyGuest(unsigned cpus = 1, std::span<std::byte> rom = {});

  [[nodiscard]] const Kvm& kvm() const { return kvm_; }
  [[nodiscard]] Vm& vm() { return vm_; }
  [[nodiscard]] GsiRoutes& routes() { return *routes_; }
  [[nodiscard]] Vcpu& cpu(unsigned index = 0) { return *cpus_.at(index); }
  [[nodiscard]] const GuestMemory& memory() const { return memory_; }

  void load(GuestAddress address, Program program);

  // The program is at kProgram, and CPU 0 will start there, its stack below 0x8000.
  void start_real(Program program);
  void start_protected(Program program);  ///< Flat, no paging, a GDT, an IDT with limit 0.
  void start_long(Program program);       ///< The lowest 4 GiB mapped one to one; the same tables.
  void start_user(Program program);       ///< The same in ring 3.

  /// Real mode: vector's handler is at address.
  void set_real_vector(unsigned vector, GuestAddress address);
  /// Long mode: the same, for traps of ring 3 too, which get a stack of their own.
  void set_long_gate(unsigned vector, GuestAddress address);
  /// Protected mode: loads an IDT in which vector's handler is at address.
  void set_gate(unsigned vector, GuestAddress address);

 private:
  CpuEntry flat_entry(CpuEntry::Mode mode, Program program);

  Kvm kvm_;
  Pages ram_;
  GuestMemory memory_;
  Vm vm_;
  std::optional<GsiRoutes> routes_;
  std::vector<std::unique_ptr<Vcpu>> cpus_;
};

/// A vCPU that runs on a thread of its own until its first exit; kicked out at the latest when this
/// goes.
class RunningCpu {
 public:
  explicit RunningCpu(Vcpu& cpu);
  ~RunningCpu();

  /// Waits until the thread sleeps in the kernel: a halted vCPU.
  void wait_until_asleep() const;
  /// Waits for the exit.
  [[nodiscard]] const VcpuExit& exit();

 private:
  Vcpu& cpu_;
  std::atomic<pid_t> tid_{0};
  VcpuExit exit_ = Halt{};
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace minivmm::kvm::test
