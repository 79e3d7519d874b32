#pragma once
// A guest's writes that are answered later, many at a time.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace minivmm {

/// One write of a guest, to memory or to ports.
struct PostedWrite {
  enum class Space { kMemory, kPorts };
  Space space = Space::kMemory;
  std::uint64_t address = 0;
  std::span<const std::byte> data;  ///< 1 to 8 bytes, little-endian.
};

/// A queue of a device's guest's writes (in the machine: KVM's ring of coalesced I/O). What is in
/// it the guest has done, and the device has yet to learn. A device that takes all of it before it
/// answers an access, or shows what it has to show, has answered everything in the guest's order.
///
/// It is worth it for writes that nobody waits for. Nobody is told of one: a full queue lets the
/// next write through as an access like any other.
///
/// Threads: every function with the device's lock held, from any thread.
/// Errors: none; where the host refuses, no write is posted.
class PostedWrites {
 public:
  virtual ~PostedWrites() = default;

  /// From now on the guest's writes may be posted. Takes microseconds.
  virtual void begin() = 0;
  /// No write is posted that the guest makes after this; what was posted before is still there to
  /// be taken. May take some milliseconds: it is for a change of mode, or for when nothing happens.
  virtual void end() = 0;

  /// Calls answer for each write that was posted before this call, oldest first. answer may call
  /// begin() and end(), but not take().
  virtual void take(const std::function<void(const PostedWrite&)>& answer) = 0;
};

}  // namespace minivmm
