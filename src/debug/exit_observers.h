#pragma once
// Several who look on at exits, as one.

#include <vector>

#include "minivmm/exit_observer.h"

namespace minivmm::debug {

/// Ownership: refers to them. Threads: add() before the vCPUs run; on_exit() as each of them.
class ExitObservers final : public ExitObserver {
 public:
  /// Told in the order in which they were added: who may block comes last.
  void add(ExitObserver& observer) { all_.push_back(&observer); }

  /// What a vCPU's thread is to tell: null where nobody looks on.
  [[nodiscard]] ExitObserver* any() {
    if (all_.empty()) return nullptr;
    return all_.size() == 1 ? all_.front() : this;
  }

  void on_exit(unsigned cpu, const ExitRecord& record, Time exited) override {
    for (ExitObserver* observer : all_) observer->on_exit(cpu, record, exited);
  }

 private:
  std::vector<ExitObserver*> all_;
};

}  // namespace minivmm::debug
