#include "top/layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace minivmm::top {
namespace {

constexpr std::size_t kDeviceColumns = 36;
constexpr std::size_t kGap = 2;
// The title, the threads, the note.
constexpr std::size_t kFrameRows = 3;
constexpr std::string_view kNote =
    "Exits are those to user space: KVM's own chips and doorbells make none.";

using Lines = std::vector<std::string>;

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{}M", bytes >> 20);
}

std::string percent(std::uint32_t busy) {
  return fmt::format("{}%", (busy + LiveSample::kWholeCpu / 200) * 100 / LiveSample::kWholeCpu);
}

std::string_view state_name(LiveSample::CpuState state) {
  switch (state) {
    case LiveSample::CpuState::kRunning:
      return "running";
    case LiveSample::CpuState::kPaused:
      return "paused";
    case LiveSample::CpuState::kIdle:
      break;
  }
  return "idle";
}

std::string_view access_name(LiveSample::Access access) {
  switch (access) {
    case LiveSample::Access::kRead:
      return "read";
    case LiveSample::Access::kWrite:
      return "write";
    case LiveSample::Access::kNone:
      break;
  }
  return "";
}

std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t columns) {
  const std::uint64_t length = whole == 0 ? 0 : (part * columns + whole / 2) / whole;
  return std::string(std::min<std::uint64_t>(length, columns), '#');
}

// Where not all fit, the last of the lines says how many there are besides.
Lines first_of(Lines lines, std::size_t room, std::size_t left_out = 0) {
  if (lines.size() <= room && left_out == 0) return lines;
  if (room == 0) return {};
  const std::size_t all = lines.size() + left_out;
  lines.resize(std::min(lines.size(), room - 1));
  lines.push_back(fmt::format("({} more)", all - lines.size()));
  return lines;
}

Lines cpu_lines(const LiveSample& sample) {
  constexpr std::size_t kBar = 20;
  Lines lines;
  for (std::size_t i = 0; i < sample.cpu_count; ++i) {
    const LiveSample::Cpu& cpu = sample.cpus[i];
    lines.push_back(fmt::format("{:>4}  {:<8}{:>5}{:>11}  {}", i, state_name(cpu.state),
                                percent(cpu.busy), cpu.exits,
                                bar(cpu.busy, LiveSample::kWholeCpu, kBar)));
  }
  return lines;
}

Lines device_lines(const LiveSample& sample) {
  constexpr std::size_t kBar = 10;
  Lines lines;
  for (const auto& device : std::span(sample.devices).first(sample.device_count))
    lines.push_back(fmt::format("{:<14.14}{:>10}  {}", text_of(device.name), device.exits,
                                bar(device.exits, sample.exits, kBar)));
  return lines;
}

Lines register_lines(const LiveSample& sample) {
  Lines lines;
  for (const auto& one : std::span(sample.registers).first(sample.register_count))
    lines.push_back(
        fmt::format("{:<28.28} {:<5}{:>9}", text_of(one.name), access_name(one.access), one.exits));
  return lines;
}

// As the lines above have them.
constexpr std::string_view kCpuHeading = "vcpu  state    busy    exits/s";
constexpr std::string_view kDeviceHeading = "device           exits/s";
constexpr std::string_view kRegisterHeading = "register                             exits/s";

// What works besides the processors, in one line.
std::string others_line(const LiveSample& sample) {
  std::string line;
  const auto add = [&](const std::string& words) { line += (line.empty() ? "" : ", ") + words; };
  for (const auto& queue : std::span(sample.queues).first(sample.queue_count))
    add(fmt::format("{} {} requests/s", text_of(queue.name), queue.requests));
  for (const auto& thread : std::span(sample.threads).first(sample.thread_count)) {
    if (thread.busy >= LiveSample::kWholeCpu / 100)
      add(fmt::format("{} {}", text_of(thread.name), percent(thread.busy)));
  }
  return line;
}

// Left is cut or filled up to its column, so that right begins at the same one in every row.
std::string side_by_side(std::string left, std::string_view right) {
  left.resize(kDeviceColumns, ' ');
  return left.append(kGap, ' ').append(right);
}

// Collects rows as long as there is room, each cut to the width.
class Page {
 public:
  explicit Page(Size size) : size_(size) {}
  void add(std::string_view line, Row::Look look = Row::Look::kPlain) {
    if (rows_.size() >= size_.rows) return;
    rows_.push_back({std::string(line.substr(0, size_.columns)), look});
  }
  void add(const Lines& lines) {
    for (const std::string& line : lines) add(line);
  }
  [[nodiscard]] std::size_t room() const { return size_.rows - rows_.size(); }
  [[nodiscard]] std::vector<Row> take() { return std::move(rows_); }

 private:
  const Size size_;
  std::vector<Row> rows_;
};

void add_title(Page& page, const std::string& machine, const LiveSample& sample, Size size) {
  const std::string what = fmt::format("{} exits/s   {} in memory, guest {}", sample.exits,
                                       mebibytes(sample.resident), mebibytes(sample.memory));
  const std::string name = "minivmm top: " + machine;
  const bool fits = name.size() + kGap + what.size() <= size.columns;
  const std::size_t blanks = fits ? size.columns - name.size() - what.size() : kGap;
  page.add(name + std::string(blanks, ' ') + what, Row::Look::kTitle);
}

bool has_two_columns(unsigned columns) {
  return columns >= kDeviceColumns + kGap + kRegisterHeading.size();
}

// Rows of both lists with their headings.
std::size_t list_rows(const LiveSample& sample, unsigned columns) {
  const std::size_t devices = sample.device_count + 1u;
  const std::size_t registers = sample.register_count + 1u;
  return has_two_columns(columns) ? std::max(devices, registers) : devices + registers;
}

std::size_t cpus_left_out(const LiveSample& sample) {
  return sample.all_cpus - std::min(sample.all_cpus, sample.cpu_count);
}

std::size_t cpu_rows(const LiveSample& sample) {
  return 1u + sample.cpu_count + (cpus_left_out(sample) > 0 ? 1 : 0);
}

// Of what two parts share: what the other leaves, but never less than it is owed.
std::size_t share_of(std::size_t room, std::size_t owed, std::size_t other) {
  return std::max(owed, room - std::min(room, other));
}

void add_two_columns(Page& page, const LiveSample& sample, std::size_t room) {
  const Lines devices = first_of(device_lines(sample), room - 1);
  const Lines registers = first_of(register_lines(sample), room - 1);
  page.add(side_by_side(std::string(kDeviceHeading), kRegisterHeading), Row::Look::kHeading);
  for (std::size_t i = 0; i < std::max(devices.size(), registers.size()); ++i)
    page.add(side_by_side(i < devices.size() ? devices[i] : "",
                          i < registers.size() ? registers[i] : ""));
}

void add_one_column(Page& page, const LiveSample& sample, std::size_t room) {
  const std::size_t for_devices = share_of(room, room / 2, sample.register_count + 1u);
  if (for_devices >= 1) {
    page.add(kDeviceHeading, Row::Look::kHeading);
    page.add(first_of(device_lines(sample), for_devices - 1));
  }
  const std::size_t devices = std::min<std::size_t>(for_devices, sample.device_count + 1u);
  if (room == devices) return;
  page.add(kRegisterHeading, Row::Look::kHeading);
  page.add(first_of(register_lines(sample), room - devices - 1));
}

void add_lists(Page& page, const LiveSample& sample, std::size_t room, unsigned columns) {
  if (room == 0) return;
  if (has_two_columns(columns))
    add_two_columns(page, sample, room);
  else
    add_one_column(page, sample, room);
}

}  // namespace

std::vector<Row> lay_out(const std::string& machine, const LiveSample& sample, Size size) {
  Page page(size);
  add_title(page, machine, sample, size);
  if (size.rows <= kFrameRows) {
    while (page.room() > 0) page.add("");
    return page.take();
  }
  const std::size_t body = size.rows - kFrameRows;
  const std::size_t for_cpus = share_of(body, body / 3, list_rows(sample, size.columns));
  if (for_cpus >= 2) {
    page.add(kCpuHeading, Row::Look::kHeading);
    page.add(first_of(cpu_lines(sample), for_cpus - 1, cpus_left_out(sample)));
  }
  constexpr std::size_t kLastRows = kFrameRows - 1;
  add_lists(page, sample, page.room() - kLastRows, size.columns);
  while (page.room() > kLastRows) page.add("");
  page.add(others_line(sample));
  page.add(kNote);
  return page.take();
}

Size size_of_all(const LiveSample& sample, unsigned columns) {
  const std::size_t rows = kFrameRows + cpu_rows(sample) + list_rows(sample, columns);
  return {.columns = columns, .rows = static_cast<unsigned>(rows)};
}

}  // namespace minivmm::top
