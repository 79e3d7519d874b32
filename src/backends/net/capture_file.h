#pragma once
// A file of frames as tcpdump and Wireshark read it (draft-ietf-opsawg-pcap).

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "host/unique_fd.h"
#include "minivmm/net_backend.h"

namespace minivmm::net {

/// Threads: any; several cards may share one.
/// Errors: the constructor throws ConfigError; a write that fails later is logged, and is the last.
class CaptureFile {
 public:
  /// An existing file is written over.
  explicit CaptureFile(const std::string& path);
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  /// The first size bytes of frame, with the time of day.
  void add(FramePieces frame, std::size_t size);
  /// Writes what was gathered: somebody may be reading the file meanwhile.
  void flush();

 private:
  void append(const void* bytes, std::size_t size);
  void write_out();

  const std::string path_;
  std::mutex mutex_;
  UniqueFd fd_;
  std::vector<std::byte> gathered_;
};

}  // namespace minivmm::net
