#pragma once
// A folder of the host, and the only ways into it: nothing outside of it can be reached.

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "backends/share/ninep_message.h"
#include "host/unique_fd.h"

namespace minivmm::share {

/// Opens one name in a folder, and nothing else: no symbolic link is followed, no mount point is
/// crossed, and the name is one name. Answers an empty descriptor and errno.
///
/// flags: as open(2) has them; O_CLOEXEC and O_NOFOLLOW are added.
[[nodiscard]] UniqueFd open_name(int folder, std::string_view name, int flags, mode_t mode = 0);

/// Whether it is the name of something in a folder: not empty, no path, neither "." nor "..".
[[nodiscard]] bool is_name(std::string_view name);

/// Opens what a descriptor refers to, perhaps an O_PATH one, in another way. Only for what is known
/// to be a regular file or a folder: opening anything else may do something.
[[nodiscard]] UniqueFd reopen(int fd, int flags);

/// By which calls that take no descriptor, or no O_PATH one, reach the same file: a link that leads
/// to it whatever its name is now.
[[nodiscard]] std::string link_to(int fd);

/// A folder that is shared.
class Folder {
 public:
  /// Errors: ConfigError for what is no folder, can't be read, or can't be shared.
  explicit Folder(const std::string& path);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] Qid qid(const struct stat& status) const;
  [[nodiscard]] bool is_root(const struct stat& status) const;

 private:
  UniqueFd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace minivmm::share
