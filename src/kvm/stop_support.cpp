#include "kvm/stop_support.h"

#include <sys/mman.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "host/mapping.h"
#include "host/system_error.h"
#include "kvm/guest_debug.h"

namespace minivmm::kvm {
namespace {

constexpr std::uint64_t kTables = 0x1000;  // PML4, PDPT and page directory.
constexpr std::uint64_t kGdt = 0x4000;
constexpr std::uint64_t kCode = 0x5000;
constexpr std::uint64_t kData = 0x6000;
constexpr std::uint64_t kStack = 0x8000;
constexpr std::size_t kSize = 0x8000;

// mov edi, kData; mov dword [rdi], 1; (int3 or nop); out 0xe9, al; hlt
constexpr std::array<std::uint8_t, 15> kProgram{0xbf, 0x00, 0x60, 0x00, 0x00, 0xc7, 0x07, 0x01,
                                                0x00, 0x00, 0x00, 0x90, 0xe6, 0xe9, 0xf4};
constexpr std::uint64_t kBreak = 11;
constexpr std::uint8_t kInt3 = 0xcc;

enum class Ring { kKernel, kUser };

Mapping pages(std::size_t size) {
  void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw system_error("no memory for a trial of breakpoints");
  return {start, size};
}

/// A machine of one vCPU in long mode, without devices or handlers.
class Trial {
 public:
  Trial(const Kvm& kvm, Ring ring, std::uint8_t instruction);
  [[nodiscard]] bool stops(const GuestDebug& wanted);

 private:
  void put(std::uint64_t address, std::span<const std::byte> bytes) {
    std::memcpy(memory_.bytes().data() + address, bytes.data(), bytes.size());
  }
  void put(std::uint64_t address, std::uint64_t word) {
    put(address, std::as_bytes(std::span(&word, 1)));
  }
  void enter(Ring ring);

  Mapping memory_;
  Vm vm_;
  std::optional<Vcpu> vcpu_;
};

Trial::Trial(const Kvm& kvm, Ring ring, std::uint8_t instruction)
    : memory_(pages(kSize)), vm_(kvm) {
  // One 2 MiB page at 0, for both rings (Intel SDM 3A, 4.5).
  constexpr std::uint64_t kPresentWritableUser = 7;
  constexpr std::uint64_t kLarge = 1 << 7;
  put(kTables, (kTables + 0x1000) | kPresentWritableUser);
  put(kTables + 0x1000, (kTables + 0x2000) | kPresentWritableUser);
  put(kTables + 0x2000, kLarge | kPresentWritableUser);
  // Null, 64-bit code, data (Intel SDM 3A, figure 3-8).
  put(kGdt + 8, 0x00af'9b00'0000'ffff);
  put(kGdt + 16, 0x00cf'9300'0000'ffff);
  put(kCode, std::as_bytes(std::span(kProgram)));
  put(kCode + kBreak, std::as_bytes(std::span(&instruction, 1)));
  vm_.set_tss_address({0xfeff'd000});
  vm_.set_identity_map_address({0xfeff'c000});
  vm_.add_memory(0, {0}, memory_.bytes(), MemoryAccess::kReadWrite);
  vcpu_.emplace(vm_, 0u, 1u);
  enter(ring);
}

void Trial::enter(Ring ring) {
  CpuEntry entry;
  entry.mode = CpuEntry::Mode::kLong64;
  entry.rip = kCode;
  entry.rsp = kStack;
  entry.gdt = {kGdt};
  entry.gdt_limit = 3 * 8 - 1;
  entry.page_table = {kTables};
  vcpu_->enter(entry);
  if (ring == Ring::kKernel) return;
  SpecialRegisters special = vcpu_->special_registers();
  for (Segment* segment : {&special.cs, &special.ss, &special.ds, &special.es}) {
    segment->dpl = 3;
    segment->selector = static_cast<std::uint16_t>(segment->selector | 3);
  }
  vcpu_->set_special_registers(special);
  Registers registers = vcpu_->registers();
  registers.rflags |= 3u << 12;  // IOPL.
  vcpu_->set_registers(registers);
}

bool Trial::stops(const GuestDebug& wanted) {
  set_guest_debug(vm_, *vcpu_, wanted);
  VcpuExit exit = Interrupted{};
  while (std::holds_alternative<Interrupted>(exit)) exit = vcpu_->run();
  if (std::holds_alternative<Debug>(exit)) return true;
  // Where KVM emulates ring 0, its emulator fails at the INT3; that is as good as a stop.
  const auto* error = std::get_if<InternalError>(&exit);
  return error != nullptr && wanted.software_stops && vcpu_->registers().rip == kCode + kBreak;
}

StopSupport::Ring try_ring(const Kvm& kvm, Ring ring) {
  constexpr std::uint8_t kNop = 0x90;
  const HardwareStop execute{.linear = kCode + kBreak};
  const HardwareStop watch{.kind = HardwareStop::Kind::kWrite, .linear = kData, .length = 4};
  return {.execute = Trial(kvm, ring, kNop).stops({.stops = {execute}}),
          .watch = Trial(kvm, ring, kNop).stops({.stops = {watch}}),
          .breakpoint = Trial(kvm, ring, kInt3).stops({.software_stops = true}),
          .step = Trial(kvm, ring, kNop).stops({.single_step = true})};
}

}  // namespace

StopSupport try_stops(const Kvm& kvm) {
  return {.kernel = try_ring(kvm, Ring::kKernel), .user = try_ring(kvm, Ring::kUser)};
}

}  // namespace minivmm::kvm
