#pragma once
// A machine as a debugger sees it: stop it, look, change, let it go on.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "minivmm/cpu_registers.h"
#include "minivmm/device_registers.h"
#include "minivmm/exit_observer.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm {

/// A range that a device answers on now; PCI devices' move.
struct DeviceRange {
  std::string device;
  AddressSpace space = AddressSpace::kPorts;
  GuestRange range;
};

/// Why the machine stands still.
struct DebugStop {
  enum class Reason {
    kStarted,      ///< Before the first instruction.
    kExit,         ///< At an exit: the filter, or step_exit().
    kStep,         ///< After one instruction.
    kBreakpoint,   ///< A hardware breakpoint, or a software one at the registers' RIP.
    kWatchpoint,   ///< watched says which address.
    kInterrupted,  ///< interrupt().
    kCrashed,      ///< The guest can't go on; account says why.
    kEnded,        ///< The machine has stopped for good: nothing can be resumed.
  };
  Reason reason = Reason::kStarted;
  unsigned cpu = 0;
  std::uint64_t number = 0;  ///< Of the exit, counted over all vCPUs.
  ExitRecord exit{};         ///< kExit.
  DevicePlace place{};       ///< kExit, of an access: where it went.
  /// kExit: RIP as KVM left it; of the instruction that exited, or already behind it.
  std::uint64_t exit_rip = 0;
  std::chrono::nanoseconds since_last{0};  ///< Of the guest's running.
  std::uint64_t watched = 0;
  std::string account{};  ///< kCrashed, kEnded.
};

/// A breakpoint or watchpoint of the processor's own: DR0 to DR3 (Intel SDM 3B, 17.2).
struct HardwareStop {
  enum class Kind : std::uint8_t { kExecute, kWrite, kReadWrite };
  Kind kind = Kind::kExecute;
  std::uint64_t linear = 0;
  unsigned length = 1;  ///< 1, 2, 4 or 8 bytes, aligned; kExecute: 1.
  friend bool operator==(const HardwareStop&, const HardwareStop&) = default;
};

/// Which stops this host's KVM honours: not every virtualization does (docs/decisions/0025).
struct StopSupport {
  struct Ring {
    bool execute = false;     ///< HardwareStop::Kind::kExecute.
    bool watch = false;       ///< The other kinds.
    bool breakpoint = false;  ///< An INT3 that set_software_stops() names.
    bool step = false;        ///< step_instruction(); where not, the trap reaches the guest.
  };
  Ring kernel{};  ///< Ring 0.
  Ring user{};    ///< Ring 3.
};

/// KVM's own interrupt controllers and timer, as KVM_GET_IRQCHIP and KVM_GET_PIT2 give them.
struct PicState {
  std::uint8_t irr = 0, imr = 0, isr = 0, base = 0, elcr = 0;
  bool auto_eoi = false, initialising = false;
};
struct IoApicState {
  GuestAddress base{};
  std::uint32_t id = 0;
  std::array<std::uint64_t, 24> redirections{};
};
struct PitChannelState {
  std::uint32_t count = 0;
  std::uint8_t mode = 0;
  bool bcd = false, gate = false;
};
struct InterruptControllers {
  std::array<PicState, 2> pics{};
  IoApicState io_apic{};
  std::array<PitChannelState, 3> pit{};
};
using LocalApicPage = std::array<std::byte, 1024>;

/// Threads: one debugger thread; its functions wait for the vCPUs' threads where they must.
/// Only between a stop and the next resuming call, unless it says otherwise.
/// Errors: nullopt or false where the guest or KVM has no answer; HostError when KVM fails.
class DebugTarget {
 public:
  virtual ~DebugTarget() = default;

  // --- Running -------------------------------------------------------------------------------

  /// On the vCPU's thread, at each exit; true: stop there. Must be quick; empty: never.
  using ExitFilter = std::function<bool(unsigned cpu, const ExitRecord&, const DevicePlace&)>;
  virtual void set_exit_filter(ExitFilter filter) = 0;
  /// Found out by trying, the first time; at any time.
  [[nodiscard]] virtual StopSupport stop_support() = 0;
  /// At most 4, on all vCPUs; false: more, or misaligned.
  [[nodiscard]] virtual bool set_hardware_stops(const std::vector<HardwareStop>& stops) = 0;
  /// Where the debugger has put INT3 (guest-physical): it stops the machine with RIP on it. Any
  /// other INT3 is the guest's own, and reaches it.
  virtual void set_software_stops(const std::vector<GuestAddress>& planted) = 0;

  /// MSRs whose reads and writes are exits; KVM answers all others by itself. false: KVM can't, or
  /// not so many (16), or they are x2APIC's.
  [[nodiscard]] virtual bool set_msr_exits(const std::vector<std::uint32_t>& indices) = 0;

  /// Waits until the machine stands, and lets nothing go on: the first stop of a machine that was
  /// started for a debugger, and the one after interrupt() of a machine that runs.
  virtual DebugStop wait_for_stop() = 0;
  /// Readable when a machine that stood goes on or ends by itself (a time limit, a signal, a reset
  /// from the window). Nothing but the running functions may be called then; wait_for_stop() says
  /// what came of it.
  [[nodiscard]] virtual int gone_fd() const = 0;

  /// Each lets the machine run until there is a reason to stop, and waits for that.
  virtual DebugStop resume() = 0;
  virtual DebugStop step_exit() = 0;  ///< To the next exit of any vCPU.
  /// One instruction of this vCPU; the others stand still. Interrupts are held off where KVM can.
  virtual DebugStop step_instruction(unsigned cpu) = 0;
  /// Stops the machine soon. From any thread, at any time; async-signal-safe.
  virtual void interrupt() = 0;
  /// Ends the machine; as the user's quit. Nothing else may be called after it.
  virtual void quit() = 0;
  /// Lets the machine run without a debugger. Only wait_for_stop() may be called after it.
  virtual void detach() = 0;

  // --- Processors ----------------------------------------------------------------------------

  [[nodiscard]] virtual unsigned cpu_count() const = 0;
  [[nodiscard]] virtual CpuRegisters registers(unsigned cpu) const = 0;
  virtual void set_registers(unsigned cpu, const CpuRegisters& registers) = 0;
  [[nodiscard]] virtual CpuSpecialRegisters special_registers(unsigned cpu) const = 0;
  [[nodiscard]] virtual bool set_special_registers(unsigned cpu,
                                                   const CpuSpecialRegisters& registers) = 0;
  [[nodiscard]] virtual std::vector<std::uint32_t> msr_list() const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> msr(unsigned cpu,
                                                         std::uint32_t index) const = 0;
  [[nodiscard]] virtual bool set_msr(unsigned cpu, std::uint32_t index, std::uint64_t value) = 0;
  /// "halted", "running", "waiting for SIPI", ...
  [[nodiscard]] virtual std::string activity(unsigned cpu) const = 0;
  /// The interrupt or exception that the next entry injects; nullopt: none.
  [[nodiscard]] virtual std::optional<std::uint8_t> pending_vector(unsigned cpu) const = 0;
  [[nodiscard]] virtual LocalApicPage local_apic(unsigned cpu) const = 0;
  [[nodiscard]] virtual InterruptControllers interrupt_controllers() const = 0;

  // --- Memory --------------------------------------------------------------------------------

  /// RAM; page tables are walked by debug/page_walk.h.
  [[nodiscard]] virtual const GuestMemory& memory() const = 0;

  // --- Devices -------------------------------------------------------------------------------

  [[nodiscard]] virtual std::vector<DeviceRange> device_ranges() const = 0;
  /// From any thread.
  [[nodiscard]] virtual DevicePlace place(AddressSpace space, std::uint64_t address,
                                          Access access) const = 0;
  /// nullopt: there is no such device. Names are those of device_ranges(), and of devices that
  /// answer nowhere at the moment.
  [[nodiscard]] virtual std::optional<std::vector<RegisterValue>> device_registers(
      const std::string& device) const = 0;
  [[nodiscard]] virtual std::vector<QueueView> device_queues(const std::string& device) const = 0;
  [[nodiscard]] virtual std::vector<std::string> device_names() const = 0;
};

}  // namespace minivmm
