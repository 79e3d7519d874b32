#pragma once
// --stats: what a guest's exits were for, and how long they kept it out.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "debug/time_histogram.h"
#include "minivmm/debug_target.h"
#include "minivmm/exit_observer.h"

namespace minivmm::debug {

/// Counts exits by kind and address, with the time from the exit until the vCPU was let in again.
/// Registers that share an address are told apart by their names. Memory is bounded: what a vCPU
/// touches after kMostPlaces is counted as one.
///
/// Threads: on_exit() as each vCPU; report() after all of them have ended.
class ExitStats final : public ExitObserver {
 public:
  static constexpr std::size_t kMostPlaces = 1024;

  struct Sources {
    /// Where the vCPU's guest was; called on its own thread.
    std::function<std::uint64_t(unsigned cpu)> rip;
    /// "serial_init+0x15"; empty: the address is in no symbol. Called by report().
    std::function<std::string(std::uint64_t address)> symbol;
  };

  ExitStats(unsigned cpus, Sources sources);
  ~ExitStats() override;

  void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
               Time exited) override;

  /// Tables, each line ended by a newline: exits by kind; by device and register; and what the
  /// guest touched that nobody emulates.
  [[nodiscard]] std::string report() const;

 private:
  struct Place {
    ExitKind kind = ExitKind::kOther;
    std::uint64_t address = 0;
    std::uint64_t first_rip = 0;  // Where nobody answers.
    DevicePlace place{};
    TimeHistogram times{};
  };
  struct Cpu;

  [[nodiscard]] Place& place_of(Cpu& cpu, unsigned index, const ExitRecord& record,
                                const DevicePlace& place);
  [[nodiscard]] std::vector<Place> all_places() const;
  [[nodiscard]] std::string strays(const std::vector<Place>& places) const;

  const Sources sources_;
  std::vector<std::unique_ptr<Cpu>> cpus_;
};

}  // namespace minivmm::debug
