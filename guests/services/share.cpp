// virtio-9p: reads the file "hello" of a shared folder by five messages of 9P2000.L.

#include "lib/exit.h"
#include "lib/print.h"
#include "services/exchange.h"

using namespace guest;

namespace {

constexpr std::uint16_t kShare = 0x1049;
constexpr std::uint64_t kHasTag = 1;
constexpr std::uint8_t kVersion = 100, kAttach = 104, kWalk = 110, kOpen = 12, kRead = 116;
constexpr std::uint32_t kNoFid = 0xffff'ffff, kRoot = 1, kFile = 2;

VirtioDevice share;
Exchange requests;
std::uint8_t request[256], reply[256];
std::uint32_t size;

void put(std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i)
    request[size++] = static_cast<std::uint8_t>(value >> (8 * i));
}

void put_text(const char* text) {
  std::uint32_t length = 0;
  while (text[length] != 0) ++length;
  put(length, 2);
  for (std::uint32_t i = 0; i < length; ++i) put(static_cast<std::uint8_t>(text[i]), 1);
}

void start_message(std::uint8_t type) {
  size = 0;
  put(0, 4);
  put(type, 1);
  put(7, 2);  // The tag.
}

std::uint32_t reply32(unsigned offset) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{reply[offset + i]} << (8 * i);
  return value;
}

void ask() {
  const std::uint32_t all = size;
  const auto type = static_cast<std::uint8_t>(request[4] + 1);
  size = 0;
  put(all, 4);
  const std::uint32_t got = requests.run({request, all}, {reply, sizeof(reply)});
  check(got == reply32(0), "an answer is as long as it says");
  check(reply[4] == type, "the answer is no error");
  check(reply[5] == 7 && reply[6] == 0, "the answer has the request's tag");
}

}  // namespace

void check_share() {
  if (!begin(share, kShare, kHasTag)) return;
  check(share.config16(0) == 5 && share.config8(2) == 's', "the folder has its tag");
  requests.start(share, 0);
  share.driver_ok();

  start_message(kVersion), put(8192, 4), put_text("9P2000.L"), ask();
  start_message(kAttach), put(kRoot, 4), put(kNoFid, 4), put_text(""), put_text(""), put(0, 4);
  ask();
  start_message(kWalk), put(kRoot, 4), put(kFile, 4), put(1, 2), put_text("hello"), ask();
  start_message(kOpen), put(kFile, 4), put(0, 4), ask();
  start_message(kRead), put(kFile, 4), put(0, 8), put(100, 4), ask();
  const std::uint32_t count = reply32(7);
  check(count < 100, "the file is short");
  reply[11 + count] = 0;
  print("hello says: {}\n", reinterpret_cast<const char*>(reply + 11));
}
