#include "backends/block/qcow2/operations.h"

namespace minivmm::qcow2 {

void Operations::start(const ImageFile& file, Uses uses, BlockRequest request, Done done) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(operations_.size()));
    operations_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  operations_[index] = {std::move(done), uses, generation_};
  if (uses == Uses::kData) ++new_;
  request.tag = index;
  if (engine_)
    engine_->start_on(file, std::move(request));
  else
    waiting_.emplace_back(&file, std::move(request));
}

void Operations::turn(BlockBackend::Wait wait) {
  if (!engine_) {
    engine_ = make_file_engine(file_, watched_);
    for (auto& [file, request] : waiting_) engine_->start_on(*file, std::move(request));
    waiting_.clear();
  }
  ended_.clear();
  engine_->turn(wait, ended_);
  for (const BlockCompletion& each : ended_) {
    // What is done next may start others, which move this one.
    Operation operation = std::move(operations_[each.tag]);
    free_.push_back(static_cast<std::uint32_t>(each.tag));
    if (operation.uses == Uses::kData) --(operation.generation == generation_ ? new_ : old_);
    operation.done(each.error);
  }
}

void Operations::new_generation() {
  ++generation_;
  old_ += std::exchange(new_, 0);
}

}  // namespace minivmm::qcow2
