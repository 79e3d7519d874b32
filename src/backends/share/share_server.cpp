#include "backends/share/share_server.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace minivmm::share {
namespace {

constexpr std::string_view kDialect = "9P2000.L";
constexpr std::uint32_t kSmallestMessage = 4096;  // Linux's client asks for no less.
constexpr std::size_t kMostNames = 16;            // walk(5): MAXWELEM.

// Each fid is a descriptor, and a client may keep one for every file that it has seen: so as many
// as the host allows, of which the rest of the program needs its share.
std::size_t fids_allowed() {
  constexpr rlim_t kEnough = 1 << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{.rlim_cur = wanted, .rlim_max = limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return std::min(limit.rlim_cur, kEnough) / 2;
}

}  // namespace

ShareServer::ShareServer(const ShareConfig& config)
    : folder_(config.path), read_only_(config.read_only), most_fids_(fids_allowed()) {}

void ShareServer::forget_client() {
  fids_.clear();
  message_size_ = kLargestMessage;
}

std::size_t ShareServer::answer(std::span<const std::byte> request, std::span<std::byte> reply) {
  Reader header(request);
  const std::uint32_t size = header.u32();
  const std::uint8_t type = header.u8();
  const std::uint16_t tag = header.u16();
  const bool whole = size >= kHeaderSize && size <= request.size();
  reply = reply.first(std::min<std::size_t>(reply.size(), message_size_));
  if (reply.size() < kErrorSize) return 0;

  Writer out(reply.subspan(kHeaderSize));
  Reader in(whole ? request.subspan(kHeaderSize, size - kHeaderSize) : request.first(0));
  int error = whole ? carry_out(Request{type}, in, out) : EINVAL;
  if (error == 0 && out.overrun()) error = EMSGSIZE;
  if (error != 0) {
    out = Writer(reply.subspan(kHeaderSize));
    out.u32(static_cast<std::uint32_t>(error));
  }
  const std::uint8_t answered = error == 0 ? type : static_cast<std::uint8_t>(Request::kLerror);
  Writer front(reply);
  front.u32(static_cast<std::uint32_t>(kHeaderSize + out.used()));
  front.u8(static_cast<std::uint8_t>(answered + 1));
  front.u16(tag);
  return kHeaderSize + out.used();
}

int ShareServer::carry_out(Request type, Reader& in, Writer& out) {
  const Operation wanted = operation(type);
  if (wanted.handler == nullptr) return EOPNOTSUPP;
  if (wanted.changes && read_only_) return EROFS;
  return (this->*wanted.handler)(in, out);
}

ShareServer::Operation ShareServer::operation(Request type) {
  using S = ShareServer;
  struct Entry {
    Request type;
    Operation operation;
  };
  static constexpr std::array<Entry, 24> kOperations{{{Request::kVersion, {&S::version}},
                                                      {Request::kAttach, {&S::attach}},
                                                      {Request::kFlush, {&S::flush}},
                                                      {Request::kWalk, {&S::walk}},
                                                      {Request::kClunk, {&S::clunk}},
                                                      {Request::kRemove, {&S::remove}},
                                                      {Request::kLopen, {&S::lopen}},
                                                      {Request::kLcreate, {&S::lcreate, true}},
                                                      {Request::kRead, {&S::read}},
                                                      {Request::kWrite, {&S::write, true}},
                                                      {Request::kFsync, {&S::fsync}},
                                                      {Request::kReaddir, {&S::readdir}},
                                                      {Request::kLock, {&S::lock}},
                                                      {Request::kGetlock, {&S::getlock}},
                                                      {Request::kStatfs, {&S::statfs}},
                                                      {Request::kGetattr, {&S::getattr}},
                                                      {Request::kSetattr, {&S::setattr, true}},
                                                      {Request::kReadlink, {&S::readlink}},
                                                      {Request::kMkdir, {&S::mkdir, true}},
                                                      {Request::kMknod, {&S::mknod, true}},
                                                      {Request::kSymlink, {&S::symlink, true}},
                                                      {Request::kLink, {&S::link, true}},
                                                      {Request::kRenameat, {&S::renameat, true}},
                                                      {Request::kUnlinkat, {&S::unlinkat, true}}}};
  const auto* found = std::ranges::find(kOperations, type, &Entry::type);
  return found == kOperations.end() ? Operation{} : found->operation;
}

ShareServer::Fid* ShareServer::find(std::uint32_t fid) {
  const auto found = fids_.find(fid);
  return found == fids_.end() ? nullptr : &found->second;
}

ShareServer::Fid* ShareServer::find_open(std::uint32_t fid) {
  Fid* found = find(fid);
  return found != nullptr && found->open ? found : nullptr;
}

// --- The client and its fids --------------------------------------------------------------------

/// version(5): begins anew, whatever was before.
int ShareServer::version(Reader& in, Writer& out) {
  const std::uint32_t size = in.u32();
  const std::string_view dialect = in.text();
  if (!in.complete() || size < kSmallestMessage) return EINVAL;
  forget_client();
  message_size_ = std::min(size, kLargestMessage);
  out.u32(message_size_);
  out.text(dialect == kDialect ? kDialect : "unknown");
  return 0;
}

int ShareServer::attach(Reader& in, Writer& out) {
  const std::uint32_t fid = in.u32();
  const std::uint32_t authentication = in.u32();
  in.text();  // The user's name, and below his number: all do what they do as who runs minivmm.
  const std::string_view tree = in.text();
  in.u32();
  if (!in.complete() || authentication != kNoFid || fid == kNoFid) return EINVAL;
  if (!tree.empty() && tree != "/") return ENOENT;
  if (find(fid) != nullptr) return EBADF;
  Fid root{.file = reopen(folder_.fd(), O_PATH | O_DIRECTORY), .type = S_IFDIR};
  struct stat status {};
  if (!root.file || ::fstat(root.file.get(), &status) != 0) return errno;
  out.qid(folder_.qid(status));
  fids_[fid] = std::move(root);
  return 0;
}

/// flush(5): requests are answered in their order, so what it names has been answered.
int ShareServer::flush(Reader& in, Writer& /*out*/) {
  in.u16();
  return in.complete() ? 0 : EINVAL;
}

/// walk(5): as many steps as can be taken; the new fid is there only when that were all.
int ShareServer::walk(Reader& in, Writer& out) {
  Fid* from = find(in.u32());
  const std::uint32_t to = in.u32();
  const std::uint16_t count = in.u16();
  if (from == nullptr || to == kNoFid) return EBADF;
  if (count > kMostNames) return EINVAL;
  std::vector<std::string_view> names;
  for (std::uint16_t i = 0; i < count; ++i) names.push_back(in.text());
  if (!in.complete()) return EINVAL;
  Fid* const existing = find(to);
  if (existing != nullptr && existing != from) return EBADF;
  if (existing == nullptr && fids_.size() >= most_fids_) return EMFILE;

  Fid reached;
  if (names.empty()) reached = {.file = another(*from), .type = from->type};
  if (names.empty() && !reached.file) return errno;
  std::uint16_t taken = 0;
  Writer steps = out;
  steps.u16(0);
  for (const std::string_view name : names) {
    const int folder = taken == 0 ? from->file.get() : reached.file.get();
    UniqueFd next = open_name(folder, name, O_PATH);
    struct stat status {};
    const bool there = next && ::fstat(next.get(), &status) == 0;
    if (!there && taken == 0) return errno;
    if (!there) break;
    steps.qid(folder_.qid(status));
    reached = {.file = std::move(next), .type = status.st_mode & S_IFMT};
    ++taken;
  }
  if (steps.overrun()) return EMSGSIZE;
  out.u16(taken);
  out.skip(taken * kQidSize);
  if (taken == count) fids_[to] = std::move(reached);
  return 0;
}

/// A descriptor for the same file, not opened.
UniqueFd ShareServer::another(const Fid& fid) {
  if (fid.open) return reopen(fid.file.get(), O_PATH);
  return UniqueFd(::fcntl(fid.file.get(), F_DUPFD_CLOEXEC, 0));
}

int ShareServer::clunk(Reader& in, Writer& /*out*/) {
  const std::uint32_t fid = in.u32();
  if (!in.complete()) return EINVAL;
  return fids_.erase(fid) == 1 ? 0 : EBADF;
}

/// remove(5): the fid is gone in any case. A descriptor doesn't know by which name it was found;
/// Linux's client asks by unlinkat.
int ShareServer::remove(Reader& in, Writer& out) {
  const int error = clunk(in, out);
  return error != 0 ? error : EOPNOTSUPP;
}

}  // namespace minivmm::share
