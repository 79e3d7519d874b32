#include "debug/symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

#include "minivmm/error.h"

namespace minivmm::debug {
namespace {

// A symbol without a size ends at the next one; nothing is further from its function's start.
constexpr std::uint64_t kFarthest = 1 << 20;

using File = std::span<const std::byte>;

template <typename T>
std::optional<T> read(File file, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

std::string text_at(File file, std::uint64_t offset) {
  if (offset >= file.size()) return {};
  const auto* start = reinterpret_cast<const char*>(file.data() + offset);
  return {start, ::strnlen(start, file.size() - offset)};
}

// "serial::init(int)" from its mangled name, without the parameters, which make lines long.
std::string readable(const std::string& name) {
  if (!name.starts_with("_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> plain(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || !plain) return name;
  std::string text = plain.get();
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (auto at = text.find(kAnonymous); at != std::string::npos; at = text.find(kAnonymous))
    text.erase(at, kAnonymous.size());
  return text.substr(0, text.find('('));
}

template <typename Header, typename Section, typename Entry>
void read_elf(File file, std::vector<Symbol>& symbols) {
  const auto header = read<Header>(file, 0);
  if (!header || header->e_shentsize != sizeof(Section)) return;
  const auto section = [&](std::uint64_t index) {
    return read<Section>(file, header->e_shoff + index * sizeof(Section));
  };
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto table = section(i);
    if (!table || table->sh_type != SHT_SYMTAB) continue;
    const auto strings = section(table->sh_link);
    if (!strings) continue;
    for (std::uint64_t at = 0; at + sizeof(Entry) <= table->sh_size; at += sizeof(Entry)) {
      const auto entry = read<Entry>(file, table->sh_offset + at);
      if (!entry) break;
      const unsigned type = entry->st_info & 0xf;
      const bool named = type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
      if (!named || entry->st_shndx == SHN_UNDEF || entry->st_name == 0) continue;
      std::string name = readable(text_at(file, strings->sh_offset + entry->st_name));
      if (!name.empty()) symbols.push_back({entry->st_value, entry->st_size, std::move(name)});
    }
  }
}

bool is_elf(File file) {
  return file.size() > EI_CLASS && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

}  // namespace

void Symbols::add_elf(File file) {
  if (file[EI_CLASS] == std::byte{ELFCLASS64})
    read_elf<Elf64_Ehdr, Elf64_Shdr, Elf64_Sym>(file, symbols_);
  else
    read_elf<Elf32_Ehdr, Elf32_Shdr, Elf32_Sym>(file, symbols_);
}

void Symbols::add_text(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    Symbol symbol;
    const auto [end, error] =
        std::from_chars(line.data(), line.data() + line.size(), symbol.address, 16);
    // "ffffffff81000000 T _text": one letter between two blanks.
    const auto rest = line.substr(static_cast<std::size_t>(end - line.data()));
    constexpr std::size_t kBeforeName = 3;
    if (error != std::errc() || rest.size() <= kBeforeName || rest[0] != ' ' || rest[2] != ' ')
      continue;
    const std::string_view name = rest.substr(kBeforeName);
    symbol.name = readable(std::string(name.substr(0, name.find_first_of("\t\r "))));
    if (!symbol.name.empty()) symbols_.push_back(std::move(symbol));
  }
}

Symbols Symbols::parse(File file) {
  Symbols result;
  if (is_elf(file))
    result.add_elf(file);
  else
    result.add_text({reinterpret_cast<const char*>(file.data()), file.size()});
  std::ranges::stable_sort(result.symbols_, {}, &Symbol::address);
  return result;
}

Symbols Symbols::load(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw ConfigError(fmt::format("symbols '{}' can't be read: {}", path, std::strerror(errno)));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  Symbols result = parse(std::as_bytes(std::span(text)));
  if (result.empty())
    throw ConfigError(fmt::format(
        "'{}' has no symbols: give an ELF file that isn't stripped, or a System.map", path));
  return result;
}

Symbols Symbols::find(const std::string& named, const std::string& kernel) {
  if (!named.empty()) return load(named);
  if (kernel.empty()) return {};
  try {
    return load(kernel);
  } catch (const ConfigError&) {
    return {};
  }
}

std::optional<std::uint64_t> Symbols::address(std::string_view name) const {
  const auto found = std::ranges::find(symbols_, name, &Symbol::name);
  if (found == symbols_.end()) return std::nullopt;
  return found->address;
}

std::string Symbols::place(std::uint64_t address) const {
  auto next = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
  while (next != symbols_.begin()) {
    const Symbol& symbol = *--next;
    const std::uint64_t offset = address - symbol.address;
    if (offset > kFarthest) break;
    if (symbol.size != 0 && offset >= symbol.size) continue;
    return offset == 0 ? symbol.name : fmt::format("{}+{:#x}", symbol.name, offset);
  }
  return {};
}

}  // namespace minivmm::debug
