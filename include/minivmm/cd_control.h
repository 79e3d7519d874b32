#pragma once
// What a person does to the CD-ROM drive of a running machine.

#include <string>

namespace minivmm {

/// Threads: every function from any thread; what it asks for happens soon.
class CdControl {
 public:
  virtual ~CdControl() = default;

  /// Puts the disc of this image into the drive in place of the one that is there, and closes the
  /// tray; the guest is told of a new medium. Throws ConfigError, and changes nothing, if it is no
  /// image of a disc.
  virtual void insert(const std::string& path) = 0;

  /// The button at the drive: opens the tray, and the disc is out. While the guest has it locked,
  /// the guest is asked; a second press then opens it all the same.
  virtual void eject() = 0;
};

}  // namespace minivmm
