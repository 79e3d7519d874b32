// Whatever a client sends, the session answers it, and nothing leads out of the guest.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "debug/fake_debug_target.h"
#include "debug/gdb/monitor.h"
#include "debug/gdb/packets.h"
#include "debug/gdb/session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minivmm;
  using namespace minivmm::debug::gdb;
  test::FakeDebugTarget target;
  PromptCommands prompt(target, {});
  Session session(
      target, [](const auto& running) { return running(); },
      [&prompt](const std::string& line, const DebugStop& stop, unsigned cpu) {
        return prompt.carry_out(line, stop, cpu);
      });
  session.set_stop({.reason = DebugStop::Reason::kStarted});
  for (int i = 0; i < 8; ++i) target.stops.push_back({.reason = DebugStop::Reason::kExit});

  // The bytes as they come over the line, and, a packet each, without what frames them.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  PacketReader reader;
  reader.feed(text);
  while (auto event = reader.next()) {
    if (event->kind == PacketReader::Event::Kind::kGarbage) break;
    if (event->kind == PacketReader::Event::Kind::kPacket) (void)session.answer(event->data);
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto packet = text.substr(at, end == std::string_view::npos ? end : end - at);
    if (session.answer(packet).end != Session::End::kNone || end == std::string_view::npos) break;
    at = end + 1;
  }
  session.forget_client();
  return 0;
}
