#include "backends/display/view_sockets.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "host/system_error.h"

namespace minivmm::view {
namespace {

constexpr std::size_t kLongestName = 40;
constexpr std::string_view kStatistics = ".stats";

std::string folder_name() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') return std::string(runtime) + "/minivmm";
  return fmt::format("/tmp/minivmm-{}", ::getuid());
}

std::string_view ending(Door door) {
  return door == Door::kStatistics ? kStatistics : std::string_view();
}

pid_t parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return error == std::errc() && end == text.data() + text.size() ? pid : 0;
}

}  // namespace

std::string socket_folder() {
  const std::string folder = folder_name();
  ::mkdir(folder.c_str(), S_IRWXU);
  struct stat status {};
  const bool there = ::lstat(folder.c_str(), &status) == 0;
  const bool ours = there && S_ISDIR(status.st_mode) && status.st_uid == ::getuid() &&
                    (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!ours)
    throw HostError(fmt::format(
        "'{}' for the sockets of machines: {} (set XDG_RUNTIME_DIR to a folder of yours)", folder,
        there ? "it is not a folder that only you may write" : errno_text(errno)));
  return folder;
}

std::string plain_name(const std::string& guest_name) {
  std::string plain = guest_name.substr(0, kLongestName);
  for (char& c : plain) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!letter && !other) c = '_';
  }
  return plain.empty() ? "guest" : plain;
}

std::string socket_path(const std::string& guest_name, pid_t pid, Door door) {
  return fmt::format("{}/{}.{}{}", socket_folder(), plain_name(guest_name), pid, ending(door));
}

std::vector<RunningMachine> running_machines(Door door) {
  std::vector<RunningMachine> machines;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_name(), error)) {
    std::string file = entry.path().filename();
    if (!file.ends_with(ending(door)) || !entry.is_socket(error)) continue;
    file.resize(file.size() - ending(door).size());
    const std::size_t dot = file.rfind('.');
    if (dot == std::string::npos) continue;
    const pid_t pid = parse_pid(std::string_view(file).substr(dot + 1));
    if (pid <= 0) continue;
    if (connect_to(entry.path()))
      machines.push_back({file.substr(0, dot), pid, entry.path()});
    else if (errno == ECONNREFUSED)
      ::unlink(entry.path().c_str());
  }
  std::ranges::sort(machines, {}, [](const auto& m) { return std::tie(m.name, m.pid); });
  return machines;
}

std::vector<RunningMachine> machines_named(const std::string& word,
                                           std::vector<RunningMachine> machines) {
  const std::string plain = plain_name(word);
  const auto is_meant = [&](const RunningMachine& machine) {
    return word.empty() || machine.name == plain || std::to_string(machine.pid) == word ||
           fmt::format("{}.{}", machine.name, machine.pid) == word;
  };
  std::erase_if(machines, [&](const RunningMachine& machine) { return !is_meant(machine); });
  return machines;
}

RunningMachine the_machine(const std::string& word, std::vector<RunningMachine> machines,
                           std::string_view tool) {
  machines = machines_named(word, std::move(machines));
  if (machines.size() == 1) return std::move(machines.front());
  if (machines.empty())
    throw ConfigError(
        word.empty()
            ? fmt::format("minivmm {}: no such machine is running: minivmm starts one", tool)
            : fmt::format("no machine '{}' is running (minivmm {} --list names those that "
                          "do)",
                          word, tool));
  std::string names;
  for (const RunningMachine& machine : machines)
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", machine.pid, machine.name);
  throw ConfigError(
      fmt::format("several machines are running: name one of these, by its number: {}", names));
}

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw ConfigError(fmt::format("socket '{}': the path must have 1 to {} characters", path,
                                  sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = socket_address(path);
  constexpr int kBacklog = 4;
  ::unlink(path.c_str());  // Of a process that had our number, and has died.
  // Nobody can connect before listen(2), so that the mode is right in time.
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.get(), kBacklog) != 0)
    throw system_error(fmt::format("cannot make the machine's socket '{}'", path),
                       "is XDG_RUNTIME_DIR a folder of yours?");
  return socket;
}

UniqueFd connect_to(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const sockaddr_un address = socket_address(path);
  if (!socket) return {};
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

}  // namespace minivmm::view
