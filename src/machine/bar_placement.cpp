#include "machine/bar_placement.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "minivmm/error.h"

namespace minivmm {
namespace {

class Window {
 public:
  explicit Window(GuestRange range) : range_(range), next_(range.start) {}

  std::optional<GuestAddress> take(std::uint64_t size) {
    const GuestAddress start{(next_.value + size - 1) & ~(size - 1)};
    if (!range_.contains(start, size)) return std::nullopt;
    next_ = start + size;
    return start;
  }

 private:
  const GuestRange range_;
  GuestAddress next_;
};

struct Wanted {
  pci::PciFunction* function;
  pci::BarInfo bar;
};

std::vector<Wanted> all_bars(std::span<pci::PciFunction* const> functions) {
  std::vector<Wanted> wanted;
  for (pci::PciFunction* function : functions) {
    for (const pci::BarInfo& bar : function->bars()) wanted.push_back({function, bar});
  }
  // Largest first leaves no holes, because sizes are powers of two.
  std::ranges::stable_sort(wanted, std::ranges::greater{},
                           [](const Wanted& w) { return w.bar.size; });
  return wanted;
}

}  // namespace

void place_bars(std::span<pci::PciFunction* const> functions, const PciWindows& windows) {
  Window mmio32(windows.mmio32);
  Window mmio64(windows.mmio64);
  Window io(windows.io);
  for (const Wanted& wanted : all_bars(functions)) {
    std::optional<GuestAddress> place =
        (wanted.bar.kind == pci::BarKind::kIo ? io : mmio32).take(wanted.bar.size);
    if (!place && wanted.bar.kind == pci::BarKind::kMmio64) place = mmio64.take(wanted.bar.size);
    if (!place) throw HostError("the PCI devices do not fit into the machine: give it fewer disks");
    wanted.function->assign_bar(wanted.bar.index, *place);
  }
}

}  // namespace minivmm
