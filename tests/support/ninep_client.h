#pragma once
// A client of 9P2000.L in a test's hands: puts requests together, takes answers apart.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/share/ninep_message.h"
#include "minivmm/message_server.h"

namespace minivmm::test {

/// A request's fields, one after the other.
class Fields {
 public:
  Fields& u8(std::uint8_t value) { return number(value); }
  Fields& u16(std::uint16_t value) { return number(value); }
  Fields& u32(std::uint32_t value) { return number(value); }
  Fields& u64(std::uint64_t value) { return number(value); }
  Fields& text(std::string_view text) {
    u16(static_cast<std::uint16_t>(text.size()));
    return raw(text);
  }
  Fields& raw(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  template <typename T>
  Fields& number(T value) {
    const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  std::vector<std::byte> bytes_{};
};

struct Answer {
  int error = 0;  ///< Of an Rlerror; -1: no answer, or not the one to the request.
  std::vector<std::byte> body{};

  [[nodiscard]] share::Reader read() const { return share::Reader(body); }
};

class NinepClient {
 public:
  static constexpr std::uint32_t kRoot = 1;

  /// Agrees on the protocol and attaches kRoot.
  explicit NinepClient(MessageServer& server) : server_(server) {
    ask(share::Request::kVersion, Fields().u32(kMessageSize).text("9P2000.L"));
    ask(share::Request::kAttach, Fields().u32(kRoot).u32(share::kNoFid).text("").text("").u32(0));
  }

  Answer ask(share::Request type, const Fields& fields) {
    Fields message;
    message.u32(static_cast<std::uint32_t>(share::kHeaderSize + fields.bytes().size()));
    message.u8(static_cast<std::uint8_t>(type)).u16(++tag_);
    std::vector<std::byte> bytes = message.bytes();
    bytes.insert(bytes.end(), fields.bytes().begin(), fields.bytes().end());
    return send(bytes, static_cast<std::uint8_t>(static_cast<unsigned>(type) + 1));
  }

  Answer walk(std::uint32_t from, std::uint32_t to, const std::vector<std::string>& names) {
    Fields fields;
    fields.u32(from).u32(to).u16(static_cast<std::uint16_t>(names.size()));
    for (const std::string& name : names) fields.text(name);
    return ask(share::Request::kWalk, fields);
  }
  /// Walks there, and answers 0 only when the new fid is there.
  int reach(std::uint32_t to, const std::vector<std::string>& names) {
    const Answer answer = walk(kRoot, to, names);
    if (answer.error != 0) return answer.error;
    return answer.read().u16() == names.size() ? 0 : ENOENT;
  }
  int open(std::uint32_t fid, std::uint32_t flags) {
    return ask(share::Request::kLopen, Fields().u32(fid).u32(flags)).error;
  }
  int create(std::uint32_t fid, std::string_view name, std::uint32_t flags, std::uint32_t mode) {
    return ask(share::Request::kLcreate, Fields().u32(fid).text(name).u32(flags).u32(mode).u32(0))
        .error;
  }
  int write(std::uint32_t fid, std::uint64_t offset, std::string_view data) {
    const Answer answer =
        ask(share::Request::kWrite,
            Fields().u32(fid).u64(offset).u32(static_cast<std::uint32_t>(data.size())).raw(data));
    return answer.error;
  }
  /// What was read; an error reads as nothing.
  std::string read(std::uint32_t fid, std::uint64_t offset, std::uint32_t count) {
    const Answer answer = ask(share::Request::kRead, Fields().u32(fid).u64(offset).u32(count));
    if (answer.error != 0) return {};
    share::Reader in = answer.read();
    const auto data = in.data(in.u32());
    return {reinterpret_cast<const char*>(data.data()), data.size()};
  }
  int clunk(std::uint32_t fid) { return ask(share::Request::kClunk, Fields().u32(fid)).error; }

  /// Any bytes at all; expected is the answer's type that is no error.
  Answer send(std::span<const std::byte> request, std::uint8_t expected) {
    std::vector<std::byte> reply(room);
    reply.resize(server_.answer(request, reply));
    share::Reader in(reply);
    Answer answer{.error = -1};
    const std::uint32_t size = in.u32();
    const std::uint8_t type = in.u8();
    const std::uint16_t tag = in.u16();
    if (size != reply.size() || tag != tag_) return answer;
    const bool failed = type == static_cast<std::uint8_t>(share::Request::kLerror) + 1;
    if (failed) answer.error = static_cast<int>(in.u32());
    if (failed || type != expected) return answer;
    answer.error = 0;
    answer.body.assign(reply.begin() + share::kHeaderSize, reply.end());
    return answer;
  }

  std::size_t room = kMessageSize;  ///< For answers, in bytes.

 private:
  static constexpr std::uint32_t kMessageSize = 65536;

  MessageServer& server_;
  std::uint16_t tag_ = 0;
};

}  // namespace minivmm::test
