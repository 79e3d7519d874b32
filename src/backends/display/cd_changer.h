#pragma once
// Puts the discs that a viewer names into the CD-ROM drive.

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "backends/display/view_protocol.h"
#include "host/event_fd.h"
#include "minivmm/event_loop.h"
#include "minivmm/machine_control.h"

namespace minivmm::view {

/// An image is opened on a thread of its own, one at a time: a network file system that doesn't
/// answer holds up neither the guest's screen nor its input.
///
/// Ownership: refers to loop and control. Threads: the loop's, or any while it doesn't run; the
/// destructor waits for an image that is being opened.
/// Errors: none; what prevents an insertion is told to the viewer, and said in the log.
class CdChanger {
 public:
  /// disc: in the drive now; empty: none. tell: the answer to an insertion.
  CdChanger(EventLoop& loop, MachineControl& control, const std::string& disc,
            std::function<void(const Drive&)> tell);
  ~CdChanger();
  CdChanger(const CdChanger&) = delete;
  CdChanger& operator=(const CdChanger&) = delete;

  /// As it is, in answer to nothing.
  [[nodiscard]] const Drive& drive() const { return drive_; }

  /// path: absolute. Answered at once if there is no drive, or an image is still being opened.
  void insert(const std::string& path);

 private:
  void open(CdControl& cd);
  void opened();
  void answer(const std::string& error);

  // Wiring.
  MachineControl& control_;
  const std::function<void(const Drive&)> tell_;

  // State.
  Drive drive_;
  std::string path_;   // That is being opened. It and error_ are the thread's while that runs.
  std::string error_;  // Empty: it went well.
  EventFd done_;
  std::thread thread_;
  std::unique_ptr<Subscription> watch_;  // Last: its callback uses the rest.
};

/// What of an error's message fits a line in a window: the image's name without its folder, what is
/// wrong, and no advice for a command line.
[[nodiscard]] std::string in_short(const std::string& message, const std::string& path);

}  // namespace minivmm::view
