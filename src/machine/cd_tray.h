#pragma once
// What a person finds in the CD-ROM drive: a disc or none, the tray open or closed.

#include <atomic>
#include <memory>
#include <string>

#include "backends/block/image_file.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Opens the disc that config names; null if it names none. Throws ConfigError with what is wrong
/// with the image, and what to do. Threads: any.
[[nodiscard]] std::unique_ptr<ImageFile> open_disc(const CdromConfig& config);

/// Kept through the guest's resets: a guest that ejects its installer's disc finds the tray as it
/// was.
///
/// Threads: disc() and put() from the machine's thread; the rest from any.
class CdTray {
 public:
  /// Throws as open_disc().
  explicit CdTray(const CdromConfig& config) : disc_(open_disc(config)) {}

  /// Null: there is none.
  [[nodiscard]] const ImageFile* disc() const { return disc_.get(); }
  void put(std::unique_ptr<ImageFile> disc) { disc_ = std::move(disc); }

  [[nodiscard]] bool open() const { return open_; }
  void set_open(bool open) { open_ = open; }

 private:
  std::unique_ptr<ImageFile> disc_;
  std::atomic<bool> open_{false};
};

}  // namespace minivmm
