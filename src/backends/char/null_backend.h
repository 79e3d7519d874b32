#pragma once
// A serial line that ends nowhere.

#include "minivmm/char_backend.h"

namespace minivmm {

class NullBackend final : public CharBackend {
 public:
  void send(std::span<const std::byte> /*bytes*/) override {}
  void set_receiver(Receiver /*receiver*/) override {}
  void resume() override {}
};

}  // namespace minivmm
