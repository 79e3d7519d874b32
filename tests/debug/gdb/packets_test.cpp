#include "debug/gdb/packets.h"

#include <catch2/catch.hpp>

namespace minivmm::debug::gdb {

using Kind = PacketReader::Event::Kind;

TEST_CASE("A packet comes in pieces, with escapes and a checksum") {
  PacketReader reader;
  reader.feed("+$m1000");
  CHECK_FALSE(reader.next());
  reader.feed(",4#8e");
  const auto event = reader.next();
  REQUIRE(event);
  CHECK(event->kind == Kind::kPacket);
  CHECK(event->data == "m1000,4");
  reader.feed(frame("a$b"));
  CHECK(reader.next()->data == "a$b");
}

TEST_CASE("A wrong checksum, Ctrl-C, a request to resend and garbage are told apart") {
  PacketReader reader;
  reader.feed("$g#00\x03-GET / HTTP");
  CHECK(reader.next()->kind == Kind::kDamaged);
  CHECK(reader.next()->kind == Kind::kInterrupt);
  CHECK(reader.next()->kind == Kind::kResend);
  CHECK(reader.next()->kind == Kind::kGarbage);
}

TEST_CASE("A packet without end is garbage") {
  PacketReader reader;
  reader.feed("$" + std::string(PacketReader::kLongest + 1, 'x'));
  CHECK(reader.next()->kind == Kind::kGarbage);
}

}  // namespace minivmm::debug::gdb
