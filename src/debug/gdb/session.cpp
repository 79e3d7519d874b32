#include "debug/gdb/session.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "debug/gdb/packets.h"
#include "debug/honoured_stops.h"
#include "debug/page_walk.h"

namespace minivmm::debug::gdb {
namespace {

constexpr std::size_t kLongestRead = 0x4000;

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint64_t> little_endian(std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() > sizeof(std::uint64_t)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = bytes->size(); i-- > 0;)
    value = value << 8 | std::to_integer<std::uint64_t>((*bytes)[i]);
  return value;
}

}  // namespace

Session::Session(DebugTarget& target, Run run, Monitor monitor)
    : target_(target), run_(std::move(run)), monitor_(std::move(monitor)), stops_(target) {}

void Session::set_stop(const DebugStop& stop) {
  stop_ = stop;
  if (stop.reason == DebugStop::Reason::kStarted) stops_.forget_software();
  if (stop.reason != DebugStop::Reason::kEnded) cpu_ = stop.cpu;
}

void Session::forget_client() {
  if (stop_.reason != DebugStop::Reason::kEnded) stops_.clear();
  client_names_breakpoints_ = false;
}

Session::Answer Session::answer(std::string_view packet) {
  if (packet.empty()) return {};
  if (packet == "k" || packet.starts_with("vKill")) return {.data = kOk, .end = End::kKilled};
  if (packet.starts_with('D')) return {.data = kOk, .end = End::kDetached};
  if (stop_.reason == DebugStop::Reason::kEnded) return {.data = "W00"};
  switch (packet.front()) {
    case '?':
      return {.data = stop_reply()};
    case 'q':
      return {.data = query(packet)};
    case 'H':
      return {.data = select_thread(packet)};
    case 'T':
      return {.data = cpu_of(packet.substr(1)) ? kOk : kInvalid};
    case 'g':
      return {.data = read_registers()};
    case 'G':
      return {.data = write_registers(packet.substr(1))};
    case 'p':
      return {.data = read_register(packet.substr(1))};
    case 'P':
      return {.data = write_register(packet.substr(1))};
    case 'm':
      return {.data = read_memory(packet.substr(1))};
    case 'M':
      return {.data = write_memory(packet.substr(1))};
    case 'Z':
    case 'z':
      return {.data = stops_.change(packet)};
    case 'c':
    case 's':
    case 'v':
      return {.data = resume(packet)};
    default:
      return {};
  }
}

std::string Session::query(std::string_view packet) {
  if (packet.starts_with("qSupported")) {
    client_names_breakpoints_ = packet.find("swbreak+") != std::string_view::npos;
    return fmt::format("PacketSize={:x};qXfer:features:read+;swbreak+;hwbreak+;vContSupported+",
                       PacketReader::kLongest);
  }
  if (packet == "qC") return fmt::format("QC{:x}", cpu_ + 1);
  if (packet == "qAttached") return "1";
  if (packet == "qsThreadInfo") return "l";
  if (packet == "qfThreadInfo") {
    std::string text = "m";
    for (unsigned cpu = 0; cpu < target_.cpu_count(); ++cpu)
      text += fmt::format("{}{:x}", cpu == 0 ? "" : ",", cpu + 1);
    return text;
  }
  if (skip(packet, "qThreadExtraInfo,")) {
    const auto cpu = cpu_of(packet);
    if (!cpu) return kInvalid;
    const std::string text = fmt::format("vCPU {} [{}]", *cpu, target_.activity(*cpu));
    return to_hex(std::as_bytes(std::span(text)));
  }
  if (skip(packet, "qXfer:features:read:target.xml:")) return transfer(packet);
  if (skip(packet, "qRcmd,")) {
    const auto bytes = from_hex(packet);
    if (!bytes) return kInvalid;
    if (!monitor_) return {};
    const std::string said = monitor_(
        std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()), stop_, cpu_);
    return said.empty() ? kOk : to_hex(std::as_bytes(std::span(said)));
  }
  return {};
}

std::string Session::transfer(std::string_view packet) const {
  const auto range = parse_pair(packet);
  if (!range) return kInvalid;
  const std::string xml = target_xml();
  if (range->first >= xml.size()) return "l";
  const std::string piece = xml.substr(range->first, range->second);
  return (range->first + piece.size() < xml.size() ? "m" : "l") + piece;
}

std::string Session::stop_reply() const {
  using Reason = DebugStop::Reason;
  if (stop_.reason == Reason::kEnded) return "W00";
  std::string what;
  unsigned signal = 5;  // SIGTRAP.
  if (stop_.reason == Reason::kInterrupted) signal = 2;
  if (stop_.reason == Reason::kCrashed) signal = 11;
  if (stop_.reason == Reason::kBreakpoint && client_names_breakpoints_) {
    const std::uint64_t rip =
        linear_rip(target_.registers(stop_.cpu), target_.special_registers(stop_.cpu));
    what = stops_.is_software(rip) ? "swbreak:;" : "hwbreak:;";
  }
  if (stop_.reason == Reason::kWatchpoint) {
    const bool reads = stops_.watched_kind(stop_.watched) == HardwareStop::Kind::kReadWrite;
    what = fmt::format("{}:{:x};", reads ? "awatch" : "watch", stop_.watched);
  }
  return fmt::format("T{:02x}{}thread:{:x};", signal, what, stop_.cpu + 1);
}

std::optional<unsigned> Session::cpu_of(std::string_view thread) const {
  // 0 and -1 are any and all.
  if (thread == "0" || thread == "-1") return stop_.cpu;
  const auto number = parse_number(thread);
  if (!number || *number == 0 || *number > target_.cpu_count()) return std::nullopt;
  return static_cast<unsigned>(*number - 1);
}

std::string Session::select_thread(std::string_view packet) {
  if (packet.size() < 3) return kInvalid;
  const auto cpu = cpu_of(packet.substr(2));
  if (!cpu) return kInvalid;
  if (packet[1] == 'g') cpu_ = *cpu;
  return kOk;
}

RegisterSet Session::registers() const {
  return {.general = target_.registers(cpu_), .special = target_.special_registers(cpu_)};
}

bool Session::set(const RegisterSet& set, bool special) {
  if (special && !target_.set_special_registers(cpu_, set.special)) return false;
  target_.set_registers(cpu_, set.general);
  return true;
}

std::string Session::read_registers() const {
  const RegisterSet set = registers();
  std::string text;
  for (std::size_t i = 0; i < register_count(); ++i) text += register_hex(set, i);
  return text;
}

std::string Session::read_register(std::string_view packet) const {
  const auto number = parse_number(packet);
  if (!number || register_size(*number) == 0) return kInvalid;
  return register_hex(registers(), *number);
}

std::string Session::write_registers(std::string_view packet) {
  RegisterSet changed = registers();
  bool special = false;
  for (std::size_t i = 0; i < register_count(); ++i) {
    const std::size_t digits = register_size(i) * 2;
    if (packet.empty()) break;
    if (packet.size() < digits) return kInvalid;
    // The x87's don't fit, and can't be set.
    if (const auto value = little_endian(packet.substr(0, digits)))
      special |= set_register(changed, i, *value) == SetOutcome::kSpecial;
    packet.remove_prefix(digits);
  }
  return set(changed, special) ? kOk : kInvalid;
}

std::string Session::write_register(std::string_view packet) {
  const auto equals = packet.find('=');
  if (equals == std::string_view::npos) return kInvalid;
  const auto number = parse_number(packet.substr(0, equals));
  const auto value = little_endian(packet.substr(equals + 1));
  if (!number || !value) return kInvalid;
  RegisterSet changed = registers();
  const SetOutcome outcome = set_register(changed, *number, *value);
  if (outcome == SetOutcome::kRefused) return kInvalid;
  return set(changed, outcome == SetOutcome::kSpecial) ? kOk : kInvalid;
}

std::string Session::read_memory(std::string_view packet) const {
  const auto range = parse_pair(packet);
  if (!range) return kInvalid;
  std::vector<std::byte> bytes(std::min<std::uint64_t>(range->second, kLongestRead));
  bytes.resize(read_linear(target_.memory(), target_.special_registers(cpu_), range->first, bytes));
  if (bytes.empty() && range->second != 0) return kFault;
  stops_.hide(range->first, bytes);
  return to_hex(bytes);
}

std::string Session::write_memory(std::string_view packet) {
  const auto colon = packet.find(':');
  if (colon == std::string_view::npos) return kInvalid;
  const auto range = parse_pair(packet.substr(0, colon));
  const auto bytes = from_hex(packet.substr(colon + 1));
  if (!range || !bytes || bytes->size() != range->second) return kInvalid;
  const std::size_t done =
      write_linear(target_.memory(), target_.special_registers(cpu_), range->first, *bytes);
  return done == bytes->size() ? kOk : kFault;
}

std::string Session::resume(std::string_view packet) {
  if (packet == "vCont?") return "vCont;c;C;s;S";
  if (packet == "c") return go(std::nullopt);
  if (packet == "s") return go(cpu_);
  if (!skip(packet, "vCont;")) return {};
  // The first action with 's' names who steps; the others then stand still.
  while (!packet.empty()) {
    const auto end = packet.find(';');
    const std::string_view action = packet.substr(0, end);
    packet.remove_prefix(end == std::string_view::npos ? packet.size() : end + 1);
    if (action.empty() || std::string_view("cCsS").find(action.front()) == std::string_view::npos)
      return kInvalid;
    if (action.front() != 's' && action.front() != 'S') continue;
    const auto colon = action.find(':');
    const auto cpu = colon == std::string_view::npos ? std::optional(stop_.cpu)
                                                     : cpu_of(action.substr(colon + 1));
    if (!cpu) return kInvalid;
    return go(cpu);
  }
  return go(std::nullopt);
}

std::string Session::go(std::optional<unsigned> stepped) {
  if (stepped) {
    if (const auto reason = no_step_because(target_, *stepped)) return "E." + *reason;
  }
  set_stop(run_([&] { return stepped ? target_.step_instruction(*stepped) : target_.resume(); }));
  return stop_reply();
}

}  // namespace minivmm::debug::gdb
