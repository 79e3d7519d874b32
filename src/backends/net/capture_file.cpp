#include "backends/net/capture_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

/// draft-ietf-opsawg-pcap, 4: File Header. Numbers are of the byte order of who writes.
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;  // Times are in nanoseconds.
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t reserved[2] = {};
  std::uint32_t snap_length = 262'144;  // More than any frame has.
  std::uint32_t link_type = 1;          // LINKTYPE_ETHERNET.
};
static_assert(sizeof(FileHeader) == 24);

/// 5: Packet Record.
struct RecordHeader {
  std::uint32_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  std::uint32_t captured = 0;
  std::uint32_t original = 0;
};
static_assert(sizeof(RecordHeader) == 16);

constexpr std::size_t kGatherSize = 256 * 1024;

}  // namespace

CaptureFile::CaptureFile(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (!fd_)
    throw ConfigError(fmt::format("cannot write '--pcap {}': {} (name a file in a folder of yours)",
                                  path, errno_text(errno)));
  gathered_.reserve(kGatherSize);
  const FileHeader header;
  append(&header, sizeof header);
  write_out();
}

CaptureFile::~CaptureFile() {
  flush();
}

void CaptureFile::add(FramePieces frame, std::size_t size) {
  using std::chrono::seconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto whole = std::chrono::duration_cast<seconds>(now);
  RecordHeader header;
  header.seconds = static_cast<std::uint32_t>(whole.count());
  header.nanoseconds = static_cast<std::uint32_t>(std::chrono::nanoseconds(now - whole).count());
  header.captured = header.original = static_cast<std::uint32_t>(size);
  const std::lock_guard guard(mutex_);
  if (!fd_) return;
  if (gathered_.size() + sizeof header + size > kGatherSize) write_out();
  append(&header, sizeof header);
  for (const std::span<std::byte> piece : frame) {
    const std::size_t bytes = std::min(piece.size(), size);
    append(piece.data(), bytes);
    size -= bytes;
  }
}

void CaptureFile::flush() {
  const std::lock_guard guard(mutex_);
  if (fd_) write_out();
}

void CaptureFile::append(const void* bytes, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(bytes);
  gathered_.insert(gathered_.end(), from, from + size);
}

void CaptureFile::write_out() {
  std::size_t done = 0;
  while (done < gathered_.size()) {
    const ssize_t written = ::write(fd_.get(), gathered_.data() + done, gathered_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      log::warning("--pcap {}: {}; nothing more is recorded", path_, errno_text(errno));
      fd_.reset();
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  gathered_.clear();
}

}  // namespace minivmm::net
