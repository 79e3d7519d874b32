#pragma once
// A file that appears when it is complete, or never.

#include <string>

#include "cli/disk/actions.h"
#include "host/unique_fd.h"

namespace minivmm::cli::disk {

/// Has no name until publish(), where the file system can do that: then it is gone however the
/// program ends. Elsewhere it has a name of its own, and the destructor removes it.
///
/// Errors: ConfigError where path exists and is to be kept, is in use, or is no regular file;
/// HostError.
class NewFile {
 public:
  NewFile(std::string path, Existing existing);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Opens the same file again.
  [[nodiscard]] std::string path_to_open() const;
  /// Makes it stable, and gives it its name.
  void publish();

 private:
  void check_place() const;
  void open_unnamed();
  void open_named();

  const std::string path_;
  const Existing existing_;
  UniqueFd fd_;
  std::string temporary_{};  // Its name until then; empty: it has none.
};

}  // namespace minivmm::cli::disk
