#pragma once
// A serial line whose output goes to a file; nothing ever comes in.

#include <string>

#include "host/unique_fd.h"
#include "minivmm/char_backend.h"

namespace minivmm {

/// Truncates the file. A named pipe needs its reader beforehand. What can't be written (a full
/// disk) is dropped, and the log says so once.
///
/// Errors: ConfigError for a path that can't be written.
class FileBackend final : public CharBackend {
 public:
  explicit FileBackend(const std::string& path);

  void send(std::span<const std::byte> bytes) override;
  void set_receiver(Receiver /*receiver*/) override {}
  void resume() override {}

 private:
  std::string path_;
  UniqueFd fd_;
  bool failed_ = false;
};

}  // namespace minivmm
