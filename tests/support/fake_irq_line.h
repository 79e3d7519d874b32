#pragma once
// A wire whose level a test can look at.

#include "minivmm/irq_line.h"

namespace minivmm::test {

class FakeIrqLine final : public IrqLine {
 public:
  void set(bool asserted) override {
    if (asserted && !asserted_) ++rises_;
    asserted_ = asserted;
  }
  [[nodiscard]] bool asserted() const { return asserted_; }
  /// How often the level went from low to high: what an edge-triggered input would count.
  [[nodiscard]] int rises() const { return rises_; }

 private:
  bool asserted_ = false;
  int rises_ = 0;
};

}  // namespace minivmm::test
