#include "debug/prompt.h"

#include "minivmm/error.h"

namespace minivmm::debug {

void run_prompt(Debugger& debugger, std::vector<std::unique_ptr<LineSource>> sources,
                const TerminalUse& terminal) {
  debugger.wait();
  for (auto& source : sources) {
    bool over = false;
    while (!over && debugger.state() == Debugger::State::kStanding) {
      terminal.take();
      const LineSource::Line line = source->next("(minivmm) ", debugger.target().gone_fd());
      terminal.give_back();
      switch (line.end) {
        case LineSource::End::kNone:
          debugger.execute(line.text);
          break;
        case LineSource::End::kWoken:
          debugger.wait();
          break;
        case LineSource::End::kInputOver:
          over = true;
          break;
      }
    }
  }
  if (debugger.state() == Debugger::State::kStanding) debugger.detach();
}

}  // namespace minivmm::debug
