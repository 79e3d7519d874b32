#pragma once
// Where the sockets of running machines are: $XDG_RUNTIME_DIR/minivmm/NAME.PID for their screen's
// viewers, where they have a screen, and NAME.PID.stats for "minivmm top".

#include <sys/types.h>
#include <sys/un.h>

#include <string>
#include <string_view>
#include <vector>

#include "host/unique_fd.h"

namespace minivmm::view {

enum class Door { kScreen, kStatistics };

/// The folder of this user's sockets, made if it isn't there: below $XDG_RUNTIME_DIR, else below
/// /tmp. Throws HostError when there is none that is the user's alone.
[[nodiscard]] std::string socket_folder();

/// A file name without what shells and people stumble over.
[[nodiscard]] std::string plain_name(const std::string& guest_name);

[[nodiscard]] std::string socket_path(const std::string& guest_name, pid_t pid,
                                      Door door = Door::kScreen);

struct RunningMachine {
  std::string name;  ///< As plain_name() made it.
  pid_t pid = 0;
  std::string path;
};
/// Those whose socket of that kind answers, by name and number; sockets of dead processes are
/// removed.
[[nodiscard]] std::vector<RunningMachine> running_machines(Door door = Door::kScreen);

/// The machines that word means: by name, by number, or "name.number"; all of them for "".
[[nodiscard]] std::vector<RunningMachine> machines_named(const std::string& word,
                                                         std::vector<RunningMachine> machines);

/// The one of them that word means, as above. Throws ConfigError for none, and for several, which
/// it names. tool: the command that was given, "view".
[[nodiscard]] RunningMachine the_machine(const std::string& word,
                                         std::vector<RunningMachine> machines,
                                         std::string_view tool);

/// unix(7): throws ConfigError for a path too long.
[[nodiscard]] sockaddr_un socket_address(const std::string& path);
/// A socket, SOCK_SEQPACKET and non-blocking, that lets the user's own processes in. Whoever owns
/// it unlinks path in the end. Throws HostError.
[[nodiscard]] UniqueFd listen_at(const std::string& path);
/// Blocking, SOCK_SEQPACKET; empty when nobody answers there.
[[nodiscard]] UniqueFd connect_to(const std::string& path);

}  // namespace minivmm::view
