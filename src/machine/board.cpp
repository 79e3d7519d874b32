#include "machine/board.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <mutex>

#include "boot/acpi_tables.h"
#include "boot/firmware.h"
#include "boot/loader.h"
#include "boot/memory_map.h"
#include "boot/mp_table.h"
#include "boot/smbios.h"
#include "debug/crash_dump.h"
#include "machine/bar_placement.h"
#include "machine/boot_paths.h"
#include "machine/firmware_items.h"
#include "machine/layout.h"
#include "machine/screen_config.h"
#include "machine/table_facts.h"

namespace minivmm {
namespace {

using namespace layout;

// Neither memory nor a device's: KVM keeps them for itself.
constexpr GuestRange kReservedByKvm{kIdentityMap, kKvmPages};

// The parts of a region of RAM that the guest sees as RAM: what hole covers is there, but not seen.
std::vector<GuestRange> outside(const GuestRange& region, const GuestRange& hole) {
  if (!region.contains(hole.start, hole.size)) return {region};
  return {{region.start, hole.start.value - region.start.value},
          {hole.end(), region.end().value - hole.end().value}};
}

// Order matters for the time of a start: see kvm/vm.h.
kvm::Vm make_vm(const Board::Host& host, const GuestMemory& memory) {
  kvm::Vm vm(host.kvm);
  host.timeline.mark("VM created");
  vm.set_tss_address(kTss);
  vm.set_identity_map_address(kIdentityMap);
  unsigned slot = 0;
  for (const MemoryRegion& region : memory.regions()) {
    for (const GuestRange& part : outside(region.range, kVgaWindow)) {
      std::byte* seen = region.host + (part.start.value - region.range.start.value);
      vm.add_memory(slot++, part.start, {seen, part.size}, kvm::MemoryAccess::kReadWrite);
    }
  }
  if (const auto rom = host.files.firmware(); !rom.empty())
    vm.add_rom(slot, boot::firmware_rom(rom).start, rom);
  host.timeline.mark("memory mapped");
  return vm;
}

std::optional<VideoMemory> make_video_memory(const MachineConfig& config) {
  if (!has_screen(config)) return std::nullopt;
  return std::optional<VideoMemory>(std::in_place, config.screen.vram);
}

// Where KVM answers by itself.
std::vector<GuestRange> kvm_ranges() {
  return {{kIoApic, 4 * kKiB}, {kLocalApic, kMiB}, {kIdentityMap, kKvmPages}};
}

// The framebuffer, which is the largest BAR, will come to the start of PCI's window; a slot that is
// there now costs nothing, later it takes milliseconds. Firmware finds a place of its own.
std::optional<VideoWindows> make_video_windows(kvm::MemoryWindows& windows,
                                               const std::optional<VideoMemory>& memory,
                                               const MachineConfig& config) {
  if (!memory) return std::nullopt;
  std::optional<VideoWindows> made(std::in_place, windows, *memory);
  if (!boots_firmware(config)) made->framebuffer.map(kMmio32.start, 0, config.screen.vram);
  return made;
}

enum class MemoryTypes { kAsFirmwareLeavesThem, kAsAfterReset };

std::vector<std::unique_ptr<kvm::Vcpu>> make_vcpus(kvm::Vm& vm, unsigned count, MemoryTypes types) {
  vm.create_irqchip_and_pit();
  std::vector<std::unique_ptr<kvm::Vcpu>> vcpus;
  for (unsigned index = 0; index < count; ++index) {
    vcpus.push_back(std::make_unique<kvm::Vcpu>(vm, index, count));
    if (types == MemoryTypes::kAsFirmwareLeavesThem) vcpus.back()->set_firmware_memory_types();
  }
  vcpus.back()->publish_local_apics();
  return vcpus;
}

// Who asks for a crash's account gets the registers of its very last exit; a trace and the
// statistics tell where the guest was.
kvm::Mirrored mirrored(const MachineConfig& config) {
  if (!config.crash.dump.empty() || config.crash.action != OnCrash::kStop)
    return kvm::Mirrored::kAll;
  const bool looks_on = config.stats || !config.trace.empty() || !config.trace_exits.empty();
  return looks_on ? kvm::Mirrored::kGeneral : kvm::Mirrored::kNone;
}

}  // namespace

Board::Board(const MachineConfig& config, const Host& host)
    : config_((check_addressable(config, host.kvm), config)),
      host_(host),
      ram_(config.memory, config.shared_memory ? Ram::Kind::kShared : Ram::Kind::kAnonymous,
           kLowRamEnd, kHighRam),
      video_memory_(make_video_memory(config)),
      memory_(ram_.regions()),
      vm_(make_vm(host, memory_)),
      windows_(vm_, kvm_ranges()),
      video_windows_(make_video_windows(windows_, video_memory_, config)),
      vcpus_(make_vcpus(vm_, config.cpus,
                        boots_firmware(config) ? MemoryTypes::kAsAfterReset
                                               : MemoryTypes::kAsFirmwareLeavesThem)),
      posted_writes_(has_screen(config) && !config.debug.all_exits
                         ? post_video_writes(vm_, *vcpus_.front())
                         : nullptr),
      routes_(vm_),
      msi_vectors_(vm_, routes_),
      irqs_(vm_),
      chipset_(config, {.ports = ports_,
                        .mmio = mmio_,
                        .irqs = irqs_,
                        .side = host.side,
                        .power = host.stop,
                        .clock = clock_}),
      pci_devices_(config, {.vm = vm_,
                            .memory = memory_,
                            .ram = ram_,
                            .ports = ports_,
                            .mmio = mmio_,
                            .irqs = irqs_,
                            .msi = msi_vectors_,
                            .root_bus = chipset_.root_bus(),
                            .side = host.side,
                            .stop = host.stop,
                            .control = host.control,
                            .clock = clock_,
                            .vga_bios = host.files.vga_bios(),
                            .onlookers = host.onlookers,
                            .doorbells = config.debug.all_exits ? kvm::DoorbellKind::kByExit
                                                                : kvm::DoorbellKind::kInKernel,
                            .video_memory = video_memory_ ? &*video_memory_ : nullptr,
                            .video_windows = video_windows_ ? &*video_windows_ : nullptr,
                            .posted_writes = posted_writes_.get()}),
      input_(chipset_.i8042(), pci_devices_.tablet()) {
  host_.timeline.mark("vCPUs and devices created");
  vcpus_.front()->enter(boots_firmware(config_) ? load_firmware() : load_guest());
  host_.timeline.mark("guest loaded");
  chipset_.list(devices_);
  pci_devices_.list(devices_);
  if (fw_cfg_) devices_.add("fw_cfg", *fw_cfg_);
  for (const auto& vcpu : vcpus_) {
    threads_.push_back(
        std::make_unique<VcpuThread>(VcpuThread::Wiring{.vcpu = *vcpu,
                                                        .ports = ports_,
                                                        .mmio = mmio_,
                                                        .memory = memory_,
                                                        .windows = windows_,
                                                        .stop = host_.stop,
                                                        .control = host_.control,
                                                        .gate = host_.debug.gate(),
                                                        .timeline = host_.timeline,
                                                        .observers = host_.onlookers.exits(),
                                                        .devices = devices_,
                                                        .call_debugger = call_debugger()}));
  }
  host_.debug.enter_board({.vm = vm_,
                           .vcpus = vcpus_,
                           .memory = memory_,
                           .devices = devices_,
                           .unknown_msrs = config_.stats,
                           .mirrored = mirrored(config_)});
  host_.live.enter_board(devices_);
}

std::function<void()> Board::call_debugger() const {
  return config_.crash.action == OnCrash::kDebug ? config_.debug.on_crash : nullptr;
}

// As firmware leaves the adapter for a system that brings no driver for it.
std::optional<boot::Framebuffer> Board::show_framebuffer() {
  vga::VgaPci* vga = screen();
  if (vga == nullptr) return std::nullopt;
  const std::lock_guard guard(vga->lock());
  const std::byte command{pci::kCommandIo | pci::kCommandMemory};
  vga->config_write(pci::kCommand, {&command, 1});
  const auto shown = vga->show_framebuffer({config_.screen.width, config_.screen.height});
  const auto address = vga->bars().front().mapped;
  if (!shown || !address) return std::nullopt;
  return boot::Framebuffer{.address = *address + shown->offset,
                           .width = shown->size.width,
                           .height = shown->size.height,
                           .pitch = shown->bytes_per_row};
}

// Does what firmware would have done: PCI, the tables, the memory map.
CpuEntry Board::load_guest() {
  chipset_.route_pirqs();
  const PciWindows windows = pci_windows(memory_);
  place_bars(pci_devices_.functions(), windows);
  if (IdeDrives* ide = pci_devices_.ide()) ide->enable_as_firmware();
  boot::BootParameters parameters = host_.files.parameters();
  parameters.framebuffer = show_framebuffer();
  const std::array reserved{kEcam, kReservedByKvm};
  parameters.memory_map = boot::make_memory_map(memory_, reserved);
  parameters.rsdp = boot::write_acpi_tables(memory_, acpi_config(config_, windows, host_.side));
  boot::write_mp_table(memory_, mp_config(config_, host_.kvm, pci_devices_.slots()));
  boot::write_smbios(memory_, smbios_config(config_, host_.kvm, memory_));
  const CpuEntry entry = boot::load(memory_, host_.files.image(), parameters);
  host_.files.release_pages();
  return entry;
}

// Leaves all that to the firmware, and tells it what the machine is made of.
CpuEntry Board::load_firmware() {
  fw_cfg_.emplace(memory_);
  [[maybe_unused]] const bool added = ports_.add({{kFwCfg.value}, FwCfg::kPorts}, *fw_cfg_);
  assert(added);
  boot::AcpiConfig acpi = acpi_config(config_, pci_windows(memory_), host_.side);
  acpi.fw_cfg = kFwCfg;
  const std::array reserved{kReservedByKvm};
  describe_machine(*fw_cfg_,
                   {.config = config_,
                    .memory = memory_,
                    .acpi = acpi,
                    .smbios = smbios_config(config_, host_.kvm, memory_),
                    .boot_paths = boot_paths(config_, {.disks = pci_devices_.slots(),
                                                       .networks = pci_devices_.card_slots()}),
                    .reserved = reserved,
                    .vga_bios = host_.files.vga_bios(),
                    .network_rom = host_.files.network_rom(),
                    .console = firmware_console()});
  return boot::load_firmware(memory_, host_.files.firmware());
}

// Where nobody looks at a screen, the firmware's words go to COM1 too.
FirmwareConsole Board::firmware_console() const {
  const ScreenSide* screen = host_.side.screen();
  const bool watched = screen != nullptr && screen->has_window();
  return watched ? FirmwareConsole::kScreen : FirmwareConsole::kSerial;
}

Board::~Board() {
  stop();
  host_.live.leave_board();
  host_.debug.leave_board();
}

void Board::start() {
  chipset_.connect_serials();
  pci_devices_.start_threads();
  for (const auto& thread : threads_) thread->start();
}

void Board::carry_out(RunControl::Wishes wishes) {
  if (wishes.power_button) press_power_button();
  if (wishes.kick) kick_vcpus();
  for (CdWish& wish : wishes.cd) pci_devices_.ide()->carry_out(std::move(wish));
}

// The machine is paused: every vCPU comes out of the guest and waits.
void Board::kick_vcpus() {
  for (const auto& thread : threads_) thread->kick();
}

void Board::stop() {
  host_.control.let_go();
  host_.debug.gate().let_go();
  for (const auto& thread : threads_) thread->stop();
  pci_devices_.stop_threads();
}

void Board::write_crash_dump(const std::string& path) const {
  std::vector<debug::DumpedCpu> cpus;
  for (const auto& vcpu : vcpus_)
    cpus.push_back({.registers = vcpu->registers(), .special = vcpu->special_registers()});
  debug::write_crash_dump(path, memory_, cpus);
}

std::string Board::exit_report() const {
  std::string text;
  for (std::size_t i = 0; i < vcpus_.size(); ++i) {
    std::uint64_t total = 0;
    for (const auto& [name, value] : vcpus_[i]->read_stats()) {
      if (name == "exits") total = value;
    }
    text += fmt::format("exits: vCPU {}: {} in all, {} to user space\n", i, total,
                        threads_[i]->history().count());
  }
  return text;
}

}  // namespace minivmm
