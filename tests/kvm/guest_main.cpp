// Runs the guests' tests; where there is no usable /dev/kvm, says so and is skipped.

#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "kvm/kvm.h"
#include "minivmm/error.h"

namespace {

// ctest's SKIP_RETURN_CODE.
constexpr int kSkipped = 77;
// Far longer than any guest here takes, even on an emulated host.
constexpr unsigned kWatchdogSeconds = 60;

void give_up(int /*signal*/) {
  constexpr std::string_view kText = "watchdog: the guest neither exited nor could be stopped\n";
  (void)!::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(EXIT_FAILURE);
}

struct Watchdog : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo& /*info*/) override { ::alarm(kWatchdogSeconds); }
};
CATCH_REGISTER_LISTENER(Watchdog)

}  // namespace

int main(int argc, char** argv) {
  Catch::Session session;
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) return wrong;
  const auto& config = session.configData();
  if (config.listTests || config.listTags || config.listTestNamesOnly) return session.run();
  try {
    const minivmm::kvm::Kvm kvm;
  } catch (const minivmm::HostError& error) {
    std::cout << "SKIPPED: no guest can run here: " << error.what() << '\n';
    return kSkipped;
  }
  std::signal(SIGALRM, give_up);
  return session.run();
}
