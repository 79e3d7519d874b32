#include "backends/block/qcow2/write_back.h"

#include <algorithm>
#include <utility>

namespace minivmm::qcow2 {

WriteBack::WriteBack(Image& image, Operations& operations, Events events)
    : image_(image), operations_(operations), events_(std::move(events)) {}

void WriteBack::flush(std::uint32_t request) {
  waiting_.push_back(request);
  start();
}

void WriteBack::start() {
  if (!running_) begin();
}

void WriteBack::begin() {
  running_ = true;
  frees_ = false;
  error_ = 0;
  served_ = std::exchange(waiting_, {});
  operations_.new_generation();
  work_ = image_.collect();
  stage_ = 0;
  write_stage();
}

// The first stage is made stable even if it is empty: the data belongs to it.
void WriteBack::write_stage() {
  while (stage_ < Plan::kStages && (stage_ > 0 || frees_) && work_.plan.stages[stage_].empty())
    ++stage_;
  if (stage_ == Plan::kStages) return stages_written();
  std::vector<MetadataWrite>& writes = work_.plan.stages[stage_];
  if (writes.empty()) return make_stable();
  pending_ = static_cast<unsigned>(writes.size());
  for (MetadataWrite& write : writes) {
    operations_.start(image_.file(), Operations::Uses::kMetadata,
                      {.op = BlockOp::kWrite,
                       .offset = write.offset,
                       .length = write.bytes.size(),
                       .segments = {write.bytes}},
                      [this](int error) {
                        if (error != 0) error_ = error;
                        if (--pending_ != 0) return;
                        if (error_ != 0) return fail(error_);
                        make_stable();
                      });
  }
}

void WriteBack::make_stable() {
  operations_.start(image_.file(), Operations::Uses::kMetadata, {.op = BlockOp::kFlush},
                    [this](int error) {
                      if (error != 0) return fail(error);
                      ++stage_;
                      write_stage();
                    });
}

void WriteBack::stages_written() {
  image_.release(work_.plan);
  if (frees_ || work_.freed.empty()) return end(0);
  work_.plan = {};
  awaits_old_ = true;
  poll();
}

// A read or a write that began before its cluster was let go of must not meet another's data there.
void WriteBack::poll() {
  if (!awaits_old_ || !operations_.old_ones_ended()) return;
  awaits_old_ = false;
  punch_holes();
}

// The host gets the space back. That it can't is no error.
void WriteBack::punch_holes() {
  std::vector<std::uint64_t> freed;
  for (const std::uint64_t cluster : work_.freed) {
    if (image_.refcounts().at(cluster) == 1) freed.push_back(cluster);
  }
  std::ranges::sort(freed);
  if (freed.empty()) return free_clusters();
  const std::uint64_t size = image_.geometry().cluster_size();
  std::vector<BlockRequest> holes;
  for (const std::uint64_t cluster : freed) {
    const std::uint64_t offset = cluster * size;
    if (!holes.empty() && holes.back().offset + holes.back().length == offset)
      holes.back().length += size;
    else
      holes.push_back({.op = BlockOp::kDiscard, .offset = offset, .length = size});
  }
  pending_ = static_cast<unsigned>(holes.size());
  for (BlockRequest& hole : holes) {
    operations_.start(image_.file(), Operations::Uses::kMetadata, std::move(hole), [this](int) {
      if (--pending_ == 0) free_clusters();
    });
  }
}

// Only refcounts: the rest that became dirty meanwhile is the next run's. Written before this run
// ends, so that nothing has leaked when the last one has.
void WriteBack::free_clusters() {
  for (const std::uint64_t cluster : work_.freed) image_.refcounts().drop(cluster);
  work_ = {};
  image_.refcounts().collect(work_.plan);
  frees_ = true;
  stage_ = 0;
  write_stage();
}

void WriteBack::fail(int error) {
  image_.restore(std::exchange(work_, {}));
  end(error);
}

void WriteBack::end(int error) {
  work_ = {};
  running_ = false;
  for (const std::uint32_t request : std::exchange(served_, {})) events_.on_flushed(request, error);
  events_.on_end(error);
  if (!waiting_.empty()) start();
}

}  // namespace minivmm::qcow2
