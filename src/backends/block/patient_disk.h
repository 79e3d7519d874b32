#pragma once
// A full host disk loses no write: what there is no room for is tried again until there is.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "minivmm/block_backend.h"

namespace minivmm {

/// In front of any backend: a request that the host refuses for want of room (ENOSPC, EDQUOT) stays
/// in flight, and is tried again every second. Other requests go on. The log says when that begins
/// and ends.
///
/// Threads: as BlockBackend; give_up() from any.
class PatientDisk final : public BlockBackend {
 public:
  struct Events {
    std::function<void()> on_full{};  ///< At each try that was in vain.
    std::function<void()> on_room{};  ///< Nothing waits any longer.
  };
  /// name: of the image, for the log. events: on the disk's thread.
  PatientDisk(std::unique_ptr<BlockBackend> inner, std::string name, Events events);

  [[nodiscard]] const BlockInfo& info() const override { return inner_->info(); }
  void watch(int event_fd) override { inner_->watch(event_fd); }
  void start(BlockRequest request) override;
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override {
    return inner_->in_flight() + waiting_.size();
  }
  void give_up() override;

 private:
  struct Kept {
    BlockRequest request{};
    std::uint64_t tag = 0;
  };
  void take(const BlockCompletion& completion, std::vector<BlockCompletion>& done);
  void keep(const BlockCompletion& completion);
  void end(const BlockCompletion& completion, std::vector<BlockCompletion>& done);
  void try_again();
  void set_timer(bool on);

  const std::unique_ptr<BlockBackend> inner_;
  const std::string name_;
  const Events events_;
  UniqueFd timer_;
  EventFd given_up_event_;
  std::atomic<bool> given_up_{false};
  std::vector<Kept> kept_;  // By the inner tag.
  std::vector<std::uint64_t> free_;
  std::vector<std::uint64_t> waiting_;  // Of kept_: those that are to be tried again.
  std::vector<BlockCompletion> ended_;
  bool full_ = false;
};

}  // namespace minivmm
