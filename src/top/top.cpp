#include "top/top.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "backends/display/view_sockets.h"
#include "backends/stats/sample_protocol.h"
#include "host/signals.h"
#include "host/system_error.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"
#include "top/full_screen.h"
#include "top/layout.h"
#include "top/report.h"

namespace minivmm::top {
namespace {

constexpr const char* kHelp =
    "minivmm top [NAME|PID]   shows what a running machine does, once a second\n"
    "\n"
    "  --once                 Shows the next second, and ends\n"
    "  --json                 A JSON object a line, for programs\n"
    "  --list                 Names the machines that run\n"
    "  --help                 Prints this\n"
    "\n"
    "Without NAME or PID: the only machine that runs. Where the output is no terminal, it is "
    "lines\n"
    "of text. q quits. A machine counts its exits only while somebody looks.\n";

constexpr unsigned kTextColumns = 100;

struct Wanted {
  std::string machine{};
  bool once = false;
  bool json = false;
};

Wanted parse(std::span<const char* const> args) {
  Wanted wanted;
  for (const std::string_view word : args) {
    if (word == "--once") {
      wanted.once = true;
    } else if (word == "--json") {
      wanted.json = true;
    } else if (word.starts_with("-")) {
      throw ConfigError(
          fmt::format("option '{}' is unknown (minivmm top --help tells them all)", word));
    } else if (!wanted.machine.empty()) {
      throw ConfigError(fmt::format("'{}' is one machine too many: minivmm top shows one", word));
    } else {
      wanted.machine = word;
    }
  }
  return wanted;
}

// The machine's end of the socket may be gone at any time: then there are no more samples.
class Link {
 public:
  explicit Link(UniqueFd socket) : socket_(std::move(socket)) { ask(); }

  [[nodiscard]] int fd() const { return socket_.get(); }
  /// When fd() is readable; asks for the next. nullopt: the machine has ended.
  [[nodiscard]] std::optional<LiveSample> next() {
    std::array<std::byte, sizeof(stats::Answer)> buffer;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (got <= 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(got);
    auto sample =
        size == buffer.size() ? stats::parse_answer(std::span(buffer).first(size)) : std::nullopt;
    if (!sample) throw HostError("the machine is of another version of minivmm than this one");
    ask();
    return sample;
  }

 private:
  void ask() {
    const stats::Ask ask;
    (void)::send(socket_.get(), &ask, sizeof ask, MSG_NOSIGNAL);  // next() hears of its end.
  }
  UniqueFd socket_;
};

class Top {
 public:
  Top(const view::RunningMachine& machine, const Wanted& wanted)
      : wanted_(wanted),
        machine_(machine),
        name_(fmt::format("{} ({})", machine.name, machine.pid)),
        link_(view::connect_to(machine.path)) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    if (!terminal || wanted.json || wanted.once) return;
    screen_.emplace();
    screen_->show({{name_ + ": counting for a second ...", Row::Look::kPlain}});
  }

  int run() {
    while (!done_) {
      std::array<pollfd, 3> fds{
          {{.fd = link_.fd(), .events = POLLIN, .revents = 0},
           {.fd = signals_.fd(), .events = POLLIN, .revents = 0},
           {.fd = screen_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
        throw system_error("cannot wait for the machine");
      if (fds[1].revents != 0) take_signals();
      if (fds[2].revents != 0) take_keys();
      if (fds[0].revents != 0 && !done_) take_sample();
    }
    screen_.reset();
    if (ended_) fmt::print(stderr, "minivmm top: {} has ended\n", name_);
    return ended_ && wanted_.once ? kHostStatus : 0;
  }

 private:
  static constexpr int kHostStatus = 4;

  void take_signals() {
    while (const auto signal = signals_.next()) {
      if (*signal == SIGWINCH)
        show();
      else
        done_ = true;
    }
  }

  // In raw mode Ctrl-C is a character.
  void take_keys() {
    constexpr char kCtrlC = 3;
    std::array<char, 64> keys{};
    const ssize_t got = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (got <= 0) done_ = true;
    for (const char key :
         std::string_view(keys.data(), got > 0 ? static_cast<std::size_t>(got) : 0))
      done_ = done_ || key == 'q' || key == 'Q' || key == kCtrlC;
  }

  void take_sample() {
    sample_ = link_.next();
    if (!sample_) {
      ended_ = true;
      done_ = true;
      return;
    }
    show();
    done_ = done_ || wanted_.once;
  }

  void show() {
    if (!sample_) return;
    if (screen_) return screen_->show(lay_out(name_ + ", q quits", *sample_, screen_->size()));
    std::string text;
    if (wanted_.json) {
      text = json_line({machine_.name, machine_.pid}, *sample_) + "\n";
    } else {
      for (const Row& row : lay_out(name_, *sample_, size_of_all(*sample_, kTextColumns)))
        text += row.text + "\n";
    }
    // A pipe whose reader went away ends this, as it ends every such tool.
    done_ =
        std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0;
  }

  const Wanted wanted_;
  const view::RunningMachine machine_;
  const std::string name_;
  StopSignals signals_{{SIGWINCH}};
  Link link_;
  std::optional<FullScreen> screen_;
  std::optional<LiveSample> sample_;
  bool done_ = false;
  bool ended_ = false;
};

}  // namespace

int run(std::span<const char* const> args) {
  for (const std::string_view word : args) {
    if (word == "--help" || word == "-h") {
      fmt::print("{}", kHelp);
      return 0;
    }
    if (word == "--list") {
      for (const auto& machine : view::running_machines(view::Door::kStatistics))
        fmt::print("{:>8}  {}\n", machine.pid, machine.name);
      return 0;
    }
  }
  const Wanted wanted = parse(args);
  auto machines = view::running_machines(view::Door::kStatistics);
  return Top(view::the_machine(wanted.machine, std::move(machines), "top"), wanted).run();
}

}  // namespace minivmm::top
