#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "kvm/wire.h"

namespace minivmm::kvm {
namespace {

class RecordingLine final : public IrqLine {
 public:
  void set(bool asserted) override { level = asserted; }
  bool level = false;
};

TEST_CASE("A shared wire is asserted while one of its devices asserts it") {
  RecordingLine line;
  SharedWire shared(line);
  const auto disk = shared.tap();
  const auto network = shared.tap();

  disk->set(true);
  network->set(true);
  disk->set(false);
  CHECK(line.level);

  network->set(false);
  CHECK_FALSE(line.level);
}

TEST_CASE("A device that asserts twice releases with one") {
  RecordingLine line;
  SharedWire shared(line);
  const auto disk = shared.tap();
  disk->set(true);
  disk->set(true);

  disk->set(false);

  CHECK_FALSE(line.level);
}

TEST_CASE("A device that releases what it never asserted leaves the others alone") {
  RecordingLine line;
  SharedWire shared(line);
  const auto disk = shared.tap();
  const auto network = shared.tap();
  disk->set(true);

  network->set(false);

  CHECK(line.level);
}

TEST_CASE("A device that goes away releases the wire") {
  RecordingLine line;
  SharedWire shared(line);
  auto disk = shared.tap();
  disk->set(true);

  disk.reset();

  CHECK_FALSE(line.level);
}

}  // namespace
}  // namespace minivmm::kvm
