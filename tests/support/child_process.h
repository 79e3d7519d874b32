#pragma once
// A child process that runs a function, for what can't be tried in the test's own process.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>

namespace minivmm::test {

class ChildProcess {
 public:
  /// The function's answer becomes the exit status, without exit handlers.
  explicit ChildProcess(const std::function<int()>& function) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) ::_exit(function());
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (ended_) return;
    send(SIGKILL);
    wait();
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }

  /// Waits for its end; answers waitpid's status.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return status;
  }
  /// Waits until it is stopped (or has ended).
  [[nodiscard]] bool wait_until_stopped() const {
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
    return WIFSTOPPED(status);
  }

 private:
  pid_t pid_;
  bool ended_ = false;
};

/// One byte from a child to its parent, or back: "I am ready".
class Rendezvous {
 public:
  Rendezvous() {
    if (::pipe(ends_) != 0) throw std::runtime_error("pipe");
  }
  Rendezvous(const Rendezvous&) = delete;
  Rendezvous& operator=(const Rendezvous&) = delete;
  ~Rendezvous() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void arrive() const {
    if (::write(ends_[1], "!", 1) != 1) std::abort();
  }
  void wait() const {
    char byte = 0;
    if (::read(ends_[0], &byte, 1) != 1) std::abort();
  }

 private:
  int ends_[2]{};
};

}  // namespace minivmm::test
