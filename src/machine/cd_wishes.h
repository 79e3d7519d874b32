#pragma once
// What persons wish of the CD-ROM drive, kept for the machine's thread, which alone knows the board
// that there is at the moment.

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backends/block/image_file.h"
#include "host/event_fd.h"
#include "machine/cd_tray.h"
#include "minivmm/cd_control.h"

namespace minivmm {

struct CdWish {
  std::unique_ptr<ImageFile> disc{};  ///< To be put in; null: the tray is to open.
};

/// Threads: any.
class CdWishes final : public CdControl {
 public:
  /// wake is signalled when there is a wish.
  explicit CdWishes(const EventFd& wake) : wake_(wake) {}

  void insert(const std::string& path) override { add({.disc = open_disc({.path = path})}); }
  void eject() override { add({}); }

  /// In the order in which they came.
  [[nodiscard]] std::vector<CdWish> take() {
    const std::lock_guard guard(mutex_);
    return std::exchange(wishes_, {});
  }

 private:
  void add(CdWish wish) {
    {
      const std::lock_guard guard(mutex_);
      wishes_.push_back(std::move(wish));
    }
    wake_.signal();
  }

  const EventFd& wake_;
  std::mutex mutex_;
  std::vector<CdWish> wishes_;
};

}  // namespace minivmm
