// Runs a command to its end, and all processes that it started, and prints what CPU time they took
// together: "cpu SECONDS".
//
//   cputime COMMAND [ARG...]
//
// A window's program outlives the VMM that started it by a moment: it counts too, as what is left
// by a command comes to a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char** argv) {
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 2;
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0, result = 2;
  for (pid_t ended; (ended = wait(&status)) > 0;)
    if (ended == child) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  fprintf(stderr, "cpu %.6f\n", seconds(used.ru_utime) + seconds(used.ru_stime));
  return result;
}
