#include "boot/elf.h"

#include <elf.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>

#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

static_assert(SHT_NOBITS == kElfSectionNoBits);

struct Elf32 {
  using Header = Elf32_Ehdr;
  using Program = Elf32_Phdr;
  using Section = Elf32_Shdr;
};
struct Elf64 {
  using Header = Elf64_Ehdr;
  using Program = Elf64_Phdr;
  using Section = Elf64_Shdr;
};

/// A PT_LOAD segment with its virtual address, which only the entry point needs.
struct Loadable {
  Segment segment;
  std::uint64_t virtual_address = 0;
};

std::string machine_name(std::uint16_t machine) {
  static constexpr std::array<std::pair<std::uint16_t, std::string_view>, 12> kNames{
      {{EM_ARM, "32-bit ARM"},
       {EM_AARCH64, "64-bit ARM (AArch64)"},
       {EM_RISCV, "RISC-V"},
       {EM_MIPS, "MIPS"},
       {EM_PPC, "PowerPC"},
       {EM_PPC64, "64-bit PowerPC"},
       {EM_S390, "S/390"},
       {EM_SPARC, "SPARC"},
       {EM_SPARCV9, "64-bit SPARC"},
       {EM_IA_64, "Itanium"},
       {EM_68K, "Motorola 68000"},
       {258, "LoongArch"}}};  // EM_LOONGARCH, newer than some elf.h.
  for (const auto& [number, text] : kNames) {
    if (number == machine) return std::string(text);
  }
  return fmt::format("machine number {}", machine);
}

// e_type and e_machine follow e_ident at the same offsets in both classes.
void check_ident(Bytes file, std::string_view name) {
  const auto ident = read_at<std::array<unsigned char, EI_NIDENT>>(file, 0);
  const auto type = read_at<std::array<std::uint8_t, 2>>(file, EI_NIDENT);
  const auto machine = read_at<std::array<std::uint8_t, 2>>(file, EI_NIDENT + 2);
  if (!ident || !type || !machine) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is truncated: it ends inside of the ELF header; copy or build it again",
        name));
  }
  const bool big_endian = (*ident)[EI_DATA] == ELFDATA2MSB;
  const auto number = [big_endian](const std::array<std::uint8_t, 2>& bytes) {
    return static_cast<std::uint16_t>(big_endian ? bytes[0] << 8 | bytes[1]
                                                 : bytes[1] << 8 | bytes[0]);
  };
  if (big_endian || (number(*machine) != EM_386 && number(*machine) != EM_X86_64)) {
    throw ConfigError(
        fmt::format("kernel \"{}\" is an ELF file for another machine ({}{}): take the one for x86",
                    name, machine_name(number(*machine)), big_endian ? ", big-endian" : ""));
  }
  if (number(*type) != ET_EXEC && number(*type) != ET_DYN) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is an ELF {}, not an executable: link it first", name,
        number(*type) == ET_REL ? "object file" : "file of type " + std::to_string(number(*type))));
  }
}

// Xen, public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY, name "Xen", the entry's physical address in 4
// bytes (8 in some 64-bit kernels).
std::optional<std::uint32_t> find_pvh_entry(Bytes notes, std::uint64_t alignment) {
  constexpr std::uint32_t kPhys32Entry = 18;
  constexpr std::array<char, 4> kXen{'X', 'e', 'n', '\0'};
  std::uint64_t offset = 0;
  while (const auto note = read_at<Elf64_Nhdr>(notes, offset)) {
    const std::uint64_t name_at = offset + sizeof(Elf64_Nhdr);
    const std::uint64_t description_at = align_up(name_at + note->n_namesz, alignment);
    const auto note_name = read_at<std::array<char, 4>>(notes, name_at);
    if (note->n_type == kPhys32Entry && note->n_namesz == kXen.size() && note_name == kXen &&
        note->n_descsz >= sizeof(std::uint32_t)) {
      return read_at<std::uint32_t>(notes, description_at);
    }
    offset = align_up(description_at + note->n_descsz, alignment);
  }
  return std::nullopt;
}

// e_entry is an address of either kind: Linux has the physical one there, most others the virtual.
std::uint64_t physical_entry(std::uint64_t entry, const std::vector<Loadable>& loadables) {
  for (const Loadable& each : loadables) {
    if (entry >= each.segment.address && entry - each.segment.address < each.segment.memory_size) {
      return entry;
    }
  }
  for (const Loadable& each : loadables) {
    if (entry >= each.virtual_address && entry - each.virtual_address < each.segment.memory_size) {
      return entry - each.virtual_address + each.segment.address;
    }
  }
  return entry;
}

template <typename Class>
ElfSectionTable find_sections(Bytes file, const typename Class::Header& header) {
  const ElfSectionTable table{header.e_shoff, header.e_shnum, header.e_shentsize,
                              header.e_shstrndx};
  const bool usable = table.count != 0 && table.entry_size == sizeof(typename Class::Section) &&
                      table.strings_index < table.count &&
                      slice(file, table.offset, std::uint64_t{table.count} * table.entry_size);
  return usable ? table : ElfSectionTable{};
}

template <typename Class>
void read_program_header(const typename Class::Program& program, Bytes file, ElfFile& elf,
                         std::vector<Loadable>& loadables) {
  if (program.p_type == PT_INTERP) elf.has_interpreter = true;
  if (program.p_type == PT_LOAD) {
    const Segment segment{program.p_offset, program.p_filesz, program.p_paddr, program.p_memsz};
    loadables.push_back({segment, program.p_vaddr});
  }
  if (program.p_type == PT_NOTE && !elf.pvh_entry) {
    const auto notes = slice(file, program.p_offset, program.p_filesz);
    if (notes) elf.pvh_entry = find_pvh_entry(*notes, program.p_align == 8 ? 8 : 4);
  }
}

template <typename Class>
ElfFile parse(Bytes file, std::string_view name) {
  const auto header = read_at<typename Class::Header>(file, 0);
  using Program = typename Class::Program;
  const bool headers_present =
      header && slice(file, header->e_phoff, std::uint64_t{header->e_phnum} * sizeof(Program));
  if (!headers_present) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is truncated: its ELF program headers end beyond the file's {}; copy or "
        "build it again",
        name, human_size(file.size())));
  }
  if (header->e_phnum != 0 && header->e_phentsize != sizeof(Program)) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is damaged: its ELF program headers have {} bytes instead of {}; build or "
        "copy it again",
        name, header->e_phentsize, sizeof(Program)));
  }

  ElfFile elf;
  elf.is_64_bit = sizeof(typename Class::Header) == sizeof(Elf64_Ehdr);
  std::vector<Loadable> loadables;
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto program = read_at<Program>(file, header->e_phoff + i * sizeof(Program));
    read_program_header<Class>(*program, file, elf, loadables);
  }
  elf.plan.entry = physical_entry(header->e_entry, loadables);
  for (const Loadable& each : loadables) elf.plan.segments.push_back(each.segment);
  elf.sections = find_sections<Class>(file, *header);
  return elf;
}

}  // namespace

bool is_elf(Bytes file) {
  const auto magic = read_at<std::array<char, SELFMAG>>(file, 0);
  return magic && std::equal(magic->begin(), magic->end(), ELFMAG);
}

ElfFile parse_elf(Bytes file, std::string_view name) {
  check_ident(file, name);
  const bool is_64_bit = std::to_integer<unsigned>(file[EI_CLASS]) == ELFCLASS64;
  ElfFile elf = is_64_bit ? parse<Elf64>(file, name) : parse<Elf32>(file, name);
  if (elf.has_interpreter) {
    throw ConfigError(fmt::format(
        "\"{}\" is a program for a running system (it has a dynamic linker), not a kernel", name));
  }
  return elf;
}

std::optional<ElfSection> read_section(Bytes file, const ElfFile& elf, std::uint32_t index) {
  if (index >= elf.sections.count) return std::nullopt;
  const std::uint64_t offset = elf.sections.offset + std::uint64_t{index} * elf.sections.entry_size;
  if (elf.is_64_bit) {
    const auto section = read_at<Elf64_Shdr>(file, offset);
    if (!section) return std::nullopt;
    return ElfSection{section->sh_type, section->sh_addr, section->sh_offset, section->sh_size};
  }
  const auto section = read_at<Elf32_Shdr>(file, offset);
  if (!section) return std::nullopt;
  return ElfSection{section->sh_type, section->sh_addr, section->sh_offset, section->sh_size};
}

SectionAddressField section_address_field(const ElfFile& elf) {
  if (elf.is_64_bit) return {offsetof(Elf64_Shdr, sh_addr), sizeof(Elf64_Addr)};
  return {offsetof(Elf32_Shdr, sh_addr), sizeof(Elf32_Addr)};
}

}  // namespace minivmm::boot
