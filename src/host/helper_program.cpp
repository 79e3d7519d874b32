#include "host/helper_program.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace minivmm {
namespace {

bool is_program(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_helper_program(const std::string& name) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (!error) {
    for (const auto& folder : {here, here.parent_path() / "libexec/minivmm"}) {
      if (is_program(folder / name)) return folder / name;
    }
  }
  const char* const search_path = std::getenv("PATH");
  std::istringstream folders(search_path != nullptr ? search_path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto program = std::filesystem::path(folder) / name;
    if (!folder.empty() && is_program(program)) return program;
  }
  return std::nullopt;
}

}  // namespace minivmm
