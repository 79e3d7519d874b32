#include "kvm/vcpu.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>

#include "host/log.h"
#include "kvm/exit_decoder.h"
#include "kvm/ioctl.h"
#include "kvm/kernel_interface.h"
#include "kvm/register_mirror.h"
#include "kvm/register_transfer.h"

namespace minivmm::kvm {
namespace {

// Who wants KVM_RUN to come back at once: KVM asks only whether immediate_exit is 0, so that each
// has a bit of its own and none can take back another's wish.
constexpr std::uint8_t kKicked = 1;
constexpr std::uint8_t kCompletingIo = 2;

constexpr std::uint32_t kMsrMiscEnable = 0x1a0;        // Intel SDM 4, table 2-2.
constexpr std::uint64_t kMiscEnableFastStrings = 1;    // Set at power-on.
constexpr std::uint32_t kMsrMtrrDefaultType = 0x2ff;   // Intel SDM 3A, 12.11.2.1.
constexpr std::uint32_t kEdxMtrr = 1u << 12;           // CPUID leaf 1.
constexpr std::uint64_t kMtrrEnableWriteBack = 0x806;  // E, type 6 (write-back).

int kick_signal() {
  return SIGRTMIN;
}

/// Installs a handler that does nothing, so that the signal interrupts a system call and no more.
void install_kick_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(kick_signal(), &action, nullptr);  // No SA_RESTART.
  });
}

std::atomic_ref<std::uint8_t> immediate_exit(kvm_run& run) {
  return std::atomic_ref<std::uint8_t>(run.immediate_exit);
}

bool is_msr_exit(const kvm_run& run) {
  return run.exit_reason == KVM_EXIT_X86_RDMSR || run.exit_reason == KVM_EXIT_X86_WRMSR;
}

}  // namespace

Vcpu::Vcpu(const Vm& vm, unsigned index, unsigned count) : kvm_(vm.kvm()), index_(index) {
  install_kick_handler();
  fd_.reset(checked_ioctl(vm.fd(), KVM_CREATE_VCPU, static_cast<unsigned long>(index),
                          fmt::format("KVM can't make vCPU {}", index)));
  set_cpuid(count);
  set_power_on_msrs();
  // The page is mapped last: nothing throws after it but for want of memory, so that the destructor
  // needs to be the only one to unmap it.
  void* page =
      ::mmap(nullptr, kvm_.vcpu_map_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (page == MAP_FAILED) throw system_error("can't map a vCPU's page");
  run_ = static_cast<kvm_run*>(page);
  constexpr int kWanted = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
  mirror_ =
      std::make_unique<RegisterMirror>(*run_, (kvm_.check(KVM_CAP_SYNC_REGS) & kWanted) == kWanted);
}

Vcpu::~Vcpu() {
  ::munmap(run_, kvm_.vcpu_map_size());
}

void Vcpu::set_cpuid(unsigned count) const {
  const std::vector<CpuidEntry> entries =
      make_cpuid(kvm_.supported_cpuid(), {.index = index_, .count = count}, kvm_.cpuid_features());
  WithEntries<kvm_cpuid2, kvm_cpuid_entry2> table(entries.size());
  table->nent = static_cast<std::uint32_t>(entries.size());
  kvm_cpuid_entry2* next = table->entries;
  for (const CpuidEntry& entry : entries) {
    next->function = entry.function;
    next->index = entry.index;
    next->flags = entry.index_matters ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
    next->eax = entry.eax;
    next->ebx = entry.ebx;
    next->ecx = entry.ecx;
    next->edx = entry.edx;
    ++next;
  }
  checked_ioctl(fd_.get(), KVM_SET_CPUID2, table.get(), "KVM refuses the vCPU's CPUID");
}

void Vcpu::set_power_on_msrs() {
  // KVM starts with fast strings off, and Linux then does without REP MOVSB.
  if (!kvm_.lists_msr(kMsrMiscEnable)) return;
  if (const auto misc_enable = msr(kMsrMiscEnable)) {
    (void)try_set_msr(kMsrMiscEnable, *misc_enable | kMiscEnableFastStrings);
  }
}

void Vcpu::set_firmware_memory_types() {
  // KVM_GET_MSR_INDEX_LIST leaves MTRRs out; CPUID promises them, and reading one proves it.
  const auto has_mtrrs = [](const CpuidEntry& entry) {
    return entry.function == 1 && (entry.edx & kEdxMtrr) != 0;
  };
  if (!std::ranges::any_of(kvm_.supported_cpuid(), has_mtrrs) || !msr(kMsrMtrrDefaultType)) return;
  // A refusal leaves memory types as they are after RESET, which costs the guest its PAT.
  if (!try_set_msr(kMsrMtrrDefaultType, kMtrrEnableWriteBack))
    log::info("KVM refuses to set the MTRRs' default type; the guest finds them disabled");
}

void Vcpu::publish_local_apics() const {
  kvm_lapic_state state{};
  checked_ioctl(fd_.get(), KVM_GET_LAPIC, &state, "can't read a local APIC");
  checked_ioctl(fd_.get(), KVM_SET_LAPIC, &state, "can't set a local APIC");
}

std::optional<std::uint64_t> Vcpu::msr(std::uint32_t index) const {
  WithEntries<kvm_msrs, kvm_msr_entry> msrs(1);
  msrs->nmsrs = 1;
  msrs->entries[0].index = index;
  if (::ioctl(fd_.get(), KVM_GET_MSRS, msrs.get()) != 1) return std::nullopt;
  return msrs->entries[0].data;
}

bool Vcpu::try_set_msr(std::uint32_t index, std::uint64_t value) {
  if (mirror_) mirror_->invalidate();  // EFER and FS.base are MSRs, too.
  WithEntries<kvm_msrs, kvm_msr_entry> msrs(1);
  msrs->nmsrs = 1;
  msrs->entries[0].index = index;
  msrs->entries[0].data = value;
  return ::ioctl(fd_.get(), KVM_SET_MSRS, msrs.get()) == 1;
}

void Vcpu::enter(const CpuEntry& entry) {
  set_special_registers(entry_special_registers(entry));
  set_registers(entry_registers(entry));
}

void Vcpu::bind_to_this_thread() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, kick_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  thread_.store(::gettid());
}

VcpuExit Vcpu::run() {
  mirror_->before_run();
  const int result = ::ioctl(fd_.get(), KVM_RUN, 0);
  mirror_->after_run();
  if (result == 0) {
    if (is_msr_exit(*run_)) answer_msr();
    return decode_exit(*run_);
  }
  // EAGAIN: an application processor got its INIT or SIPI.
  if (errno == EINTR || errno == EAGAIN) return Interrupted{};
  if (errno == EFAULT) return MemoryFault{};
  throw system_error(fmt::format("vCPU {}: KVM_RUN failed", index_),
                     "\"sudo dmesg | grep kvm\" may say more");
}

// What KVM would have done, had it not been asked for the exit; it makes #GP of an error.
void Vcpu::answer_msr() {
  auto& access = run_->msr;
  access.error = 1;
  if (access.reason == KVM_MSR_EXIT_REASON_UNKNOWN) return;
  if (run_->exit_reason == KVM_EXIT_X86_WRMSR) {
    if (try_set_msr(access.index, access.data)) access.error = 0;
  } else if (const auto value = msr(access.index)) {
    access.data = *value;
    access.error = 0;
  }
}

HostError Vcpu::memory_fault_error() const {
  return system_error(fmt::format("vCPU {}: KVM_RUN failed", index_),
                      "is the host out of memory, or a memory file truncated?", EFAULT);
}

void Vcpu::drop_pending_exception() {
  kvm_vcpu_events events{};
  checked_ioctl(fd_.get(), KVM_GET_VCPU_EVENTS, &events, "KVM_GET_VCPU_EVENTS failed");
  events.exception.injected = 0;
  events.exception.pending = 0;
  checked_ioctl(fd_.get(), KVM_SET_VCPU_EVENTS, &events, "KVM_SET_VCPU_EVENTS failed");
}

void Vcpu::inject_breakpoint() {
  constexpr std::uint8_t kBreakpoint = 3;  // Intel SDM 3A, table 6-1.
  kvm_vcpu_events events{};
  checked_ioctl(fd_.get(), KVM_GET_VCPU_EVENTS, &events, "KVM_GET_VCPU_EVENTS failed");
  events.exception.injected = 1;
  events.exception.nr = kBreakpoint;
  events.exception.has_error_code = 0;
  checked_ioctl(fd_.get(), KVM_SET_VCPU_EVENTS, &events, "KVM_SET_VCPU_EVENTS failed");
}

VcpuExit Vcpu::complete_io() {
  immediate_exit(*run_).fetch_or(kCompletingIo);
  // Taken back however run() ends.
  struct TakeBack {
    kvm_run& page;
    ~TakeBack() { immediate_exit(page).fetch_and(static_cast<std::uint8_t>(~kCompletingIo)); }
  } const take_back{*run_};
  return run();
}

void Vcpu::kick() {
  immediate_exit(*run_).fetch_or(kKicked);
  const pid_t thread = thread_.load();
  // A thread that has not bound itself yet will find immediate_exit; one that has ended isn't
  // there.
  if (thread != 0) (void)::tgkill(::getpid(), thread, kick_signal());
}

void Vcpu::clear_kick() {
  immediate_exit(*run_).fetch_and(static_cast<std::uint8_t>(~kKicked));
}

void Vcpu::excuse_pause() const {
  // EINVAL: the guest doesn't use that clock.
  (void)::ioctl(fd_.get(), KVM_KVMCLOCK_CTRL, 0);
}

void Vcpu::mirror_registers(Mirrored which) {
  mirror_->at_every_exit(which == Mirrored::kAll       ? RegisterMirror::kAll
                         : which == Mirrored::kGeneral ? RegisterMirror::kGeneral
                                                       : 0);
}

std::optional<EarlierRegisters> Vcpu::earlier_registers() const {
  const auto kept = mirror_->earlier();
  if (!kept) return std::nullopt;
  return EarlierRegisters{.registers = from_kernel(kept->registers.regs),
                          .special = from_kernel(kept->registers.sregs),
                          .exits_ago = kept->runs_since};
}

Registers Vcpu::registers() const {
  if (const kvm_regs* mirrored = mirror_->general()) return from_kernel(*mirrored);
  kvm_regs kernel{};
  checked_ioctl(fd_.get(), KVM_GET_REGS, &kernel, "KVM_GET_REGS failed");
  return from_kernel(kernel);
}

void Vcpu::set_registers(const Registers& registers) {
  mirror_->invalidate();
  kvm_regs kernel = to_kernel(registers);
  checked_ioctl(fd_.get(), KVM_SET_REGS, &kernel, "KVM refuses the registers");
}

SpecialRegisters Vcpu::special_registers() const {
  if (const kvm_sregs* mirrored = mirror_->special()) return from_kernel(*mirrored);
  kvm_sregs kernel{};
  checked_ioctl(fd_.get(), KVM_GET_SREGS, &kernel, "KVM_GET_SREGS failed");
  return from_kernel(kernel);
}

void Vcpu::set_special_registers(const SpecialRegisters& registers) {
  mirror_->invalidate();
  kvm_sregs kernel{};
  checked_ioctl(fd_.get(), KVM_GET_SREGS, &kernel, "KVM_GET_SREGS failed");
  to_kernel(registers, kernel);
  checked_ioctl(fd_.get(), KVM_SET_SREGS, &kernel, "KVM refuses the special registers");
}

std::optional<GuestAddress> Vcpu::translate(std::uint64_t linear) const {
  kvm_translation translation{};
  translation.linear_address = linear;
  checked_ioctl(fd_.get(), KVM_TRANSLATE, &translation, "KVM_TRANSLATE failed");
  if (translation.valid == 0) return std::nullopt;
  return GuestAddress{translation.physical_address};
}

Stats Vcpu::read_stats() const {
  if (kvm_.check(KVM_CAP_BINARY_STATS_FD) == 0) return {};
  const UniqueFd stats(::ioctl(fd_.get(), KVM_GET_STATS_FD, 0));
  return stats ? read_stats_file(stats.get()) : Stats{};
}

}  // namespace minivmm::kvm
