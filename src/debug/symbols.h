#pragma once
// Names for addresses: from an ELF file's symbol table, or from text as nm and System.map have it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minivmm::debug {

struct Symbol {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< 0: not known.
  std::string name{};
};

/// The file may be anything: what makes no sense in it is left out.
class Symbols {
 public:
  Symbols() = default;

  /// By the file's first bytes: ELF (32 or 64 bits, little-endian), else lines "ADDRESS TYPE NAME".
  [[nodiscard]] static Symbols parse(std::span<const std::byte> file);
  /// Errors: ConfigError for a file that can't be read or has no symbols.
  [[nodiscard]] static Symbols load(const std::string& path);

  /// named, which must be there, or else those of kernel, which may be stripped, or no ELF file.
  [[nodiscard]] static Symbols find(const std::string& named, const std::string& kernel);

  [[nodiscard]] bool empty() const { return symbols_.empty(); }
  /// Sorted by address.
  [[nodiscard]] const std::vector<Symbol>& all() const { return symbols_; }
  [[nodiscard]] std::optional<std::uint64_t> address(std::string_view name) const;
  /// "serial_init+0x15"; empty: the address is in no symbol.
  [[nodiscard]] std::string place(std::uint64_t address) const;

 private:
  void add_elf(std::span<const std::byte> file);
  void add_text(std::string_view text);
  std::vector<Symbol> symbols_;
};

}  // namespace minivmm::debug
