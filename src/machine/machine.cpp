#include "minivmm/machine.h"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "host/log.h"
#include "host/signals.h"
#include "kvm/kvm.h"
#include "machine/board.h"
#include "machine/boot_files.h"
#include "machine/boot_sector.h"
#include "machine/host_side.h"
#include "machine/live_side.h"
#include "machine/onlookers.h"
#include "machine/stop_control.h"
#include "machine/timeline.h"
#include "machine/validate.h"
#include "memory/ram.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

using Steady = std::chrono::steady_clock;

// -1 without a deadline, as poll(2) has it; rounded up, so that it never wakes just before.
int poll_timeout(const std::optional<Steady::time_point>& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

MachineConfig validated(MachineConfig config) {
  validate(config);
  return config;
}

std::vector<int> other_signals(const MachineConfig& config) {
  return config.screen.screenshot.empty() ? std::vector<int>{} : std::vector{SIGUSR1};
}

void check_cpus(const MachineConfig& config, const kvm::Kvm& kvm) {
  if (config.cpus > kvm.max_vcpus())
    throw ConfigError(
        fmt::format("{} processors are more than this host's KVM allows: give --cpus {} or fewer",
                    config.cpus, kvm.max_vcpus()));
}

void warn_of_overcommit(const MachineConfig& config, const kvm::Kvm& kvm) {
  if (const auto warning = overcommit_warning(config.memory, read_host_memory()))
    log::warning("{}", *warning);
  if (config.cpus > kvm.recommended_vcpus())
    log::info("{} processors on a host with {}: they share them", config.cpus,
              kvm.recommended_vcpus());
}

}  // namespace

/// Members in the order in which they are needed; the guest's side, the board, comes last.
class Machine::Impl {
 public:
  explicit Impl(MachineConfig config)
      : config_(validated(std::move(config))),
        timeline_(config_.timing ? Timeline::Recording::kOn : Timeline::Recording::kOff),
        files_(config_),
        host_(
            config_,
            {.on_quit = [this] { stop_.request({.kind = StopKind::kUserQuit}); },
             .on_hangup = [this] { hang_up_.signal(); },
             .on_debug = config_.debug.on_key,
             .on_expected = [this] { stop_.request({.kind = StopKind::kExpectMatched}); },
             .ask_sample = [this](ScreenSide::Deliver deliver) { live_.ask(std::move(deliver)); }},
            control_) {
    timeline_.mark("files opened");
    check_cpus(config_, kvm_);
    warn_of_overcommit(config_, kvm_);
    warn_of_missing_boot_sector();
    if (config_.debug.from_start) debug_.gate().attach_debugger();
    build_board();
  }

  ~Impl() {
    debug_.gate().end({});
    drop_board();
    live_.close();
  }

  StopReason run();
  [[nodiscard]] DebugTarget& debug_target() { return debug_; }
  [[nodiscard]] HostSide& host() { return host_; }

 private:
  void warn_of_missing_boot_sector() const;
  void build_board();
  void drop_board();
  [[nodiscard]] bool may_start_over() const;
  void tell_of_crash();
  void wait_for_stop(const std::optional<Steady::time_point>& deadline);
  [[nodiscard]] StopReason run_to_end();
  void take_signals();
  void take_wishes();
  void ask_to_end(int signal);
  void judge_expectation(StopReason& reason);
  [[nodiscard]] StopReason end_of_run();

  const MachineConfig config_;
  Timeline timeline_;
  StopSignals signals_{other_signals(config_)};  // Before any thread, so that all inherit its mask.
  kvm::Kvm kvm_;
  StopControl stop_;
  RunControl control_{stop_, config_.cdrom ? CdDrive::kYes : CdDrive::kNo};
  // Exits come from the board that there is then.
  Onlookers onlookers_{config_, [this](unsigned cpu) { return board_->instruction_pointer(cpu); }};
  DebugMachine debug_{stop_, control_};
  LiveSide live_{config_,
                 {.control = control_,
                  .gate = debug_.gate(),
                  .attach = [this](ExitObserver& rates) { onlookers_.exits().add(rates); },
                  .detach = [this](ExitObserver& rates) { onlookers_.exits().remove(rates); }}};
  EventFd hang_up_;
  BootFiles files_;
  HostSide host_;
  bool asked_to_power_off_ = false;
  bool hung_up_ = false;  // A SIGHUP was the first request.
  std::unique_ptr<Board> board_;
};

void Machine::Impl::warn_of_missing_boot_sector() const {
  if (!boots_firmware(config_) || starts_from_disc(config_)) return;
  const std::string warning = boot_sector_warning(config_.boot_order, host_.images());
  if (!warning.empty()) log::warning("{}", warning);
}

void Machine::Impl::build_board() {
  board_ = std::make_unique<Board>(config_, Board::Host{.kvm = kvm_,
                                                        .side = host_,
                                                        .files = files_,
                                                        .stop = stop_,
                                                        .control = control_,
                                                        .debug = debug_,
                                                        .timeline = timeline_,
                                                        .onlookers = onlookers_,
                                                        .live = live_});
  if (vga::VgaPci* screen = board_->screen())
    host_.screen()->attach({.scanout = *screen, .lock = screen->lock(), .input = board_->input()});
}

void Machine::Impl::drop_board() {
  if (board_ && board_->screen() != nullptr) host_.screen()->detach();
  board_.reset();
}

StopReason Machine::Impl::run() {
  StopReason reason = run_to_end();
  debug_.gate().end(reason.account);
  return reason;
}

StopReason Machine::Impl::run_to_end() {
  std::optional<Steady::time_point> deadline;
  if (config_.timeout) deadline = Steady::now() + *config_.timeout;
  host_.start();
  try {
    for (;;) {
      board_->start();
      live_.open();
      wait_for_stop(deadline);
      const bool reboots = may_start_over();
      // A vCPU may be waiting for a slow reader of its serial line.
      if (!reboots) host_.stop_waiting();
      board_->stop();
      tell_of_crash();
      if (!reboots) break;
      log::info("the guest reset itself");
      // A new board is what a reset gives: every chip, every vCPU and all of memory at power-on.
      drop_board();
      stop_.rearm();
      asked_to_power_off_ = false;
      build_board();
    }
  } catch (const std::exception& error) {
    return {.kind = StopKind::kHostFailure, .account = fmt::format("{}\n", error.what())};
  }
  return end_of_run();
}

bool Machine::Impl::may_start_over() const {
  const StopKind kind = stop_.reason().kind;
  const bool resets = kind == StopKind::kReset ||
                      (kind == StopKind::kCrash && config_.crash.action == OnCrash::kReset);
  return resets && config_.reboot;
}

// With the vCPUs stopped, before their memory goes.
void Machine::Impl::tell_of_crash() {
  const StopReason reason = stop_.reason();
  if (reason.kind != StopKind::kCrash) return;
  try {
    if (!config_.crash.dump.empty()) board_->write_crash_dump(config_.crash.dump);
  } catch (const std::exception& error) {
    // What the crash was is told all the same.
    log::error("no crash dump: {}", error.what());
  }
  if (may_start_over()) log::warning("the guest crashed, and starts over\n{}", reason.account);
}

void Machine::Impl::wait_for_stop(const std::optional<Steady::time_point>& deadline) {
  while (!stop_.requested()) {
    std::array<pollfd, 5> fds{{{.fd = stop_.fd(), .events = POLLIN, .revents = 0},
                               {.fd = control_.fd(), .events = POLLIN, .revents = 0},
                               {.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                               {.fd = debug_.gate().fd(), .events = POLLIN, .revents = 0},
                               {.fd = hang_up_.fd(), .events = POLLIN, .revents = 0}}};
    ::poll(fds.data(), fds.size(), poll_timeout(deadline));
    take_signals();
    take_wishes();
    debug_.gate().carry_out_interrupt();
    if (hang_up_.consume()) ask_to_end(SIGHUP);
    if (deadline && Steady::now() >= *deadline) stop_.request({.kind = StopKind::kTimeout});
  }
}

void Machine::Impl::take_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGINT && debug_.gate().attached())
      debug_.interrupt();
    else if (*signal != SIGUSR1)
      ask_to_end(*signal);
    else
      host_.screen()->take_screenshot();
  }
}

void Machine::Impl::take_wishes() {
  board_->carry_out(control_.take_wishes());
}

// First the power button, which a guest that stands before a debugger can't hear; who asks twice
// means it. A closed terminal says so twice: the second SIGHUP is still the first request.
void Machine::Impl::ask_to_end(int signal) {
  if (!asked_to_power_off_ && !debug_.gate().stands()) {
    asked_to_power_off_ = true;
    hung_up_ = signal == SIGHUP;
    log::warning("signal {}: the guest is asked to power off; a second one stops it at once",
                 signal);
    board_->press_power_button();
    return;
  }
  if (signal == SIGHUP && std::exchange(hung_up_, false)) return;
  stop_.request({.kind = StopKind::kSignal, .detail = static_cast<std::uint32_t>(signal)});
}

// The text may have been the guest's last words: without the end of a line after it, or on a screen
// that nobody had looked at when the guest crashed.
void Machine::Impl::judge_expectation(StopReason& reason) {
  if (!config_.expect && !config_.screen.expect) return;
  const bool met = host_.expectation_met();
  const bool ended_by_itself =
      reason.kind == StopKind::kPowerOff || reason.kind == StopKind::kReset;
  if (ended_by_itself) reason.kind = StopKind::kExpectMissed;
  if (met && (ended_by_itself || reason.kind == StopKind::kCrash))
    reason.kind = StopKind::kExpectMatched;
}

StopReason Machine::Impl::end_of_run() {
  StopReason reason = stop_.reason();
  if (timeline_.on()) fmt::print(stderr, "{}{}", timeline_.report(), board_->exit_report());
  onlookers_.finish();
  judge_expectation(reason);
  if (host_.screen() != nullptr) host_.screen()->take_last_screenshot();
  drop_board();
  return reason;
}

Machine::Machine(MachineConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Machine::~Machine() = default;
StopReason Machine::run() {
  return impl_->run();
}
DebugTarget& Machine::debug_target() {
  return impl_->debug_target();
}

void Machine::lend_terminal(bool lent) {
  impl_->host().lend_terminal(lent);
}

void Machine::end_line() {
  impl_->host().end_line();
}

}  // namespace minivmm
