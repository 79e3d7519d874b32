#pragma once
// The two ways in which an image is used: both must behave the same.

#include <catch2/catch.hpp>
#include <memory>

#include "backends/block/image_file.h"
#include "backends/block/sync_file.h"
#include "backends/block/uring_file.h"
#include "minivmm/error.h"

namespace minivmm::test {

enum class Engine { kUring, kSync };

/// Whether this host lets us have an io_uring; tells the reader of the test's output if not.
inline bool has_engine(Engine engine) {
  if (engine == Engine::kSync) return true;
  try {
    const Ring ring;
    return true;
  } catch (const HostError& error) {
    WARN("SKIPPED with io_uring: " << error.what());
    return false;
  }
}

inline std::unique_ptr<BlockBackend> make_engine(Engine engine, const ImageFile& image) {
  if (engine == Engine::kUring) return std::make_unique<UringFile>(image);
  return std::make_unique<SyncFile>(image);
}

}  // namespace minivmm::test
