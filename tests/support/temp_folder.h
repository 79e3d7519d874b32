#pragma once
// A folder for a test's files, gone with everything in it at the end.

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace minivmm::test {

class TempFolder {
 public:
  /// Below the given folder, so that a test chooses the file system.
  explicit TempFolder(const std::filesystem::path& below = std::filesystem::temp_directory_path()) {
    std::string name = (below / "minivmm-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp: " + name);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path(std::string_view name) const { return path_ / name; }

  /// Makes a file with that content and answers its path.
  std::string file(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  /// Makes a file of that many zero bytes, none of them stored.
  std::string sparse_file(std::string_view name, std::uint64_t size) const {
    std::ofstream(path(name), std::ios::binary).close();
    std::filesystem::resize_file(path(name), size);
    return path(name);
  }
  [[nodiscard]] std::string content(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace minivmm::test
