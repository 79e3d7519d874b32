#pragma once
// Exits per second while somebody looks: by vCPU, by device, by register.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "minivmm/debug_target.h"
#include "minivmm/exit_observer.h"
#include "minivmm/live_sample.h"

namespace minivmm::debug {

/// Counts each vCPU's exits by kind and address in a table of its own: a multiplication and two
/// memory accesses an exit, no lock, nothing allocated. Names are looked up when a sample is taken:
/// of registers that share an address (a 16550's RBR and DLL, a port behind an index) all of a
/// second's exits are told of the one that the address leads to at that moment.
///
/// Threads: on_exit() as each vCPU; everything else on one thread.
class LiveRates final : public ExitObserver {
 public:
  /// What an address leads to now; called by take().
  using PlaceOf = std::function<DevicePlace(AddressSpace, std::uint64_t address, Access)>;

  explicit LiveRates(unsigned cpus);
  ~LiveRates() override;

  void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
               Time exited) override;

  /// Starts anew: the first take() tells of what comes from now on. Before the first it holds no
  /// memory, and on_exit() must not be called.
  void begin(Time now);
  /// Fills in exits, devices, registers and each processor's exits, of the time since the last
  /// take() or begin(), which is not zero.
  void take(Time now, const PlaceOf& place_of, LiveSample& sample);

 private:
  struct CpuTable;
  using Counts = std::unordered_map<std::uint64_t, std::uint64_t>;  // By key.

  [[nodiscard]] Counts grown(std::size_t cpu);

  const unsigned cpus_;
  std::vector<std::unique_ptr<CpuTable>> tables_;
  std::vector<Counts> last_;  // What each table held at the last take().
  Time last_time_{};
};

}  // namespace minivmm::debug
