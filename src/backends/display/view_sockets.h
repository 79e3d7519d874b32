#pragma once
// Where the sockets of running machines are: $XDG_RUNTIME_DIR/minivmm/NAME.PID.

#include <sys/types.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "host/unique_fd.h"

namespace minivmm::view {

/// The folder of this user's sockets, made if it isn't there: below $XDG_RUNTIME_DIR, else below
/// /tmp. Throws HostError when there is none that is the user's alone.
[[nodiscard]] std::string socket_folder();

/// A file name without what shells and people stumble over.
[[nodiscard]] std::string plain_name(const std::string& guest_name);

[[nodiscard]] std::string socket_path(const std::string& guest_name, pid_t pid);

struct RunningMachine {
  std::string name;  ///< As plain_name() made it.
  pid_t pid = 0;
  std::string path;
};
/// Those whose socket answers, by name and number; sockets of dead processes are removed.
[[nodiscard]] std::vector<RunningMachine> running_machines();

/// The machines that word means: by name, by number, or "name.number"; all of them for "".
[[nodiscard]] std::vector<RunningMachine> machines_named(const std::string& word,
                                                         std::vector<RunningMachine> machines);

/// unix(7): throws ConfigError for a path too long.
[[nodiscard]] sockaddr_un socket_address(const std::string& path);
/// Blocking, SOCK_SEQPACKET; empty when nobody answers there.
[[nodiscard]] UniqueFd connect_to(const std::string& path);

}  // namespace minivmm::view
