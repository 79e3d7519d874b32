#include "backends/block/raw_file.h"

#include "backends/block/file_engine.h"

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
  engine_ = make_file_engine(image_, watched_);
  for (BlockRequest& request : waiting_) engine_->start(std::move(request));
  waiting_.clear();
}

}  // namespace minivmm
