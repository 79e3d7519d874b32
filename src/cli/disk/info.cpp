#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/block/image_file.h"
#include "backends/block/qcow2/header.h"
#include "cli/disk/actions.h"
#include "cli/disk/size_text.h"
#include "host/system_error.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {
namespace {

struct Facts {
  std::string path{};
  std::uint64_t size = 0;
  std::uint64_t allocated = 0;
  std::optional<qcow2::Header> qcow2{};  // Unset: it is raw.
};

// Without a lock: a machine may be using it, and nothing here minds that it changes.
Facts find_facts(const DiskConfig& file) {
  const std::string what = fmt::format("disk '{}'", file.path);
  const UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw ConfigError(fmt::format("{}: {}", what, errno_text(errno)));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw system_error(what + ": cannot be examined");
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    throw ConfigError(what + ": it is neither a regular file nor a block device");
  Facts facts{.path = file.path, .size = static_cast<std::uint64_t>(status.st_size)};
  constexpr std::uint64_t kStatBlock = 512;  // stat(2): st_blocks' unit.
  facts.allocated = static_cast<std::uint64_t>(status.st_blocks) * kStatBlock;
  if (S_ISBLK(status.st_mode)) {
    if (::ioctl(fd.get(), BLKGETSIZE64, &facts.size) != 0)
      throw system_error(what + ": its size cannot be read");
    facts.allocated = facts.size;
  }
  if (format_of(file) == DiskFormat::kQcow2) {
    facts.qcow2 = qcow2::read_header(fd.get(), facts.size, what, file.path);
    facts.size = facts.qcow2->size;
  } else if (file.format != DiskFormat::kRaw) {
    refuse_other_formats(fd.get(), file.path);
  }
  return facts;
}

std::string as_text(const Facts& facts) {
  std::string text = fmt::format("{}\n", facts.path);
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<14} {}\n", name, value);
  };
  row("format", facts.qcow2 ? fmt::format("qcow2, version {}", facts.qcow2->version) : "raw");
  row("size", fmt::format("{} ({} bytes)", size_text(facts.size), facts.size));
  row("on the host", size_text(facts.allocated));
  if (!facts.qcow2) return text;
  const qcow2::Header& header = *facts.qcow2;
  row("clusters", size_text(header.geometry.cluster_size()));
  row("refcounts", fmt::format("{} bits{}", 1u << header.geometry.refcount_order,
                               (header.compatible & qcow2::kLazyRefcounts) != 0 ? ", lazy" : ""));
  if (!header.backing_file.empty())
    row("backed by",
        fmt::format("{} ({})", header.backing_file,
                    header.backing_format.empty() ? "format not said" : header.backing_format));
  if (header.snapshots != 0) row("snapshots", std::to_string(header.snapshots));
  if ((header.autoclear & qcow2::kBitmaps) != 0) row("bitmaps", "yes");
  if ((header.incompatible & qcow2::kDirty) != 0)
    row("marked", "dirty: its refcounts are made anew when it is used");
  if ((header.incompatible & qcow2::kCorrupt) != 0)
    row("marked", "damaged: qemu-img check -r all may repair a copy");
  return text;
}

// RFC 8259, 7. Names of files may be any bytes: those that are no ASCII stay as they are.
std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      result += c;
  }
  return result + '"';
}

std::string as_json(const Facts& facts) {
  std::vector<std::pair<const char*, std::string>> fields{
      {"file", json_string(facts.path)},
      {"format", facts.qcow2 ? "\"qcow2\"" : "\"raw\""},
      {"size", std::to_string(facts.size)},
      {"allocated", std::to_string(facts.allocated)}};
  if (facts.qcow2) {
    const qcow2::Header& header = *facts.qcow2;
    const auto flag = [](bool set) { return std::string(set ? "true" : "false"); };
    fields.emplace_back("version", std::to_string(header.version));
    fields.emplace_back("cluster_size", std::to_string(header.geometry.cluster_size()));
    fields.emplace_back("refcount_bits", std::to_string(1u << header.geometry.refcount_order));
    fields.emplace_back("lazy_refcounts", flag((header.compatible & qcow2::kLazyRefcounts) != 0));
    fields.emplace_back("snapshots", std::to_string(header.snapshots));
    fields.emplace_back("dirty", flag((header.incompatible & qcow2::kDirty) != 0));
    fields.emplace_back("corrupt", flag((header.incompatible & qcow2::kCorrupt) != 0));
    if (!header.backing_file.empty())
      fields.emplace_back("backing_file", json_string(header.backing_file));
    if (!header.backing_format.empty())
      fields.emplace_back("backing_format", json_string(header.backing_format));
  }
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format("{}\"{}\": {}", text.empty() ? "{" : ", ", name, value);
  return text + "}\n";
}

}  // namespace

void info(const DiskConfig& file, Form form) {
  const Facts facts = find_facts(file);
  fmt::print("{}", form == Form::kJson ? as_json(facts) : as_text(facts));
}

}  // namespace minivmm::cli::disk
