#include "host/thread_times.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace minivmm {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The process's clock of a thread (clock_gettime(2)): the same sum as in schedstat, which not
// every kernel has. Kernel's own numbering: the complement of the thread's number, and "per
// thread" and "scheduled time" in the three lowest bits (include/linux/posix-timers.h).
clockid_t clock_of(int thread) {
  constexpr clockid_t kScheduledTimeOfThread = 2 | 4;
  return static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3) | kScheduledTimeOfThread;
}

std::chrono::nanoseconds busy_time(int thread) {
  timespec time{};
  if (::clock_gettime(clock_of(thread), &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// "17 (a name) S 1 ...": the name may hold anything, so the state comes after the last parenthesis.
void take_stat(const std::string& line, ThreadTime& thread) {
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == line.npos || close == line.npos || close < open || close + 2 >= line.size()) return;
  thread.name = line.substr(open + 1, close - open - 1);
  thread.sleeps = line[close + 2] != 'R';
}

}  // namespace

std::vector<ThreadTime> read_thread_times() {
  std::vector<ThreadTime> threads;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", error)) {
    const std::string number = entry.path().filename();
    ThreadTime thread;
    if (std::from_chars(number.data(), number.data() + number.size(), thread.id).ec != std::errc())
      continue;
    take_stat(read_text(entry.path() / "stat"), thread);
    thread.busy = busy_time(thread.id);
    threads.push_back(std::move(thread));
  }
  std::ranges::sort(threads, {}, &ThreadTime::id);
  return threads;
}

std::uint64_t read_resident_bytes() {
  std::ifstream file("/proc/self/statm");  // In pages: size, resident, ...
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return file ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace minivmm
