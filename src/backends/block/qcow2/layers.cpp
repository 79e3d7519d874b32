#include "backends/block/qcow2/layers.h"

#include <algorithm>
#include <cerrno>

#include "host/log.h"

namespace minivmm::qcow2 {
namespace {

using Kind = Mapping::Kind;

Layers::Obstacle damage(const Layer& layer, std::string_view what, std::uint64_t at) {
  static log::RateLimit limit;
  if (limit.allow())
    log::error("{}: the image is damaged: {} at {:#x} (qemu-img check tells more)",
               layer.image->name(), what, at);
  return {.kind = Layers::Obstacle::Kind::kError, .error = EIO};
}

}  // namespace

Layers::Layers(std::vector<Layer> layers, Operations& operations, Events events)
    : layers_(std::move(layers)), operations_(operations), events_(std::move(events)) {}

Layers::Place Layers::find(std::uint64_t offset, std::uint64_t length) {
  for (const Layer& layer : layers_) {
    if (offset >= layer.size) break;
    length = std::min(length, layer.size - offset);
    if (layer.image == nullptr)
      return {.kind = Place::Kind::kData, .layer = &layer, .offset = offset, .length = length};
    const Run run = look_up(layer, offset, length);
    if (run.obstacle) return {.obstacle = run.obstacle};
    length = run.length;
    switch (run.mapping.kind) {
      case Kind::kHole:
        continue;
      case Kind::kZero:
        return {.length = length};
      case Kind::kData:
        return {.kind = Place::Kind::kData,
                .layer = &layer,
                .offset = run.mapping.offset + layer.image->geometry().inside(offset),
                .length = length};
      case Kind::kCompressed:
        return {.kind = Place::Kind::kCompressed,
                .layer = &layer,
                .offset = offset,
                .length = length,
                .entry = run.entry};
    }
  }
  return {.length = length};
}

// As many clusters as are alike: of data, one behind the other in the file.
Layers::Run Layers::look_up(const Layer& layer, std::uint64_t offset, std::uint64_t length) {
  Image& image = *layer.image;
  const Geometry& geometry = image.geometry();
  const std::uint64_t index = offset >> geometry.table_bits();
  const std::uint64_t table_bytes = 1ull << geometry.table_bits();
  length = std::min(length, table_bytes - (offset & (table_bytes - 1)));
  if (image.table_offset(index) == 0) return {.length = length};
  const Found found = table(layer, index);
  if (found.obstacle) return {.obstacle = found.obstacle};

  std::uint64_t at = geometry.cluster_of(offset) & (geometry.l2_entries() - 1);
  const unsigned version = image.header().version;
  const std::uint64_t entry = found.table->entry(at);
  Run run{.mapping = mapping_of(entry, version), .entry = entry};
  if (geometry.inside(run.mapping.offset) != 0)
    return {.obstacle =
                damage(layer, "data that is not on a cluster, for the disk's bytes", offset)};
  run.length = geometry.cluster_size() - geometry.inside(offset);
  std::uint64_t next = run.mapping.offset;
  while (run.length < length && run.mapping.kind != Kind::kCompressed) {
    const Mapping mapping = mapping_of(found.table->entry(++at), version);
    next += geometry.cluster_size();
    if (mapping.kind != run.mapping.kind) break;
    if (mapping.kind == Kind::kData && mapping.offset != next) break;
    run.length += geometry.cluster_size();
  }
  run.length = std::min(run.length, length);
  return run;
}

Layers::Found Layers::table(const Layer& layer, std::uint64_t index) {
  Image& image = *layer.image;
  if (Table* table = image.tables().find(index); table != nullptr) {
    if (!table->loading) return {.table = table};
    return {.obstacle = {.kind = Obstacle::Kind::kTable, .table = table}};
  }
  const std::uint64_t offset = image.table_offset(index);
  if (image.geometry().inside(offset) != 0 || offset >= image.length())
    return {.obstacle = damage(layer, "an L2 table is said to be", offset)};
  Table* table = image.tables().add(static_cast<std::uint32_t>(index), offset);
  if (table == nullptr) {
    events_.need_room();
    return {.obstacle = {.kind = Obstacle::Kind::kRoom}};
  }
  load(layer, *table);
  return {.obstacle = {.kind = Obstacle::Kind::kTable, .table = table}};
}

void Layers::load(const Layer& layer, Table& table) {
  table.loading = true;
  operations_.start(*layer.file, Operations::Uses::kMetadata,
                    {.op = BlockOp::kRead,
                     .offset = table.offset,
                     .length = table.bytes.size(),
                     .segments = {table.bytes}},
                    [this, image = layer.image, &table](int error) {
                      table.loading = false;
                      events_.on_loaded(table, error);
                      if (error != 0) image->tables().remove(table);
                    });
}

}  // namespace minivmm::qcow2
