#include "machine/screen_side.h"

#include <fmt/core.h>
#include <pthread.h>
#include <sys/wait.h>

#include <filesystem>
#include <future>
#include <utility>

#include "backends/display/view_sockets.h"
#include "host/helper_program.h"
#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

constexpr const char* kViewer = "minivmm-view";

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename();
}

}  // namespace

std::string guest_name(const MachineConfig& config) {
  if (!config.disks.empty()) return file_name(config.disks.front().path);
  if (!config.kernel.empty()) return file_name(config.kernel);
  if (config.cdrom && !config.cdrom->path.empty()) return file_name(config.cdrom->path);
  return config.firmware.empty() ? "demo" : file_name(config.firmware);
}

ScreenSide::ScreenSide(const MachineConfig& config, MachineControl& control, Events events)
    : events_(std::move(events)),
      name_(guest_name(config)),
      screen_({.guest_name = name_,
               .screenshot = config.screen.screenshot,
               .expect = config.screen.expect,
               .disc = config.cdrom ? config.cdrom->path : ""},
              {.loop = loop_,
               .control = control,
               .now = [] { return std::chrono::steady_clock::now(); },
               .on_expected = events_.on_expected,
               .ask_sample = [this] { ask_sample(); }}) {
  choose_window(config.screen.display);
  listen();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "screen");
    loop_.run();
  });
}

ScreenSide::~ScreenSide() {
  loop_.stop();
  thread_.join();
}

void ScreenSide::choose_window(DisplayKind display) {
  if (display == DisplayKind::kNone) return;
  std::string missing;
  if (!view::host_has_display()) {
    missing = "neither DISPLAY nor WAYLAND_DISPLAY is set";
  } else if (const auto program = find_helper_program(kViewer)) {
    viewer_program_ = *program;
  } else {
    missing = fmt::format("the program {} is not installed", kViewer);
  }
  if (missing.empty()) return;
  if (display == DisplayKind::kWindow)
    throw ConfigError(fmt::format(
        "--display window: {} (start it from a desktop, or give --display none)", missing));
  log::warning("no window: {}; the guest runs on its serial console (--display none says nothing)",
               missing);
}

// Without the socket there is still the window; nobody can open another.
void ScreenSide::listen() {
  try {
    screen_.server().listen(view::socket_path(name_, ::getpid()));
  } catch (const std::exception& error) {
    log::info("minivmm view won't find this machine: {}", error.what());
  }
}

void ScreenSide::open_window() {
  if (viewer_program_.empty()) return;
  on_loop([this] {
    try {
      window_.emplace(loop_, viewer_program_, [this](int status) { window_ended(status); });
      screen_.server().adopt(window_->take_socket());
    } catch (const HostError& error) {
      log::warning("no window: {}; the guest runs on", error.what());
    }
  });
}

void ScreenSide::window_ended(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const std::string how = WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                              : fmt::format("status {}", WEXITSTATUS(status));
  log::warning("the window ended with {}; the guest runs on: minivmm view {} opens another", how,
               ::getpid());
}

void ScreenSide::ask_sample() {
  if (!events_.ask_sample) return;
  events_.ask_sample(
      [this](const LiveSample& sample) { loop_.post([this, sample] { screen_.tell(sample); }); });
}

void ScreenSide::attach(const Screen::Devices& devices) {
  on_loop([&] { screen_.attach(devices); });
}

void ScreenSide::detach() {
  on_loop([this] { screen_.detach(); });
}

void ScreenSide::take_screenshot() {
  on_loop([this] { screen_.take_screenshot(); });
}

void ScreenSide::take_last_screenshot() {
  on_loop([this] {
    if (!screen_.saved_at_match()) screen_.take_screenshot();
  });
}

bool ScreenSide::expectation_met() {
  bool met = false;
  on_loop([&] { met = screen_.expectation_met(); });
  return met;
}

void ScreenSide::on_loop(const std::function<void()>& function) {
  std::promise<void> done;
  loop_.post([&] {
    function();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace minivmm
