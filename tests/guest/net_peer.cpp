// The host's side of a guest's UDP:
//
//   net_peer echo STATUS COMMAND...   answers every datagram to a port of 127.0.0.1
//   net_peer ask STATUS COMMAND...    asks at a free port of 127.0.0.1 until it is answered, then
//                                     says "end"
//
// "@PORT@" in COMMAND's words becomes the port's number. COMMAND has to end with STATUS. Ends with
// 77, ctest's "skipped", where there is no /dev/kvm to use.

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kSkipped = 77;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in any = loopback(0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) std::abort();
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) std::abort();
  return ntohs(address.sin_port);
}

pid_t start(const std::vector<std::string>& words) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  std::perror(arguments.front());
  ::_exit(127);
}

/// Whether a datagram comes within that time, in milliseconds.
bool readable(int fd, int milliseconds) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, milliseconds) > 0;
}

bool ended(pid_t pid, int& status) {
  return ::waitpid(pid, &status, WNOHANG) == pid;
}

int echo(int fd, pid_t pid) {
  int status = 0;
  unsigned answered = 0;
  while (!ended(pid, status)) {
    if (!readable(fd, 50)) continue;
    std::array<char, 65536> bytes{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        ::recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) continue;
    ++answered;
    if (::sendto(fd, bytes.data(), static_cast<std::size_t>(got), 0,
                 reinterpret_cast<sockaddr*>(&from), size) < 0)
      std::perror("sendto");
  }
  std::printf("net_peer: answered %u\n", answered);
  return status;
}

int ask(std::uint16_t port, pid_t pid) {
  constexpr std::string_view kQuestion = "is anybody there?";
  constexpr std::string_view kEnd = "end";
  const int fd = bound_socket();
  const sockaddr_in to = loopback(port);
  int status = 0;
  bool answered = false;
  while (!ended(pid, status)) {
    const std::string_view text = answered ? kEnd : kQuestion;
    // Nobody listens until the program has started, which is no error.
    (void)::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                   sizeof to);
    std::array<char, 100> bytes{};
    while (readable(fd, 200)) {
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (got < 0) break;
      if (std::string_view(bytes.data(), static_cast<std::size_t>(got)) == kQuestion)
        answered = true;
    }
  }
  std::printf("net_peer: %s\n", answered ? "was answered" : "was not answered");
  return status;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  const int kvm = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) {
    std::puts("SKIPPED: /dev/kvm can't be opened here");
    return kSkipped;
  }
  ::close(kvm);
  const bool echoes = std::string_view(words[1]) == "echo";
  const int fd = bound_socket();
  const std::uint16_t port = port_of(fd);
  if (!echoes) ::close(fd);  // The program takes it.
  std::vector<std::string> command(words + 3, words + count);
  for (std::string& word : command) {
    const auto at = word.find("@PORT@");
    if (at != std::string::npos) word.replace(at, 6, std::to_string(port));
  }
  const pid_t pid = start(command);
  const int status = echoes ? echo(fd, pid) : ask(port, pid);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  std::printf("net_peer: status %d\n", code);
  return code == std::atoi(words[2]) ? 0 : 1;
}
