#include "backends/char/make_char_backend.h"

#include <utility>

#include "backends/char/file_backend.h"
#include "backends/char/null_backend.h"
#include "backends/char/pty_backend.h"
#include "backends/char/stderr_backend.h"
#include "backends/char/stdio_backend.h"
#include "backends/char/unix_backend.h"

namespace minivmm {

std::unique_ptr<CharBackend> make_char_backend(const CharConfig& config, EventLoop& loop,
                                               CharEvents events) {
  switch (config.kind) {
    case CharKind::kNone:
      break;
    case CharKind::kStdio:
      return std::make_unique<StdioBackend>(loop, std::move(events));
    case CharKind::kStderr:
      return std::make_unique<StderrBackend>();
    case CharKind::kFile:
      return std::make_unique<FileBackend>(config.path);
    case CharKind::kUnix:
      return std::make_unique<UnixBackend>(loop, config.path);
    case CharKind::kPty: {
      auto backend = std::make_unique<PtyBackend>(loop);
      if (events.on_name) events.on_name(backend->name());
      return backend;
    }
  }
  return std::make_unique<NullBackend>();
}

}  // namespace minivmm
