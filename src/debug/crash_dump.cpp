#include "debug/crash_dump.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "host/system_error.h"
#include "host/unique_fd.h"

namespace minivmm::debug {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kPiece = 64 * 1024;    // Looked at together for not being zeros.
constexpr std::size_t kMostMappings = 1024;  // Program headers; e_phnum has 16 bits.

/// struct elf_prstatus of Linux's x86-64 (include/uapi/linux/elfcore.h, and user_regs_struct).
struct Prstatus {
  std::uint32_t signal_info[3];
  std::uint16_t current_signal;
  std::uint16_t padding0;
  std::uint64_t pending_signals, held_signals;
  std::uint32_t pid, parent, group, session;
  std::uint64_t times[8];
  std::uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
  std::uint64_t rax, rcx, rdx, rsi, rdi, original_rax, rip, cs, rflags, rsp, ss;
  std::uint64_t fs_base, gs_base, ds, es, fs, gs;
  std::uint32_t floating_point_valid;
  std::uint32_t padding1;
};
static_assert(sizeof(Prstatus) == 336);
static_assert(offsetof(Prstatus, r15) == 112);

struct Note {
  Elf64_Nhdr header{};
  std::array<char, 8> name{"CORE"};
  std::array<std::byte, sizeof(Prstatus)> status{};  // As bytes: notes are aligned to 4 only.
};
static_assert(sizeof(Note) == sizeof(Elf64_Nhdr) + 8 + 336);

Note make_note(const DumpedCpu& cpu, std::size_t index) {
  constexpr std::uint32_t kNameSize = 5;  // "CORE" and its end.
  const CpuRegisters& from = cpu.registers;
  const CpuSpecialRegisters& special = cpu.special;
  Note note;
  note.header = {.n_namesz = kNameSize, .n_descsz = sizeof(Prstatus), .n_type = NT_PRSTATUS};
  Prstatus to{};
  to.pid = static_cast<std::uint32_t>(index + 1);  // 0 is no thread for gdb.
  to.r15 = from.r15, to.r14 = from.r14, to.r13 = from.r13, to.r12 = from.r12;
  to.r11 = from.r11, to.r10 = from.r10, to.r9 = from.r9, to.r8 = from.r8;
  to.rax = from.rax, to.rbx = from.rbx, to.rcx = from.rcx, to.rdx = from.rdx;
  to.rsi = from.rsi, to.rdi = from.rdi, to.rbp = from.rbp, to.rsp = from.rsp;
  to.rip = from.rip, to.rflags = from.rflags;
  to.cs = special.cs.selector, to.ss = special.ss.selector;
  to.ds = special.ds.selector, to.es = special.es.selector;
  to.fs = special.fs.selector, to.gs = special.gs.selector;
  to.fs_base = special.fs.base, to.gs_base = special.gs.base;
  std::memcpy(note.status.data(), &to, sizeof to);
  return note;
}

Elf64_Phdr load_header(std::uint64_t linear, const GuestRange& physical, std::uint64_t offset) {
  return {.p_type = PT_LOAD,
          .p_flags = PF_R | PF_W | PF_X,
          .p_offset = offset,
          .p_vaddr = linear,
          .p_paddr = physical.start.value,
          .p_filesz = physical.size,
          .p_memsz = physical.size,
          .p_align = 0};
}

Elf64_Ehdr file_header(std::size_t headers) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(headers);
  return header;
}

class DumpFile {
 public:
  explicit DumpFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (!fd_) fail();
  }

  void write(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t done =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0) fail();
      offset += static_cast<std::uint64_t>(done);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
  }
  template <typename T>
  void write(std::uint64_t offset, std::span<const T> values) {
    write(offset, std::as_bytes(values));
  }
  void write_sparsely(std::uint64_t offset, std::span<const std::byte> bytes) {
    static constexpr std::array<std::byte, kPiece> kZeros{};
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kPiece));
      if (std::memcmp(piece.data(), kZeros.data(), piece.size()) != 0) write(offset, piece);
      offset += piece.size();
      bytes = bytes.subspan(piece.size());
    }
  }
  void set_size(std::uint64_t size) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) < 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw system_error(fmt::format("can't write the crash dump '{}'", path_),
                       "give a place that can be written and has room");
  }

  const std::string path_;
  const UniqueFd fd_;
};

/// Where a region's bytes are in the file: after the headers, one after the other.
std::vector<std::uint64_t> region_offsets(const GuestMemory& memory, std::uint64_t first) {
  std::vector<std::uint64_t> offsets;
  for (const MemoryRegion& region : memory.regions()) {
    offsets.push_back(first);
    first += region.range.size;
  }
  return offsets;
}

/// Virtual before physical addresses: gdb takes the first that fits.
std::vector<Elf64_Phdr> load_headers(const GuestMemory& memory,
                                     std::span<const MappedRange> mappings,
                                     std::span<const std::uint64_t> offsets) {
  std::vector<Elf64_Phdr> headers;
  const auto regions = memory.regions();
  for (const MappedRange& mapping : mappings) {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const GuestRange& region = regions[i].range;
      if (!region.contains(mapping.physical.start, mapping.physical.size)) continue;
      const std::uint64_t inside = mapping.physical.start.value - region.start.value;
      headers.push_back(load_header(mapping.linear, mapping.physical, offsets[i] + inside));
    }
  }
  for (std::size_t i = 0; i < regions.size(); ++i)
    headers.push_back(load_header(regions[i].range.start.value, regions[i].range, offsets[i]));
  return headers;
}

}  // namespace

void write_crash_dump(const std::string& path, const GuestMemory& memory,
                      std::span<const DumpedCpu> cpus) {
  std::vector<MappedRange> mappings;
  if (!cpus.empty()) mappings = mapped_ranges(memory, cpus.front().special, kMostMappings);
  const std::size_t count = 1 + mappings.size() + memory.regions().size();
  const std::uint64_t notes_at = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
  std::vector<Note> notes;
  for (const DumpedCpu& cpu : cpus) notes.push_back(make_note(cpu, notes.size()));
  const std::uint64_t notes_size = notes.size() * sizeof(Note);
  const std::uint64_t memory_at = (notes_at + notes_size + kPage - 1) & ~(kPage - 1);

  std::vector<Elf64_Phdr> headers{{.p_type = PT_NOTE,
                                   .p_flags = 0,
                                   .p_offset = notes_at,
                                   .p_vaddr = 0,
                                   .p_paddr = 0,
                                   .p_filesz = notes_size,
                                   .p_memsz = notes_size,
                                   .p_align = 4}};
  const std::vector<std::uint64_t> offsets = region_offsets(memory, memory_at);
  for (const Elf64_Phdr& header : load_headers(memory, mappings, offsets))
    headers.push_back(header);
  const Elf64_Ehdr first = file_header(headers.size());

  DumpFile file(path);
  file.write(0, std::span(&first, 1));
  file.write(sizeof first, std::span<const Elf64_Phdr>(headers));
  file.write(notes_at, std::span<const Note>(notes));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const MemoryRegion& region = memory.regions()[i];
    file.write_sparsely(offsets[i], {region.host, region.range.size});
  }
  file.set_size(memory_at + memory.size());
}

}  // namespace minivmm::debug
