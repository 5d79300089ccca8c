// Embedded Swift seeds its hashing with arc4random_buf, which glibc has only since 2.36. Seeds need not be secret here.
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void arc4random_buf(void *buffer, size_t count);

void arc4random_buf(void *buffer, size_t count) {
  if (syscall(SYS_getrandom, buffer, count, 1 /* do not block */) == (long)count)
    return;
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t state = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 20 ^ (uint64_t)(uintptr_t)buffer;
  for (size_t i = 0; i < count; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    ((unsigned char *)buffer)[i] = (unsigned char)(state >> 56);
  }
}
