#pragma once
// The other end of a serial line, in a test's hands.

#include <string>

#include "minivmm/char_backend.h"

namespace minivmm::test {

class FakeCharBackend final : public CharBackend {
 public:
  void send(std::span<const std::byte> bytes) override {
    for (const std::byte byte : bytes) sent += static_cast<char>(byte);
  }
  void set_receiver(Receiver /*receiver*/) override {}
  void resume() override { ++resumed; }

  std::string sent{};  ///< What the guest sent.
  int resumed = 0;     ///< How often resume() was called.
};

}  // namespace minivmm::test
