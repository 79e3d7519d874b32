// Reads a block device past the page cache, at random or in order, with Linux's native AIO.
//
//   ioload DEVICE random|sequential SIZE DEPTH SECONDS
//
// Prints "bench: mode=... depth=... size=... requests=N microseconds=M". Linked statically, for an
// initrd.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kMaxDepth = 128, kAlignment = 4096 };

static void die(const char* what) {
  perror(what);
  exit(1);
}

static uint64_t microseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

// xorshift64: the same places in every run.
static uint64_t next_random(void) {
  static uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

struct plan {
  int fd;
  int random;
  uint64_t size, places, next;
};

static void place(struct plan* plan, struct iocb* request) {
  const uint64_t at = plan->random ? next_random() % plan->places : plan->next++ % plan->places;
  request->aio_offset = (int64_t)(at * plan->size);
}

static void submit(aio_context_t context, struct iocb** requests, long count) {
  for (long done = 0; done < count;) {
    const long taken = syscall(SYS_io_submit, context, count - done, requests + done);
    if (taken < 0) die("io_submit");
    done += taken;
  }
}

static uint64_t load(struct plan* plan, int depth, uint64_t end) {
  static struct iocb iocbs[kMaxDepth];
  struct iocb* again[kMaxDepth];
  struct io_event events[kMaxDepth];
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, kMaxDepth, &context) < 0) die("io_setup");
  for (int i = 0; i < depth; ++i) {
    void* data = NULL;
    if (posix_memalign(&data, kAlignment, plan->size) != 0) die("posix_memalign");
    iocbs[i] = (struct iocb){.aio_lio_opcode = IOCB_CMD_PREAD,
                             .aio_fildes = (uint32_t)plan->fd,
                             .aio_buf = (uintptr_t)data,
                             .aio_nbytes = plan->size};
    place(plan, &iocbs[i]);
    again[i] = &iocbs[i];
  }
  submit(context, again, depth);
  uint64_t requests = 0;
  for (long in_flight = depth; in_flight > 0;) {
    const long count = syscall(SYS_io_getevents, context, 1, kMaxDepth, events, NULL);
    if (count < 0) die("io_getevents");
    in_flight -= count;
    requests += (uint64_t)count;
    if (microseconds() >= end) continue;
    for (long i = 0; i < count; ++i) {
      if (events[i].res != (int64_t)plan->size) die("a read");
      again[i] = (struct iocb*)(uintptr_t)events[i].obj;
      place(plan, again[i]);
    }
    submit(context, again, count);
    in_flight += count;
  }
  return requests;
}

int main(int argc, char** argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: ioload DEVICE random|sequential SIZE DEPTH SECONDS\n");
    return 2;
  }
  struct plan plan = {.fd = open(argv[1], O_RDONLY | O_DIRECT),
                      .random = strcmp(argv[2], "random") == 0,
                      .size = strtoull(argv[3], NULL, 10)};
  const int depth = atoi(argv[4]);
  uint64_t capacity = 0;
  if (plan.fd < 0 || ioctl(plan.fd, BLKGETSIZE64, &capacity) < 0) die(argv[1]);
  if (depth < 1 || depth > kMaxDepth || plan.size < 512 || capacity < plan.size) return 2;
  plan.places = capacity / plan.size;
  const uint64_t start = microseconds();
  const uint64_t requests = load(&plan, depth, start + strtoull(argv[5], NULL, 10) * 1000000);
  printf("bench: mode=%s depth=%d size=%s requests=%llu microseconds=%llu\n", argv[2], depth,
         argv[3], (unsigned long long)requests, (unsigned long long)(microseconds() - start));
}
