#pragma once
// Where in which file a guest's bytes are: an image, what backs it, what backs that.

#include <cstdint>
#include <functional>
#include <vector>

#include "backends/block/qcow2/image.h"
#include "backends/block/qcow2/operations.h"

namespace minivmm::qcow2 {

struct Layer {
  const ImageFile* file = nullptr;
  Image* image = nullptr;  ///< Null: the file is raw.
  std::uint64_t size = 0;  ///< Of the disk that it holds, in bytes.
};

/// Finds tables and entries, and has tables read that are not in memory.
///
/// Ownership: refers to what layers name and to operations, which outlive it. Threads: the disk's.
class Layers {
 public:
  struct Events {
    std::function<void(Table& table, int error)> on_loaded;
    std::function<void()> need_room;  ///< Tables must become clean.
  };
  Layers(std::vector<Layer> layers, Operations& operations, Events events);

  /// Why something can't go on: either an error, or it must wait.
  struct Obstacle {
    enum class Kind { kNone, kError, kTable, kRoom, kCluster };
    Kind kind = Kind::kNone;
    int error = 0;                 ///< kError.
    const Table* table = nullptr;  ///< kTable: on_loaded() tells of it.
    [[nodiscard]] explicit operator bool() const { return kind != Kind::kNone; }
  };

  struct Place {
    enum class Kind { kZero, kData, kCompressed };
    Obstacle obstacle{};
    Kind kind = Kind::kZero;
    const Layer* layer = nullptr;  ///< Not of kZero.
    std::uint64_t offset = 0;  ///< kData: in the layer's file. kCompressed: of the guest's disk.
    std::uint64_t length = 0;  ///< How much of what was asked for is there.
    std::uint64_t entry = 0;   ///< kCompressed.
  };
  /// Where bytes of the disk are, as far as they are at one place.
  [[nodiscard]] Place find(std::uint64_t offset, std::uint64_t length);

  struct Found {
    Obstacle obstacle{};
    Table* table = nullptr;
  };
  /// A layer's table of that number, which exists.
  [[nodiscard]] Found table(const Layer& layer, std::uint64_t index);

  [[nodiscard]] const Layer& top() const { return layers_.front(); }
  /// Whether anything lies below an offset of the disk, so that a hole there doesn't read as
  /// zeroes.
  [[nodiscard]] bool is_backed(std::uint64_t offset) const {
    return layers_.size() > 1 && offset < layers_[1].size;
  }

 private:
  struct Run {
    Obstacle obstacle{};
    Mapping mapping{};
    std::uint64_t entry = 0;
    std::uint64_t length = 0;
  };
  [[nodiscard]] Run look_up(const Layer& layer, std::uint64_t offset, std::uint64_t length);
  void load(const Layer& layer, Table& table);

  const std::vector<Layer> layers_;
  Operations& operations_;
  const Events events_;
};

}  // namespace minivmm::qcow2
