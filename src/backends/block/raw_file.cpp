#include "backends/block/raw_file.h"

#include "backends/block/sync_file.h"
#include "backends/block/uring_file.h"
#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm {

RawFile::RawFile(const ImageFile& image) : image_(image) {}

RawFile::~RawFile() = default;

void RawFile::watch(int event_fd) {
  watched_.push_back(event_fd);
}

void RawFile::start(BlockRequest request) {
  if (engine_)
    engine_->start(std::move(request));
  else
    waiting_.push_back(std::move(request));
}

void RawFile::turn(Wait wait, std::vector<BlockCompletion>& done) {
  if (!engine_) make_engine();
  engine_->turn(wait, done);
}

std::size_t RawFile::in_flight() const {
  return engine_ ? engine_->in_flight() : waiting_.size();
}

void RawFile::make_engine() {
  try {
    engine_ = std::make_unique<UringFile>(image_);
  } catch (const HostError& refusal) {
    log::info("disk '{}': {}; requests run one after the other, slower", image_.path(),
              refusal.what());
    engine_ = std::make_unique<SyncFile>(image_);
  }
  for (const int fd : watched_) engine_->watch(fd);
  for (BlockRequest& request : waiting_) engine_->start(std::move(request));
  waiting_.clear();
}

}  // namespace minivmm
