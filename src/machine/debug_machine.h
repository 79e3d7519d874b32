#pragma once
// The machine as its debugger sees it: DebugTarget over the board that there is at the moment.

#include <memory>
#include <optional>
#include <vector>

#include "kvm/guest_debug.h"
#include "machine/debug_gate.h"
#include "machine/device_directory.h"
#include "machine/run_control.h"
#include "machine/stop_control.h"
#include "minivmm/debug_target.h"

namespace minivmm {

/// What of a board a debugger looks into.
struct DebuggedBoard {
  kvm::Vm& vm;
  const std::vector<std::unique_ptr<kvm::Vcpu>>& vcpus;
  const GuestMemory& memory;
  const DeviceDirectory& devices;
  bool unknown_msrs = false;                      ///< Accesses to MSRs that KVM has not are exits.
  kvm::Mirrored mirrored = kvm::Mirrored::kNone;  ///< Without a debugger.
};

/// Threads: as DebugTarget says; enter_board() and leave_board() the machine's.
class DebugMachine final : public DebugTarget, private DebuggedCpus {
 public:
  DebugMachine(StopControl& stop, RunControl& control)
      : stop_(stop), control_(control), gate_(stop) {}

  [[nodiscard]] DebugGate& gate() { return gate_; }
  void enter_board(const DebuggedBoard& board);
  void leave_board();

  void set_exit_filter(ExitFilter filter) override { gate_.set_filter(std::move(filter)); }
  [[nodiscard]] StopSupport stop_support() override;
  [[nodiscard]] bool set_hardware_stops(const std::vector<HardwareStop>& stops) override;
  [[nodiscard]] bool set_msr_exits(const std::vector<std::uint32_t>& indices) override;
  void set_software_stops(const std::vector<GuestAddress>& planted) override;
  DebugStop wait_for_stop() override;
  [[nodiscard]] int gone_fd() const override { return gate_.gone_fd(); }
  // Each ends a pause, too: who says "go on" means it.
  DebugStop resume() override;
  DebugStop step_exit() override;
  DebugStop step_instruction(unsigned cpu) override;
  void interrupt() override { gate_.interrupt(); }
  void quit() override;
  void detach() override;

  [[nodiscard]] unsigned cpu_count() const override { return count(); }
  [[nodiscard]] CpuRegisters registers(unsigned cpu) const override;
  void set_registers(unsigned cpu, const CpuRegisters& registers) override;
  [[nodiscard]] CpuSpecialRegisters special_registers(unsigned cpu) const override;
  [[nodiscard]] bool set_special_registers(unsigned cpu,
                                           const CpuSpecialRegisters& registers) override;
  [[nodiscard]] std::vector<std::uint32_t> msr_list() const override;
  [[nodiscard]] std::optional<std::uint64_t> msr(unsigned cpu, std::uint32_t index) const override;
  [[nodiscard]] bool set_msr(unsigned cpu, std::uint32_t index, std::uint64_t value) override;
  [[nodiscard]] std::string activity(unsigned cpu) const override;
  [[nodiscard]] std::optional<std::uint8_t> pending_vector(unsigned cpu) const override;
  [[nodiscard]] LocalApicPage local_apic(unsigned cpu) const override;
  [[nodiscard]] InterruptControllers interrupt_controllers() const override;
  [[nodiscard]] const GuestMemory& memory() const override;
  [[nodiscard]] std::vector<DeviceRange> device_ranges() const override;
  [[nodiscard]] DevicePlace place(AddressSpace space, std::uint64_t address,
                                  Access access) const override;
  [[nodiscard]] std::optional<std::vector<RegisterValue>> device_registers(
      const std::string& device) const override;
  [[nodiscard]] std::vector<QueueView> device_queues(const std::string& device) const override;
  [[nodiscard]] std::vector<std::string> device_names() const override;

 private:
  [[nodiscard]] unsigned count() const override;
  void kick_others(std::optional<unsigned> cpu) override;
  [[nodiscard]] std::optional<HardwareStop> hardware_stop(std::uint64_t hit) const override;
  [[nodiscard]] bool planted(GuestAddress at) const override;
  [[nodiscard]] std::uint64_t rip(unsigned cpu) const override {
    return board_->vcpus.at(cpu)->registers().rip;
  }
  // Everything that a debugger looks at, it sees with all instructions finished.
  [[nodiscard]] const DebuggedBoard& settled() const;
  [[nodiscard]] kvm::Vcpu& vcpu(unsigned cpu) const { return *settled().vcpus.at(cpu); }
  void apply(const kvm::GuestDebug& wanted);
  void change(kvm::GuestDebug wanted);
  [[nodiscard]] bool apply_msr_exits(const std::vector<std::uint32_t>& indices);
  void mirror_registers(bool on);

  StopControl& stop_;
  RunControl& control_;
  mutable DebugGate gate_;  // Looking makes vCPUs finish what they are at.
  std::unique_ptr<DebuggedBoard> board_;
  kvm::GuestDebug wanted_;
  std::vector<GuestAddress> planted_;
  std::vector<std::uint32_t> msrs_;
  std::optional<StopSupport> support_;  // Once it has been found out.
};

}  // namespace minivmm
