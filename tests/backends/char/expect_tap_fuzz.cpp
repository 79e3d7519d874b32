// Whatever a guest prints, the search for a text stays in bounds and agrees with a search of the
// whole line.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "backends/char/expect_tap.h"
#include "backends/char/null_backend.h"
#include "host/epoll_loop.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using minivmm::ExpectTap;
  minivmm::EpollLoop loop;
  bool matched = false;
  ExpectTap tap(std::make_unique<minivmm::NullBackend>(), loop, "a(b|c)+d", [&] {
    if (matched) std::abort();  // Once only.
    matched = true;
  });
  const auto bytes = std::as_bytes(std::span(data, size));
  tap.send(bytes.first(size / 2));
  tap.send(bytes.subspan(size / 2));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool surely = size < ExpectTap::kMaxLine && text.find("abd") != std::string_view::npos;
  if (surely && !tap.matched_at_end()) std::abort();
  return 0;
}
