#include "backends/display/png_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <png.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/system_error.h"
#include "host/unique_fd.h"

namespace minivmm {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// What libpng's simplified API takes: red, green, blue, a byte each.
std::vector<std::uint8_t> rgb_rows(std::span<const std::uint32_t> pixels, PictureSize size,
                                   std::size_t stride) {
  std::vector<std::uint8_t> rgb(std::size_t{3} * size.width * size.height);
  auto to = rgb.begin();
  for (unsigned y = 0; y < size.height; ++y) {
    for (const std::uint32_t pixel : pixels.subspan(y * stride, size.width)) {
      *to++ = static_cast<std::uint8_t>(pixel >> 16);
      *to++ = static_cast<std::uint8_t>(pixel >> 8);
      *to++ = static_cast<std::uint8_t>(pixel);
    }
  }
  return rgb;
}

HostError cannot_write(const std::string& path, const std::string& why) {
  return HostError(fmt::format(
      "screenshot '{}': {} (choose a folder with room where you may write)", path, why));
}

void write_rows(std::FILE* file, const std::string& path, const std::vector<std::uint8_t>& rgb,
                PictureSize size) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = size.width;
  image.height = size.height;
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;
  if (png_image_write_to_stdio(&image, file, 0, rgb.data(), 0, nullptr) == 0)
    throw cannot_write(path, image.message);
  if (std::fflush(file) != 0) throw cannot_write(path, errno_text(errno));
}

}  // namespace

void write_png(const std::string& path, std::span<const std::uint32_t> pixels, PictureSize size,
               std::size_t stride) {
  const std::vector<std::uint8_t> rgb = rgb_rows(pixels, size, stride);
  const std::string beside = fmt::format("{}.{}.part", path, ::getpid());
  ::unlink(beside.c_str());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) throw cannot_write(path, errno_text(errno));
  try {
    const std::unique_ptr<std::FILE, CloseFile> file(::fdopen(fd, "wb"));
    if (!file) {
      ::close(fd);
      throw cannot_write(path, errno_text(errno));
    }
    write_rows(file.get(), path, rgb, size);
    if (::rename(beside.c_str(), path.c_str()) != 0) throw cannot_write(path, errno_text(errno));
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

void check_png_path(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const auto refuse = [&path](const std::string& why) {
    throw ConfigError(
        fmt::format("--screenshot '{}': {} (choose a file in a folder where you may "
                    "write)",
                    path, why));
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) refuse("that is a folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) refuse(errno_text(errno));
}

}  // namespace minivmm
