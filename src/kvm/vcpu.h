#pragma once
// One virtual CPU. The only code that reads the page a vCPU shares with KVM (kvm_run).

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "host/unique_fd.h"
#include "kvm/registers.h"
#include "kvm/stats.h"
#include "kvm/vcpu_exit.h"
#include "kvm/vm.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/error.h"
#include "minivmm/guest_address.h"

struct kvm_run;

namespace minivmm::kvm {

class RegisterMirror;

/// What a vCPU showed at an exit before its last one.
struct EarlierRegisters {
  Registers registers{};
  SpecialRegisters special{};
  std::uint64_t exits_ago = 0;  ///< 1: at the exit before.
};

/// Which registers are read at each exit without a system call.
enum class Mirrored : std::uint8_t { kNone, kGeneral, kAll };

/// A vCPU with its CPUID set; vCPU 0 is the bootstrap processor, all others wait inside run() for
/// INIT and SIPI, as KVM's irqchip makes them.
///
/// One thread runs the vCPU:
///     vcpu.bind_to_this_thread();
///     while (not stopping) { VcpuExit exit = vcpu.run(); ... }
///
/// Kicks. kick() first sets immediate_exit in the shared page, then sends the kick signal to the
/// bound thread. A thread that has not entered KVM_RUN yet finds immediate_exit set there and comes
/// back at once; one that is inside, halted or running, comes back because a signal is pending. So
/// no kick is ever lost, and each run() after it gives Interrupted until clear_kick(). Whoever
/// kicks says why by a flag of its own, set before the kick; the runner clears the kick before it
/// reads that flag.
///
/// Ownership: refers to the Vm. Threads: kick() from any thread; everything else from the bound
/// thread, or from any while the vCPU isn't running.
/// Errors: HostError when KVM refuses.
class Vcpu {
 public:
  /// index from 0 to count - 1; it is the APIC id too. Count is that of the whole machine.
  Vcpu(const Vm& vm, unsigned index, unsigned count);
  Vcpu(const Vcpu&) = delete;
  Vcpu& operator=(const Vcpu&) = delete;
  ~Vcpu();

  [[nodiscard]] unsigned index() const { return index_; }

  /// Sets the registers with which the guest starts; for the bootstrap processor, before run().
  void enter(const CpuEntry& entry);
  /// Makes write-back the memory type of everything that page tables don't say otherwise, as
  /// firmware leaves the MTRRs; for every vCPU of a machine that boots without firmware.
  void set_firmware_memory_types();
  /// Lets KVM look anew at which local APICs there are. KVM makes its map of them before the newest
  /// vCPU is in its list, and again when a guest enables an APIC: a guest that sends INIT before
  /// that would find nobody. Once, when all vCPUs exist.
  void publish_local_apics() const;

  /// Tells kick() which thread to signal, and lets that signal through there.
  void bind_to_this_thread();

  /// Runs the guest until it needs us. Finishes the last PioIn, PioOut, MmioRead or MmioWrite
  /// first.
  [[nodiscard]] VcpuExit run();
  /// Finishes the last PIO or MMIO exit without running further, so that the registers are those
  /// after the instruction; for pausing. Interrupted says that all is done; an access that KVM
  /// hands out in pieces gives the next piece instead: answer it as run()'s, and call again.
  [[nodiscard]] VcpuExit complete_io();

  /// What to throw for a MemoryFault that nobody can explain.
  [[nodiscard]] HostError memory_fault_error() const;
  /// After an InternalError of emulation: forgets the #UD with which KVM would answer the
  /// instruction, so that run() tries it again.
  void drop_pending_exception();
  /// Gives the guest the #BP of an INT3 of its own, after the Debug exit that leaves RIP on it; the
  /// handler returns to the next instruction. No other exception is pending.
  void inject_breakpoint();

  void kick();
  void clear_kick();

  /// Lets a guest with KVM's clock know that it stood still, so that it doesn't take that for a
  /// hang of its own (KVM_KVMCLOCK_CTRL). Before the run() that goes on after a pause.
  void excuse_pause() const;

  /// From the next exit on, reading these registers costs no system call: KVM leaves them in the
  /// shared page, where it can. For who looks on, because each exit then costs more.
  void mirror_registers(Mirrored which);
  /// nullopt: KVM can't keep them, or there was no exit before the last one.
  [[nodiscard]] std::optional<EarlierRegisters> earlier_registers() const;

  [[nodiscard]] Registers registers() const;
  void set_registers(const Registers& registers);
  [[nodiscard]] SpecialRegisters special_registers() const;
  /// Sets all of them; apic_base 0 keeps the vCPU's own.
  void set_special_registers(const SpecialRegisters& registers);

  // Only for MSRs that KVM lists or the vCPU's CPUID promises: no other may be touched.
  /// nullopt: KVM refuses.
  [[nodiscard]] std::optional<std::uint64_t> msr(std::uint32_t index) const;
  /// false: KVM refuses.
  [[nodiscard]] bool try_set_msr(std::uint32_t index, std::uint64_t value);

  /// Where a linear address is in guest-physical memory, by the page tables in use; nullopt when it
  /// isn't mapped.
  [[nodiscard]] std::optional<GuestAddress> translate(std::uint64_t linear) const;

  /// KVM's own counters for this vCPU, by name ("exits", "io_exits", ...); empty where KVM has
  /// none.
  [[nodiscard]] Stats read_stats() const;

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  void set_cpuid(unsigned count) const;
  void set_power_on_msrs();
  void answer_msr();
  // Configuration.
  const Kvm& kvm_;
  const unsigned index_;

  // Wiring.
  UniqueFd fd_;
  kvm_run* run_ = nullptr;  // Mapped; vcpu_map_size() bytes.
  std::unique_ptr<RegisterMirror> mirror_;

  // State.
  std::atomic<pid_t> thread_{0};
};

}  // namespace minivmm::kvm
