#pragma once
// A debug port's output on standard error, line by line.

#include <unistd.h>

#include <string>

#include "minivmm/char_backend.h"

namespace minivmm {

/// A debug port is written to byte by byte, so lines are gathered: that is one system call a line,
/// and lines of the log don't get in between. Firmware ends its lines with LF alone; where the
/// terminal is raw, the missing CR is added.
class StderrBackend final : public CharBackend {
 public:
  explicit StderrBackend(int output = STDERR_FILENO) : output_(output) {}
  ~StderrBackend() override { write_line(); }

  void send(std::span<const std::byte> bytes) override;
  void set_receiver(Receiver /*receiver*/) override {}
  void resume() override {}

 private:
  void write_line();

  int output_;
  std::string line_;
};

}  // namespace minivmm
