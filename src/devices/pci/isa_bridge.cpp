#include "devices/pci/isa_bridge.h"

namespace minivmm::pci {

namespace {

constexpr Identity kIdentity = {
    .vendor = 0x8086, .device = 0x2918, .class_code = 0x06'01'00, .revision = 2};

// ICH9 datasheet (316972), 13.1.
constexpr std::uint32_t kPmBase = 0x40;
constexpr std::uint32_t kPmBaseIo = 1;     // Resource type: I/O.
constexpr std::uint32_t kAcpiCntl = 0x44;  // SCI_IRQ_SEL, bits 2:0: 0 for IRQ 9.
constexpr std::uint32_t kAcpiEnable = 1u << 7;
constexpr std::uint32_t kPirqRoutBits = 0x8f;
constexpr unsigned kPirqsPerGroup = 4;

std::uint32_t rout_offset(unsigned pirq) {
  return pirq < kPirqsPerGroup ? IsaBridge::kPirqARout + pirq
                               : IsaBridge::kPirqERout + pirq - kPirqsPerGroup;
}

}  // namespace

IsaBridge::IsaBridge(PirqRouter& router, Port pm_base)
    : PciFunction(kIdentity, {}), router_(router) {
  config().define(kPmBase, 4, pm_base.value | kPmBaseIo);
  config().define(kAcpiCntl, 1, kAcpiEnable);
  for (unsigned pirq = 0; pirq < PirqRouter::kPirqs; ++pirq) {
    config().define(rout_offset(pirq), 1, PirqRouter::kNotRouted);
    config().allow_writes(rout_offset(pirq), 1, kPirqRoutBits);
  }
  update_routes();
}

void IsaBridge::reset() {
  PciFunction::reset();
  update_routes();
}

void IsaBridge::after_config_write(std::uint32_t /*offset*/, std::uint32_t /*bytes*/) {
  update_routes();
}

void IsaBridge::update_routes() {
  for (unsigned pirq = 0; pirq < PirqRouter::kPirqs; ++pirq) {
    router_.route(pirq, static_cast<std::uint8_t>(config().get(rout_offset(pirq), 1)));
  }
}

}  // namespace minivmm::pci
