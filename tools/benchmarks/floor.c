// The floor: what any program must at least do to run a guest on KVM, and nothing besides.
//
//   floor [--start] ELF [COMMAND LINE]
//
// Boots an ELF file with a PVH note (Xen, docs/misc/pvh.pandoc) with 1 GiB and one vCPU, and
// answers its exits in a bare loop around KVM_RUN. The serial line goes to stdout, isa-debug-exit
// ends. With --start the first exit ends, and its time is told as minivmm --timing does.
//
// The order of the ioctls is the best known one: whatever KVM registers on an I/O bus makes later
// changes of memory slots wait, so the slot comes first.

#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  kHugePage = 2 << 20,
  kRam = 1 << 30,
  kStartInfo = 0x6000,  // Below 1 MiB, where no guest of ours is loaded.
  kCommandLine = 0x7000,
  kCommandLineSize = 0x1000,
  kPhys32Entry = 18,  // XEN_ELFNOTE_PHYS32_ENTRY.
  kSerial = 0x3f8,
  kSerialLineStatus = kSerial + 5,
  kTransmitterEmpty = 0x60,
  kDebugExit = 0xf4,
  kMaxCpuidEntries = 256,
};

static void die(const char* what) {
  perror(what);
  exit(4);
}

static int kvm_ioctl(int fd, unsigned long request, uintptr_t argument, const char* name) {
  const int result = ioctl(fd, request, argument);
  if (result < 0) die(name);
  return result;
}
#define IOCTL(fd, request, argument) kvm_ioctl(fd, request, (uintptr_t)(argument), #request)

// Guest RAM, aligned so that huge pages can be its.
static uint8_t* map_ram(void) {
  uint8_t* all = mmap(NULL, (size_t)kRam + kHugePage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) die("mmap");
  uint8_t* ram = (uint8_t*)(((uintptr_t)all + kHugePage - 1) & ~(uintptr_t)(kHugePage - 1));
  madvise(ram, kRam, MADV_HUGEPAGE);
  return ram;
}

// The address in the PVH note of a segment of notes; 0 if there is none.
static uint32_t find_entry(const uint8_t* notes, size_t size) {
  for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
    const Elf64_Nhdr* note = (const Elf64_Nhdr*)(notes + at);
    const size_t description = at + sizeof *note + ((note->n_namesz + 3u) & ~3u);
    if (note->n_type == kPhys32Entry && note->n_descsz >= 4 && description + 4 <= size) {
      uint32_t entry;
      memcpy(&entry, notes + description, sizeof entry);
      return entry;
    }
    at = description + ((note->n_descsz + 3u) & ~3u);
  }
  return 0;
}

// Copies the segments to where they belong, and returns the entry.
static uint32_t load_elf(const char* path, uint8_t* ram) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) < 0) die(path);
  const size_t size = (size_t)status.st_size;
  const uint8_t* file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED) die(path);
  const Elf64_Ehdr* header = (const Elf64_Ehdr*)file;
  const Elf64_Phdr* segments = (const Elf64_Phdr*)(file + header->e_phoff);
  uint32_t entry = 0;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const Elf64_Phdr* segment = &segments[i];
    if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset) continue;
    const uint8_t* from = file + segment->p_offset;
    if (segment->p_type == PT_NOTE) entry = find_entry(from, segment->p_filesz);
    if (segment->p_type != PT_LOAD || segment->p_paddr > kRam ||
        segment->p_filesz > kRam - segment->p_paddr)
      continue;
    memcpy(ram + segment->p_paddr, from, segment->p_filesz);
  }
  if (entry == 0) {
    fprintf(stderr, "%s: no PVH note\n", path);
    exit(2);
  }
  return entry;
}

// Xen, public/arch-x86/hvm/start_info.h, version 0: no memory map.
static void write_start_info(uint8_t* ram, const char* command_line) {
  struct {
    uint32_t magic, version, flags, modules_count;
    uint64_t modules, command_line, rsdp;
  } info = {.magic = 0x336ec578, .command_line = kCommandLine};
  memcpy(ram + kStartInfo, &info, sizeof info);
  snprintf((char*)ram + kCommandLine, kCommandLineSize, "%s", command_line);
}

// The state of PVH's entry: protected mode, flat segments, no paging, EBX at the start info.
static void set_registers(int vcpu, uint32_t entry) {
  struct kvm_sregs sregs;
  IOCTL(vcpu, KVM_GET_SREGS, &sregs);
  const struct kvm_segment data = {
      .limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
  sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
  sregs.cs = data;
  sregs.cs.selector = 0x08;
  sregs.cs.type = 11;
  sregs.cr0 |= 1;  // PE.
  IOCTL(vcpu, KVM_SET_SREGS, &sregs);
  const struct kvm_regs regs = {.rip = entry, .rbx = kStartInfo, .rflags = 2};
  IOCTL(vcpu, KVM_SET_REGS, &regs);
}

static void set_cpuid(int kvm, int vcpu) {
  const size_t size =
      sizeof(struct kvm_cpuid2) + kMaxCpuidEntries * sizeof(struct kvm_cpuid_entry2);
  struct kvm_cpuid2* cpuid = calloc(1, size);
  cpuid->nent = kMaxCpuidEntries;
  IOCTL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
  IOCTL(vcpu, KVM_SET_CPUID2, cpuid);
  free(cpuid);
}

// The exit status, if this was the guest's end; -1 otherwise.
static int answer_port(struct kvm_run* run) {
  uint8_t* data = (uint8_t*)run + run->io.data_offset;
  const size_t size = (size_t)run->io.size * run->io.count;
  if (run->io.direction == KVM_EXIT_IO_IN) {
    memset(data, run->io.port == kSerialLineStatus ? kTransmitterEmpty : 0xff, size);
  } else if (run->io.port == kSerial) {
    fwrite(data, 1, size, stdout);
  } else if (run->io.port == kDebugExit) {
    fflush(stdout);
    return data[0] << 1 | 1;
  }
  return -1;
}

static void tell_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("timing: first exit at %lld ns of CLOCK_MONOTONIC\n",
         (long long)now.tv_sec * 1000000000 + now.tv_nsec);
  fflush(stdout);
  _exit(0);
}

// Returns the exit status.
static int run_guest(int vcpu, struct kvm_run* run, bool first_exit_only) {
  for (;;) {
    IOCTL(vcpu, KVM_RUN, 0);
    if (first_exit_only) tell_time();
    int status = -1;
    switch (run->exit_reason) {
      case KVM_EXIT_IO:
        status = answer_port(run);
        break;
      case KVM_EXIT_MMIO:
        if (!run->mmio.is_write) memset(run->mmio.data, 0xff, sizeof run->mmio.data);
        break;
      default:
        fprintf(stderr, "floor: exit reason %u\n", run->exit_reason);
        status = 6;
    }
    if (status >= 0) return status;
  }
}

int main(int argc, char** argv) {
  const bool first_exit_only = argc > 1 && strcmp(argv[1], "--start") == 0;
  char** words = argv + 1 + first_exit_only;
  if (words[0] == NULL) {
    fprintf(stderr, "usage: floor [--start] ELF [COMMAND LINE]\n");
    return 2;
  }
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) die("/dev/kvm");
  const int vm = IOCTL(kvm, KVM_CREATE_VM, 0);
  uint8_t* ram = map_ram();
  const struct kvm_userspace_memory_region region = {.memory_size = kRam,
                                                     .userspace_addr = (uintptr_t)ram};
  IOCTL(vm, KVM_SET_USER_MEMORY_REGION, &region);
  IOCTL(vm, KVM_CREATE_IRQCHIP, 0);
  const struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
  IOCTL(vm, KVM_CREATE_PIT2, &pit);
  const int vcpu = IOCTL(vm, KVM_CREATE_VCPU, 0);
  const size_t run_size = (size_t)IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  struct kvm_run* run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED) die("mmap of kvm_run");
  set_cpuid(kvm, vcpu);
  write_start_info(ram, words[1] != NULL ? words[1] : "");
  set_registers(vcpu, load_elf(words[0], ram));
  const int status = run_guest(vcpu, run, first_exit_only);
  // The VM goes before its memory: the other way round KVM is told of each page that goes.
  munmap(run, run_size);
  close(vcpu);
  close(vm);
  return status & 0xff;
}
