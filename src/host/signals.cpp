#include "host/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>

#include <array>

#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr std::array kStopSignals{SIGTERM, SIGINT, SIGHUP};

bool is_ignored(int number) {
  struct sigaction action {};
  ::sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

void ignore(int number, struct sigaction& former) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  ::sigaction(number, &action, &former);
}

}  // namespace

StopSignals::StopSignals(const std::vector<int>& others) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kStopSignals) {
    // A blocked signal is queued even when it is ignored, so nohup's choice is kept by leaving it
    // out.
    if (!is_ignored(number)) sigaddset(&signals, number);
  }
  for (const int number : others) sigaddset(&signals, number);
  fd_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_)
    throw system_error("cannot receive signals", "raise the limit of open files: ulimit -n");
  ::pthread_sigmask(SIG_BLOCK, &signals, &former_mask_);
  ignore(SIGPIPE, former_pipe_);
  ignore(SIGXFSZ, former_file_size_);
}

StopSignals::~StopSignals() {
  // One that came while everything was ending anyway must not kill now.
  while (next()) {
  }
  ::sigaction(SIGXFSZ, &former_file_size_, nullptr);
  ::sigaction(SIGPIPE, &former_pipe_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

std::optional<int> StopSignals::next() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace minivmm
