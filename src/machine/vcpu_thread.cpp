#include "machine/vcpu_thread.h"

#include <fmt/core.h>
#include <pthread.h>

#include <chrono>
#include <exception>

#include "kvm/account.h"

namespace minivmm {

VcpuThread::VcpuThread(const Wiring& wiring)
    : wiring_(wiring), dispatch_(wiring.ports, wiring.mmio) {}

void VcpuThread::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), fmt::format("vcpu-{}", wiring_.vcpu.index()).c_str());
    try {
      run();
    } catch (const std::exception& error) {
      wiring_.stop.request(
          {.kind = StopKind::kHostFailure, .account = fmt::format("{}\n", error.what())});
    }
  });
}

void VcpuThread::stop() {
  if (!thread_.joinable()) return;
  wiring_.vcpu.kick();
  thread_.join();
}

void VcpuThread::run() {
  kvm::Vcpu& vcpu = wiring_.vcpu;
  vcpu.bind_to_this_thread();
  while (!wiring_.stop.requested()) {
    if (wiring_.control.paused()) {
      wait_while_paused();
      continue;
    }
    const kvm::VcpuExit exit = vcpu.run();
    if (dispatch_.history().count() == 0)
      wiring_.timeline.mark(fmt::format("first exit of vCPU {}", vcpu.index()));
    const bool resolved = wiring_.windows.resolve(exit, vcpu);
    switch (handle(exit)) {
      case ExitDispatch::Outcome::kContinue:
        break;
      case ExitDispatch::Outcome::kInterrupted:
        vcpu.clear_kick();
        break;
      case ExitDispatch::Outcome::kFatal:
        if (!resolved) return crash(exit);
        break;
    }
  }
}

ExitDispatch::Outcome VcpuThread::handle(const kvm::VcpuExit& exit) {
  if (wiring_.observer == nullptr) return dispatch_.handle(exit);
  const auto exited = std::chrono::steady_clock::now();
  const ExitDispatch::Outcome outcome = dispatch_.handle(exit);
  wiring_.observer->on_exit(wiring_.vcpu.index(), dispatch_.history().newest(), exited);
  return outcome;
}

void VcpuThread::wait_while_paused() {
  wiring_.control.wait_while_paused();
  wiring_.vcpu.excuse_pause();
}

void VcpuThread::crash(const kvm::VcpuExit& exit) {
  if (std::holds_alternative<kvm::MemoryFault>(exit)) throw wiring_.vcpu.memory_fault_error();
  std::string account = kvm::crash_account(exit, wiring_.vcpu, wiring_.memory);
  account +=
      fmt::format("The last exits to user space of vCPU {}, oldest first:\n", wiring_.vcpu.index());
  account += dispatch_.history().account();
  wiring_.stop.request({.kind = StopKind::kCrash, .account = std::move(account)});
}

}  // namespace minivmm
