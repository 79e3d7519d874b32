// What the window does with the CD-ROM drive.

#include <cstdlib>
#include <system_error>

#include "view/viewer.h"

namespace minivmm::view {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoDrive = "This machine has no CD-ROM drive (--cdrom)";

}  // namespace

void Viewer::take_drive(const Drive& drive) {
  drive_ = drive;
  if (drive.answers == 0 || !window_) return;
  if (drive.error.front() != '\0')
    notify(printable(drive.error.data()));
  else
    notify("In the CD-ROM drive: " +
           shown(fs::path(drive.disc.data()).filename(), Keep::kBeginning));
}

void Viewer::offer_discs() {
  if ((state_ & kHasCd) == 0) return notify(kNoDrive);
  offered_ = find_discs({fs::path(drive_.disc.data()).parent_path(), drive_.folder.data(),
                         download_folder(std::getenv("HOME"), std::getenv("XDG_CONFIG_HOME"))});
  if (offered_.empty())
    return notify("There is no *.iso in your download folder: drop one on this window");
  open(Dialog::disc_list(offered_));
}

void Viewer::insert_disc(const fs::path& path) {
  if ((state_ & kHasCd) == 0) return notify(kNoDrive);
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const auto text = error ? std::nullopt : path_text(absolute.native());
  if (!text) return notify("The file's name is too long");
  link_.send(InsertCd{*text});
}

}  // namespace minivmm::view
