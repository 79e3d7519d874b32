// Runs commands side by side, in turns, and prints the median of what each took.
//
//   compare ROUNDS MARK COMMAND... [-- COMMAND...]...
//
// A word "--" stands between commands. Every round runs each command once, after one round that
// warms up. Prints a line per command:
//
//   WALL FIRST MARK RATE STATUS
//
// WALL: microseconds from exec to the end. FIRST: to the time that the command told in "at N ns of
// CLOCK_MONOTONIC". MARK: to when the text MARK was seen in its output. RATE: microseconds for one
// of what a line "count=N" or "requests=N" with "microseconds=M" told. "-" for what was not told.
// STATUS: the last exit status. The commands read nothing.

#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMaxCommands = 8, kMaxRounds = 1000, kMaxOutput = 1 << 20 };
enum { kWall, kFirst, kMark, kRate, kMeasures };

struct command {
  char** words;
  int rounds;
  double results[kMeasures][kMaxRounds];  // Microseconds; below 0 if not told.
  int status;
};

static struct command commands[kMaxCommands];
static char output[kMaxOutput];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static pid_t spawn(char** words, int to) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, to, STDERR_FILENO);
  extern char** environ;
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    fprintf(stderr, "compare: %s: %s\n", words[0], strerror(error));
    exit(1);
  }
  return pid;
}

// Reads all output; answers when MARK was first seen, or a time before the start.
static double read_output(int from, const char* mark) {
  size_t size = 0;
  double seen = -1;
  ssize_t got;
  while (size < sizeof output - 1 &&
         (got = read(from, output + size, sizeof output - 1 - size)) > 0) {
    size += (size_t)got;
    output[size] = 0;
    if (seen < 0 && *mark != 0 && strstr(output, mark) != NULL) seen = now();
  }
  output[size] = 0;
  return seen;
}

// The number behind NAME in the output; below 0 if NAME is not there.
static double number_after(const char* name) {
  const char* at = strstr(output, name);
  return at != NULL ? atof(at + strlen(name)) : -1;
}

static double told_time(void) {
  const char* end = strstr(output, " ns of CLOCK_MONOTONIC");
  if (end == NULL) return -1;
  while (end > output && end[-1] >= '0' && end[-1] <= '9') --end;
  return strtod(end, NULL) / 1e3;
}

static double told_rate(void) {
  double count = number_after(" requests=");
  if (count < 0) count = number_after(" count=");
  const double microseconds = number_after(" microseconds=");
  return count > 0 && microseconds >= 0 ? microseconds / count : -1;
}

static void run_once(struct command* command, const char* mark, bool warm_up) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) exit(1);
  const double start = now();
  const pid_t pid = spawn(command->words, ends[1]);
  close(ends[1]);
  const double seen = read_output(ends[0], mark);
  waitpid(pid, &command->status, 0);
  const double end = now();
  close(ends[0]);
  if (warm_up) return;
  const double first = told_time();
  double results[kMeasures] = {[kWall] = end - start,
                               [kFirst] = first < 0 ? -1 : first - start,
                               [kMark] = seen < 0 ? -1 : seen - start,
                               [kRate] = told_rate()};
  for (int measure = 0; measure < kMeasures; ++measure)
    command->results[measure][command->rounds] = results[measure];
  ++command->rounds;
}

static int compare_doubles(const void* left, const void* right) {
  const double difference = *(const double*)left - *(const double*)right;
  return (difference > 0) - (difference < 0);
}

static void print_results(struct command* command) {
  for (int measure = 0; measure < kMeasures; ++measure) {
    qsort(command->results[measure], (size_t)command->rounds, sizeof(double), compare_doubles);
    const double median = command->results[measure][command->rounds / 2];
    if (median < 0) {
      printf("- ");
    } else {
      printf("%.*f ", measure == kRate ? 3 : 0, median);
    }
  }
  const int status = command->status;
  printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char** argv) {
  const int rounds = argc > 3 ? atoi(argv[1]) : 0;
  if (rounds < 1 || rounds > kMaxRounds) {
    fprintf(stderr, "usage: compare ROUNDS MARK COMMAND... [-- COMMAND...]...\n");
    return 2;
  }
  int count = 0;
  commands[count++].words = &argv[3];
  for (int i = 3; i < argc; ++i) {
    if (strcmp(argv[i], "--") != 0) continue;
    argv[i] = NULL;
    if (count == kMaxCommands) return 2;
    commands[count++].words = &argv[i + 1];
  }
  for (int round = -1; round < rounds; ++round) {
    for (int i = 0; i < count; ++i) run_once(&commands[i], argv[2], round < 0);
  }
  for (int i = 0; i < count; ++i) print_results(&commands[i]);
  return 0;
}
