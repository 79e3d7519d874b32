#include "backends/block/qcow2/disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace minivmm::qcow2 {

Disk::Disk(std::vector<Layer> layers, const BlockInfo& info)
    : info_(info),
      operations_(*layers.front().file),
      layers_(layers, operations_,
              {.on_loaded = [this](Table& table, int error) { go_on_with(table, error); },
               .need_room =
                   [this] {
                     if (image().dirty()) write_back_.start();
                   }}),
      write_back_(*layers.front().image, operations_,
                  {.on_flushed = [this](Index request, int error) { piece_ended(request, error); },
                   .on_end = [this](int error) { wake_parked(error); }}) {}

Disk::~Disk() = default;

Disk::Index Disk::take(BlockRequest what) {
  if (free_.empty()) {
    free_.push_back(static_cast<Index>(requests_.size()));
    requests_.emplace_back();
  }
  const Index index = free_.back();
  free_.pop_back();
  requests_[index] = Request{};
  requests_[index].what = std::move(what);
  ++started_;
  return index;
}

void Disk::start(BlockRequest request) {
  ready_.push_back(take(std::move(request)));
}

void Disk::turn(Wait wait, std::vector<BlockCompletion>& done) {
  advance_ready();
  operations_.turn(wait == Wait::kYes && ended_.empty() ? Wait::kYes : Wait::kNo);
  write_back_.poll();
  while (!ready_.empty()) {
    advance_ready();
    operations_.turn(Wait::kNo);
    write_back_.poll();
  }
  done.insert(done.end(), ended_.begin(), ended_.end());
  ended_.clear();
}

void Disk::advance_ready() {
  while (!ready_.empty()) {
    const std::vector<Index> batch = std::exchange(ready_, {});
    for (const Index index : batch) advance(index);
  }
}

void Disk::advance(Index index) {
  Request& request = requests_[index];
  const Obstacle obstacle = request.error != 0 ? Obstacle{} : go_on(index);
  if (obstacle && obstacle.kind != Obstacle::Kind::kError) {
    parked_.push_back({index, obstacle});
    return;
  }
  if (obstacle) request.error = obstacle.error;
  if (request.error != 0) request.progress = request.what.length;
  end_if_over(index);
}

Layers::Obstacle Disk::go_on(Index index) {
  Request& request = requests_[index];
  const BlockOp op = request.what.op;
  if (op == BlockOp::kRead) return read(index);
  if (op == BlockOp::kFlush) {
    request.what.length = 0;
    ++request.pending;
    write_back_.flush(index);
    return {};
  }
  if (!image().writable()) return {.kind = Obstacle::Kind::kError, .error = EROFS};
  return op == BlockOp::kWrite ? write(index) : zero(index);
}

void Disk::start_piece(Index index, const ImageFile& file, BlockRequest piece) {
  ++requests_[index].pending;
  operations_.start(file, Operations::Uses::kData, std::move(piece),
                    [this, index](int error) { piece_ended(index, error); });
}

void Disk::piece_ended(Index index, int error) {
  Request& request = requests_[index];
  --request.pending;
  if (request.error == 0) request.error = error;
  end_if_over(index);
}

void Disk::end_if_over(Index index) {
  Request& request = requests_[index];
  if (request.pending != 0 || request.progress != request.what.length) return;
  --started_;
  free_.push_back(index);
  if (request.on_end)
    std::exchange(request.on_end, {})(request.error);
  else
    ended_.push_back({request.what.tag, request.error});
}

// Those that waited for a table use it before others find it to be one to drop.
void Disk::go_on_with(Table& table, int error) {
  const auto others = std::stable_partition(
      parked_.begin(), parked_.end(),
      [&table](const Parked& parked) { return parked.obstacle.table == &table; });
  const std::vector<Parked> waited(parked_.begin(), others);
  parked_.erase(parked_.begin(), others);
  ++table.pins;
  for (const Parked& parked : waited) {
    if (error != 0) requests_[parked.request].error = error;
    advance(parked.request);
  }
  --table.pins;
  wake_parked(0);
}

// error: why those that wait for room will not find it.
void Disk::wake_parked(int error) {
  for (const Parked& parked : parked_) {
    if (error != 0 && parked.obstacle.kind == Obstacle::Kind::kRoom)
      requests_[parked.request].error = error;
    ready_.push_back(parked.request);
  }
  parked_.clear();
}

}  // namespace minivmm::qcow2
