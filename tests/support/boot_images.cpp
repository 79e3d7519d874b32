#include "support/boot_images.h"

#include <elf.h>

namespace minivmm::test {
namespace {

constexpr std::size_t kHeadersEnd = 0x400;  // Room for the ELF and program headers.

template <typename Header, typename Program, typename Section>
ByteVector build_elf(const TestElf& elf, unsigned char file_class) {
  ByteVector file(kHeadersEnd);
  Header header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = file_class;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = elf.type;
  header.e_machine = elf.machine;
  header.e_version = EV_CURRENT;
  header.e_entry = static_cast<decltype(header.e_entry)>(elf.entry);
  header.e_phoff = sizeof(Header);
  header.e_ehsize = sizeof(Header);
  header.e_phentsize = sizeof(Program);

  const auto add_program = [&](std::uint32_t type, const TestSegment& segment) {
    Program program{};
    program.p_type = type;
    program.p_offset = static_cast<decltype(program.p_offset)>(file.size());
    program.p_paddr = static_cast<decltype(program.p_paddr)>(segment.physical);
    program.p_vaddr =
        static_cast<decltype(program.p_vaddr)>(segment.physical + segment.virtual_offset);
    program.p_filesz = static_cast<decltype(program.p_filesz)>(segment.bytes.size());
    program.p_memsz = static_cast<decltype(program.p_memsz)>(
        segment.memory_size != 0 ? segment.memory_size : segment.bytes.size());
    program.p_align = 4;
    poke(file, sizeof(Header) + header.e_phnum * sizeof(Program), program);
    ++header.e_phnum;
    file.insert(file.end(), segment.bytes.begin(), segment.bytes.end());
    file.resize((file.size() + 15) / 16 * 16);
  };
  for (const TestSegment& segment : elf.segments) add_program(PT_LOAD, segment);
  if (!elf.notes.empty()) add_program(PT_NOTE, {0, elf.notes});

  if (!elf.symbols.empty()) {
    Section symbols{};
    symbols.sh_type = SHT_SYMTAB;
    symbols.sh_offset = static_cast<decltype(symbols.sh_offset)>(file.size());
    symbols.sh_size = static_cast<decltype(symbols.sh_size)>(elf.symbols.size());
    file.insert(file.end(), elf.symbols.begin(), elf.symbols.end());
    header.e_shoff = static_cast<decltype(header.e_shoff)>(file.size());
    header.e_shentsize = sizeof(Section);
    header.e_shnum = 2;
    poke(file, file.size(), Section{});
    poke(file, file.size(), symbols);
  }
  poke(file, 0, header);
  return file;
}

}  // namespace

ByteVector TestElf::build_64() const {
  return build_elf<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr>(*this, ELFCLASS64);
}

ByteVector TestElf::build_32() const {
  return build_elf<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr>(*this, ELFCLASS32);
}

ByteVector pvh_note(std::uint32_t entry) {
  ByteVector note;
  poke(note, 0, std::uint32_t{4});   // Name's size.
  poke(note, 4, std::uint32_t{4});   // Description's size.
  poke(note, 8, std::uint32_t{18});  // XEN_ELFNOTE_PHYS32_ENTRY
  poke_text(note, 12, {"Xen\0", 4});
  poke(note, 16, entry);
  return note;
}

ByteVector multiboot1_header(std::uint32_t flags, const std::vector<std::uint32_t>& rest) {
  constexpr std::uint32_t kMagic = 0x1bad'b002;
  ByteVector header;
  poke(header, 0, kMagic);
  poke(header, 4, flags);
  poke(header, 8, 0u - kMagic - flags);
  for (const std::uint32_t value : rest) poke(header, header.size(), value);
  return header;
}

ByteVector multiboot2_header(const std::vector<TestTag>& tags) {
  constexpr std::uint32_t kMagic = 0xe852'50d6;
  ByteVector header(16);
  const auto add = [&header](const TestTag& tag) {
    poke(header, header.size(), tag.type);
    poke(header, header.size(), tag.flags);
    poke(header, header.size(), static_cast<std::uint32_t>(8 + 4 * tag.body.size()));
    for (const std::uint32_t value : tag.body) poke(header, header.size(), value);
    header.resize((header.size() + 7) / 8 * 8);
  };
  for (const TestTag& tag : tags) add(tag);
  add({});
  const auto length = static_cast<std::uint32_t>(header.size());
  poke(header, 0, kMagic);
  poke(header, 8, length);
  poke(header, 12, 0u - kMagic - length);
  return header;
}

ByteVector TestBzImage::build() const {
  constexpr std::size_t kSetupSectors = 4;
  constexpr std::size_t kKernelOffset = (kSetupSectors + 1) * 512;
  ByteVector file(kKernelOffset + kernel_size, std::byte{0});
  poke(file, 0x1f1, static_cast<std::uint8_t>(kSetupSectors));
  poke(file, 0x1f4, static_cast<std::uint32_t>((kernel_size + 15) / 16));
  poke(file, 0x1fe, std::uint16_t{0xaa55});
  poke(file, 0x200, std::uint16_t{0x6aeb});  // A jump to 0x26c.
  poke_text(file, 0x202, "HdrS");
  poke(file, 0x206, version);
  poke(file, 0x20e, std::uint16_t{0x300 - 0x200});
  poke_text(file, 0x300, kernel_version);
  poke(file, 0x211, loadflags);
  poke(file, 0x214, std::uint32_t{0x10'0000});
  poke(file, 0x22c, initrd_addr_max);
  poke(file, 0x230, alignment);
  poke(file, 0x234, relocatable);
  poke(file, 0x236, xloadflags);
  poke(file, 0x238, cmdline_size);
  poke(file, 0x258, pref_address);
  poke(file, 0x260, init_size);
  poke_text(file, kKernelOffset, "the kernel");
  return file;
}

}  // namespace minivmm::test
