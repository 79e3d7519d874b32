// minivmm-view: a window on a running machine, found by name or given by its socket.

#include <SDL.h>
#include <fcntl.h>
#include <fmt/core.h>

#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "backends/display/view_sockets.h"
#include "backends/display/viewer_process.h"
#include "host/log.h"
#include "minivmm/error.h"
#include "view/viewer.h"

namespace {

using namespace minivmm;

constexpr const char* kHelp =
    "minivmm view [NAME|PID|SOCKET]   opens a window on a running machine\n"
    "minivmm view --list              names those that run\n\n"
    "Without an argument: the only one that runs. A machine has one window: a new one takes over.\n"
    "Ctrl-Alt-M in the window opens its menu, which shows all keys.\n";

void list(const std::vector<view::RunningMachine>& machines) {
  for (const auto& machine : machines) fmt::print("{:>8}  {}\n", machine.pid, machine.name);
}

UniqueFd find_machine(const std::string& word) {
  if (word.find('/') != std::string::npos) {
    UniqueFd socket = view::connect_to(word);
    if (!socket)
      throw ConfigError(fmt::format(
          "no machine answers at '{}' (minivmm view --list names those that run)", word));
    return socket;
  }
  const auto machine = view::the_machine(word, view::running_machines(), "view");
  UniqueFd socket = view::connect_to(machine.path);
  if (!socket) throw HostError("the machine has just ended");
  return socket;
}

// Without SDL's own handlers a signal ends the window, and never asks.
void start_sdl() {
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
  SDL_SetHint(SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "1");
  // Memory that the X server shares, not a texture: it takes single rows.
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
  SDL_SetHint(SDL_HINT_APP_NAME, "minivmm");
  SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
  if (SDL_Init(SDL_INIT_VIDEO) != 0)
    throw HostError(fmt::format("cannot open the display: {}", SDL_GetError()));
  SDL_StopTextInput();  // Keys are positions here, not text.
}

int run(std::span<const char* const> args) {
  const std::string first = args.empty() ? "" : args[0];
  if (first == "--help" || first == "-h") {
    fmt::print("{}", kHelp);
    return 0;
  }
  if (first == "--list") {
    list(view::running_machines());
    return 0;
  }
  UniqueFd socket;
  if (first == "--fd" && args.size() == 2 && args[1] == std::to_string(view::kViewerFd)) {
    socket.reset(view::kViewerFd);
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  } else if (args.size() > 1 || first.starts_with("-")) {
    throw ConfigError(fmt::format("'{}' is not understood: minivmm view --help", args.back()));
  } else {
    socket = find_machine(first);
  }
  start_sdl();
  {
    view::Viewer viewer(std::move(socket));
    viewer.run();
  }
  SDL_Quit();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kUsage = 2;
  constexpr int kHost = 4;
  try {
    return run(
        std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0));
  } catch (const ConfigError& error) {
    log::error("{}", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    log::error("{}", error.what());
    return kHost;
  }
}
