#pragma once
// A folder of the host for a guest: a server of 9P2000.L (docs/decisions/0029).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backends/share/folder.h"
#include "backends/share/ninep_message.h"
#include "host/unique_fd.h"
#include "minivmm/machine_config.h"
#include "minivmm/message_server.h"

namespace minivmm::share {

/// One client. A fid is a descriptor of its own, so that a file stays the same whatever its name
/// becomes; a path is never put together, and a name is only looked for in an open folder.
///
/// What a guest does there is done as the user who runs minivmm. A guest opens regular files and
/// folders only, makes no devices, FIFOs or sockets, and no program that runs as somebody else.
/// Extended attributes are not supported, and answered so.
///
/// Threads: as MessageServer. Errors: the constructor throws ConfigError or HostError.
class ShareServer final : public MessageServer {
 public:
  explicit ShareServer(const ShareConfig& config);

  [[nodiscard]] std::size_t answer(std::span<const std::byte> request,
                                   std::span<std::byte> reply) override;
  void forget_client() override;
  [[nodiscard]] std::size_t largest_message() const override { return kLargestMessage; }

 private:
  /// As large as Linux's client makes them.
  static constexpr std::uint32_t kLargestMessage = 512 * 1024;

  struct Fid {
    UniqueFd file{};  // O_PATH until it is opened.
    mode_t type = 0;  // Its S_IFMT.
    bool open = false;
    bool writable = false;
  };

  // Each reads its request's fields, acts, and writes its answer's; answers 0 or an errno value.
  using Handler = int (ShareServer::*)(Reader&, Writer&);
  struct Operation {
    Handler handler = nullptr;  // Null: not supported.
    bool changes = false;       // Refused where the folder is read-only.
  };
  [[nodiscard]] static Operation operation(Request type);
  [[nodiscard]] int carry_out(Request type, Reader& in, Writer& out);

  // The client and its fids (share_server.cpp).
  [[nodiscard]] int version(Reader& in, Writer& out);
  [[nodiscard]] int attach(Reader& in, Writer& out);
  [[nodiscard]] int flush(Reader& in, Writer& out);
  [[nodiscard]] int walk(Reader& in, Writer& out);
  [[nodiscard]] int clunk(Reader& in, Writer& out);
  [[nodiscard]] int remove(Reader& in, Writer& out);

  // Files that are open (share_files.cpp).
  [[nodiscard]] int lopen(Reader& in, Writer& out);
  [[nodiscard]] int lcreate(Reader& in, Writer& out);
  [[nodiscard]] int read(Reader& in, Writer& out);
  [[nodiscard]] int write(Reader& in, Writer& out);
  [[nodiscard]] int fsync(Reader& in, Writer& out);
  [[nodiscard]] int readdir(Reader& in, Writer& out);
  [[nodiscard]] int lock(Reader& in, Writer& out);
  [[nodiscard]] int getlock(Reader& in, Writer& out);

  // What a file is (share_attributes.cpp).
  [[nodiscard]] int statfs(Reader& in, Writer& out);
  [[nodiscard]] int getattr(Reader& in, Writer& out);
  [[nodiscard]] int setattr(Reader& in, Writer& out);
  [[nodiscard]] int readlink(Reader& in, Writer& out);

  // Names in folders (share_names.cpp).
  [[nodiscard]] int mkdir(Reader& in, Writer& out);
  [[nodiscard]] int mknod(Reader& in, Writer& out);
  [[nodiscard]] int symlink(Reader& in, Writer& out);
  [[nodiscard]] int link(Reader& in, Writer& out);
  [[nodiscard]] int renameat(Reader& in, Writer& out);
  [[nodiscard]] int unlinkat(Reader& in, Writer& out);

  [[nodiscard]] Fid* find(std::uint32_t fid);
  [[nodiscard]] Fid* find_open(std::uint32_t fid);
  [[nodiscard]] static UniqueFd another(const Fid& fid);
  [[nodiscard]] int take_over(Fid& fid, UniqueFd opened, int flags, Writer& out);
  [[nodiscard]] int put_qid(int folder, const std::string& name, Writer& out) const;
  [[nodiscard]] std::size_t put_entries(std::span<const std::byte> entries, bool at_root,
                                        std::uint64_t root_inode, std::size_t most, Writer& out);

  // Configuration.
  const Folder folder_;
  const bool read_only_;
  const std::size_t most_fids_;

  // State.
  std::uint32_t message_size_ = kLargestMessage;
  std::unordered_map<std::uint32_t, Fid> fids_;
};

}  // namespace minivmm::share
