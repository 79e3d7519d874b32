#include "backends/block/qcow2/inflate.h"

#include <zlib.h>

namespace minivmm::qcow2 {

bool inflate_cluster(std::span<const std::byte> from, std::span<std::byte> to) {
  z_stream stream{};
  constexpr int kRawDeflate = -MAX_WBITS;  // Negative: without zlib's header.
  if (::inflateInit2(&stream, kRawDeflate) != Z_OK) return false;
  // zlib only reads what next_in points to.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  const int result = ::inflate(&stream, Z_FINISH);
  const bool complete = stream.avail_out == 0 && (result == Z_STREAM_END || result == Z_BUF_ERROR);
  ::inflateEnd(&stream);
  return complete;
}

}  // namespace minivmm::qcow2
