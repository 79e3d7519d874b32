#include "kvm/tiny_guest.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>

namespace minivmm::kvm::test {
namespace {

constexpr GuestAddress kGdt{0x600};
constexpr GuestAddress kIdt{0x4000};
constexpr GuestAddress kPageTables{0x10000};
constexpr std::uint64_t kStack = 0x8000;

// Intel SDM 3A, figure 3-8: null, flat 32-bit (or 64-bit) code, flat data.
constexpr std::array<std::uint64_t, 3> kGdt32{0, 0x00cf'9b00'0000'ffff, 0x00cf'9300'0000'ffff};
constexpr std::array<std::uint64_t, 3> kGdt64{0, 0x00af'9b00'0000'ffff, 0x00cf'9300'0000'ffff};

void map_lowest_4_gib(const GuestMemory& memory) {
  constexpr std::uint64_t kPresentWritable = 7;  // And for ring 3.
  constexpr std::uint64_t kLarge = 1 << 7;
  const GuestAddress directory_pointers = kPageTables + 0x1000;
  const GuestAddress directories = kPageTables + 0x2000;
  REQUIRE(memory.write(kPageTables, directory_pointers.value | kPresentWritable));
  for (std::uint64_t gib = 0; gib < 4; ++gib) {
    REQUIRE(memory.write(directory_pointers + gib * 8,
                         (directories.value + gib * 0x1000) | kPresentWritable));
  }
  for (std::uint64_t entry = 0; entry < 4 * 512; ++entry) {
    REQUIRE(memory.write(directories + entry * 8, (entry << 21) | kLarge | kPresentWritable));
  }
}

char thread_state(pid_t tid) {
  // proc(5): "pid (name) state ..."; the name is ours and has no parenthesis.
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string text;
  std::getline(file, text, ')');
  file >> text;
  return text.empty() ? '?' : text.front();
}

}  // namespace

Pages::Pages(std::size_t size) {
  void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(start != MAP_FAILED);
  bytes_ = {static_cast<std::byte*>(start), size};
}

Pages::~Pages() {
  ::munmap(bytes_.data(), bytes_.size());
}

TinyGuest::TinyGuest(unsigned cpus, std::span<std::byte> rom)
    : ram_(kRamSize),
      memory_({{.range = {{0}, kRamSize}, .host = ram_.bytes().data()}}),
      vm_(kvm_) {
  vm_.set_tss_address({0xfeff'd000});
  vm_.set_identity_map_address({0xfeff'c000});
  constexpr std::size_t kRomAt = 0xc0000;
  if (rom.empty()) {
    vm_.add_memory(0, {0}, ram_.bytes(), MemoryAccess::kReadWrite, DirtyLogging::kOn);
  } else {
    vm_.add_memory(0, {0}, ram_.bytes().first(kRomAt), MemoryAccess::kReadWrite);
    vm_.add_memory(1, {kRomAt}, rom, MemoryAccess::kReadOnly);
  }
  vm_.create_irqchip_and_pit();
  routes_.emplace(vm_);
  for (unsigned index = 0; index < cpus; ++index) {
    cpus_.push_back(std::make_unique<Vcpu>(vm_, index, cpus));
  }
  cpu().bind_to_this_thread();
}

void TinyGuest::load(GuestAddress address, Program program) {
  REQUIRE(memory_.copy_out(address, program));
}

void TinyGuest::start_real(Program program) {
  load(kProgram, program);
  SpecialRegisters special = entry_special_registers({});
  special.cs.base = 0;
  special.cs.selector = 0;
  cpu().set_special_registers(special);
  Registers registers;
  registers.rip = kProgram.value;
  registers.rsp = kStack;
  cpu().set_registers(registers);
}

CpuEntry TinyGuest::flat_entry(CpuEntry::Mode mode, Program program) {
  load(kProgram, program);
  CpuEntry entry;
  entry.mode = mode;
  entry.rip = kProgram.value;
  entry.rsp = kStack;
  entry.gdt = kGdt;
  entry.gdt_limit = sizeof kGdt32 - 1;
  return entry;
}

void TinyGuest::start_protected(Program program) {
  REQUIRE(memory_.write(kGdt, kGdt32));
  cpu().enter(flat_entry(CpuEntry::Mode::kProtected32, program));
}

void TinyGuest::start_long(Program program) {
  REQUIRE(memory_.write(kGdt, kGdt64));
  map_lowest_4_gib(memory_);
  CpuEntry entry = flat_entry(CpuEntry::Mode::kLong64, program);
  entry.page_table = kPageTables;
  cpu().enter(entry);
}

void TinyGuest::start_user(Program program) {
  start_long(program);
  SpecialRegisters special = cpu().special_registers();
  constexpr std::uint8_t kRing3 = 3;
  for (Segment* segment : {&special.cs, &special.ss, &special.ds, &special.es}) {
    segment->dpl = kRing3;
    segment->selector = static_cast<std::uint16_t>(segment->selector | kRing3);
  }
  cpu().set_special_registers(special);
}

void TinyGuest::set_real_vector(unsigned vector, GuestAddress address) {
  REQUIRE(memory_.write(GuestAddress{std::uint64_t{vector} * 4},
                        static_cast<std::uint32_t>(address.value)));  // Segment 0.
}

void TinyGuest::set_gate(unsigned vector, GuestAddress address) {
  // Intel SDM 3A, figure 6-2: a 32-bit interrupt gate to selector 8; the address is below 64 KiB.
  const std::uint64_t gate = 0x0000'8e00'0008'0000 | address.value;
  REQUIRE(memory_.write(kIdt + std::uint64_t{vector} * 8, gate));
  SpecialRegisters special = cpu().special_registers();
  special.idt = {.base = kIdt.value, .limit = 256 * 8 - 1};
  cpu().set_special_registers(special);
}

void TinyGuest::set_long_gate(unsigned vector, GuestAddress address) {
  // Intel SDM 3A, figure 6-8: a 64-bit interrupt gate to selector 8 that ring 3 may use. The TSS is
  // at 0: its RSP0 at 4 (figure 8-11).
  const std::uint64_t gate = 0x0000'ee00'0008'0000 | address.value;
  REQUIRE(memory_.write(kIdt + std::uint64_t{vector} * 16, gate));
  REQUIRE(memory_.write(kIdt + std::uint64_t{vector} * 16 + 8, std::uint64_t{0}));
  REQUIRE(memory_.write(GuestAddress{4}, kStack + 0x1000));
  SpecialRegisters special = cpu().special_registers();
  special.idt = {.base = kIdt.value, .limit = 256 * 16 - 1};
  cpu().set_special_registers(special);
}

RunningCpu::RunningCpu(Vcpu& cpu) : cpu_(cpu) {
  thread_ = std::thread([this] {
    cpu_.bind_to_this_thread();
    tid_ = ::gettid();
    try {
      exit_ = cpu_.run();
    } catch (...) {
      error_ = std::current_exception();
    }
  });
}

RunningCpu::~RunningCpu() {
  if (!thread_.joinable()) return;
  cpu_.kick();
  thread_.join();
}

void RunningCpu::wait_until_asleep() const {
  while (tid_ == 0 || thread_state(tid_) != 'S') std::this_thread::yield();
}

const VcpuExit& RunningCpu::exit() {
  thread_.join();
  if (error_) std::rethrow_exception(error_);
  return exit_;
}

}  // namespace minivmm::kvm::test
