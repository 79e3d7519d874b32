#include "kvm/vcpu_exit.h"

namespace minivmm::kvm {
namespace {

struct Namer {
  std::string_view operator()(const PioIn&) const { return "pio-in"; }
  std::string_view operator()(const PioOut&) const { return "pio-out"; }
  std::string_view operator()(const MmioRead&) const { return "mmio-read"; }
  std::string_view operator()(const MmioWrite&) const { return "mmio-write"; }
  std::string_view operator()(const Halt&) const { return "halt"; }
  std::string_view operator()(const Shutdown&) const { return "shutdown"; }
  std::string_view operator()(const FailEntry&) const { return "fail-entry"; }
  std::string_view operator()(const InternalError&) const { return "internal-error"; }
  std::string_view operator()(const MemoryFault&) const { return "memory-fault"; }
  std::string_view operator()(const SystemEvent&) const { return "system-event"; }
  std::string_view operator()(const Interrupted&) const { return "interrupted"; }
  std::string_view operator()(const Debug&) const { return "debug"; }
  std::string_view operator()(const MsrRead&) const { return "msr-read"; }
  std::string_view operator()(const MsrWrite&) const { return "msr-write"; }
  std::string_view operator()(const Unknown&) const { return "unknown"; }
};

}  // namespace

std::string_view name(const VcpuExit& exit) {
  return std::visit(Namer{}, exit);
}

}  // namespace minivmm::kvm
