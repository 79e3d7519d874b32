// Messages of a hostile client, one after the other: whatever they say, each is answered within the
// room for it, and nothing outside of the folder changes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <vector>

#include "backends/share/share_server.h"
#include "host/log.h"
#include "support/fuzz_input.h"
#include "support/temp_folder.h"

namespace minivmm::share {
namespace {

constexpr unsigned kMostMessages = 64;
constexpr std::string_view kSecret = "nobody's business";

/// The fields are the fuzzer's, the header is right most of the time, so that it gets behind it.
std::vector<std::byte> message(test::FuzzInput& input) {
  const auto type = input.take<std::uint8_t>();
  const auto body = input.take<std::uint8_t>();
  const auto lie = input.take<std::uint8_t>();
  std::vector<std::byte> bytes(kHeaderSize + body);
  const auto size = static_cast<std::uint32_t>(bytes.size() + (lie < 16 ? lie : 0));
  std::memcpy(bytes.data(), &size, sizeof(size));
  bytes[4] = std::byte{type};
  for (std::size_t i = kHeaderSize; i < bytes.size(); ++i) bytes[i] = input.take<std::byte>();
  return bytes;
}

void run(test::FuzzInput& input) {
  const test::TempFolder folder("/dev/shm");
  const std::string secret = folder.file("secret", kSecret);
  std::filesystem::create_directories(folder.path("shared/a"));
  folder.file("shared/b", "content");
  std::filesystem::create_symlink("../secret", folder.path("shared/c"));
  ShareServer server({.path = folder.path("shared")});

  std::vector<std::byte> reply(64 << 10);
  for (unsigned i = 0; i < kMostMessages && !input.empty(); ++i) {
    const std::size_t room = std::min<std::size_t>(input.take<std::uint16_t>(), reply.size());
    const std::size_t used = server.answer(message(input), std::span(reply).first(room));
    if (used > room || (used != 0 && used < kHeaderSize)) std::abort();
  }
  if (folder.content("secret") != kSecret) std::abort();
}

}  // namespace
}  // namespace minivmm::share

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::log::set_level(minivmm::log::Level::kOff);
  minivmm::test::FuzzInput input(data, size);
  minivmm::share::run(input);
  return 0;
}
