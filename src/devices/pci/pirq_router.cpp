#include "devices/pci/pirq_router.h"

#include <cassert>

namespace minivmm::pci {

namespace {

/// The ISA interrupts that PIRQx_ROUT can name (ICH9 datasheet 13.1.20).
constexpr std::uint16_t kRoutable = 0xdef8;  // 3 to 7, 9 to 12, 14, 15.

bool routed_to(std::uint8_t rout, unsigned irq) {
  return (rout & PirqRouter::kNotRouted) == 0 && (rout & 0xfu) == irq &&
         (kRoutable >> irq & 1) != 0;
}

}  // namespace

class PirqRouter::Wire final : public IrqLine {
 public:
  Wire(PirqRouter& router, unsigned pirq) : router_(router), pirq_(pirq) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() override { set(false); }

  void set(bool asserted) override {
    const std::lock_guard guard(router_.lock_);
    if (asserted == asserted_) return;
    asserted_ = asserted;
    router_.change(pirq_, asserted ? 1 : -1);
  }

 private:
  PirqRouter& router_;
  const unsigned pirq_;
  bool asserted_ = false;  // Guarded by the router's lock.
};

PirqRouter::PirqRouter(const IoApicLines& ioapic, const IsaLines& isa)
    : ioapic_(ioapic), isa_(isa) {}

std::unique_ptr<IrqLine> PirqRouter::connect(unsigned slot, unsigned pin) {
  assert(pin < 4);
  return std::make_unique<Wire>(*this, pirq_of(slot, pin));
}

void PirqRouter::route(unsigned pirq, std::uint8_t pirq_rout) {
  assert(pirq < kPirqs);
  const std::lock_guard guard(lock_);
  const std::uint8_t before = pirqs_[pirq].rout;
  if (before == pirq_rout) return;
  pirqs_[pirq].rout = pirq_rout;
  drive_isa(before & 0xfu);
  drive_isa(pirq_rout & 0xfu);
}

void PirqRouter::change(unsigned pirq, int by) {
  const bool before = pirqs_[pirq].asserted != 0;
  pirqs_[pirq].asserted += by;
  const bool after = pirqs_[pirq].asserted != 0;
  if (before != after) drive(pirq);
}

void PirqRouter::drive(unsigned pirq) {
  if (ioapic_[pirq] != nullptr) ioapic_[pirq]->set(pirqs_[pirq].asserted != 0);
  drive_isa(pirqs_[pirq].rout & 0xfu);
}

/// An ISA interrupt is the OR of all PIRQs that are routed to it; this drives its line anew.
void PirqRouter::drive_isa(unsigned irq) {
  if (isa_[irq] == nullptr || (kRoutable >> irq & 1) == 0) return;
  bool level = false;
  for (const Pirq& pirq : pirqs_) level |= pirq.asserted != 0 && routed_to(pirq.rout, irq);
  isa_[irq]->set(level);
}

}  // namespace minivmm::pci
