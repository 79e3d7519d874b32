#pragma once
// A shared folder with its server and a client, in a test's hands.

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "backends/share/share_server.h"
#include "support/ninep_client.h"
#include "support/temp_folder.h"

namespace minivmm::test {

/// The folder "shared" beside whatever else a test puts there.
struct Share {
  explicit Share(bool read_only = false)
      : server({.path = folder.path("shared"), .read_only = read_only}) {}

  static std::string make(const TempFolder& folder) {
    std::filesystem::create_directory(folder.path("shared"));
    return folder.path("shared");
  }
  [[nodiscard]] std::string path(std::string_view name) const {
    return folder.path("shared/" + std::string(name));
  }
  void file(std::string_view name, std::string_view content) const {
    folder.file("shared/" + std::string(name), content);
  }
  [[nodiscard]] std::string content(std::string_view name) const {
    return folder.content("shared/" + std::string(name));
  }

  TempFolder folder{};
  std::string made = make(folder);
  share::ShareServer server;
  NinepClient client{server};
};

/// The names of a folder, each with its type, all that the server has.
inline std::map<std::string, std::uint8_t> list(NinepClient& client, std::uint32_t fid,
                                                std::uint32_t count = 4096) {
  std::map<std::string, std::uint8_t> names;
  std::uint64_t offset = 0;
  for (;;) {
    const Answer answer =
        client.ask(share::Request::kReaddir, Fields().u32(fid).u64(offset).u32(count));
    if (answer.error != 0) throw std::runtime_error("readdir failed");
    share::Reader in = answer.read();
    if (in.u32() == 0) return names;
    while (!in.at_end()) {
      const std::uint8_t type = in.u8();
      in.u32();
      in.u64();
      offset = in.u64();
      in.u8();
      if (!names.emplace(std::string(in.text()), type).second)
        throw std::runtime_error("a name came twice");
    }
  }
}

}  // namespace minivmm::test
