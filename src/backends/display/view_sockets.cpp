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

std::string folder_name() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') return std::string(runtime) + "/minivmm";
  return fmt::format("/tmp/minivmm-{}", ::getuid());
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
        "'{}' for the viewers' sockets: {} (set XDG_RUNTIME_DIR to a folder of yours)", folder,
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

std::string socket_path(const std::string& guest_name, pid_t pid) {
  return fmt::format("{}/{}.{}", socket_folder(), plain_name(guest_name), pid);
}

std::vector<RunningMachine> running_machines() {
  std::vector<RunningMachine> machines;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_name(), error)) {
    const std::string file = entry.path().filename();
    const std::size_t dot = file.rfind('.');
    if (dot == std::string::npos || !entry.is_socket(error)) continue;
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

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw ConfigError(fmt::format("socket '{}': the path must have 1 to {} characters", path,
                                  sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
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
