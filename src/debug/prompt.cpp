#include "debug/prompt.h"

namespace minivmm::debug {

void run_prompt(Debugger& debugger, LineSource& lines) {
  if (debugger.state() == Debugger::State::kRunning) debugger.wait();
  while (debugger.state() == Debugger::State::kStanding) {
    const LineSource::Line line = lines.next("(minivmm) ", debugger.target().gone_fd());
    switch (line.end) {
      case LineSource::End::kNone:
        debugger.execute(line.text);
        break;
      case LineSource::End::kWoken:
        debugger.wait();
        break;
      case LineSource::End::kInputOver:
        return;
    }
  }
}

}  // namespace minivmm::debug
