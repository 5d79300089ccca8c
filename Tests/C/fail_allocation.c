#define _GNU_SOURCE
#include "fail_allocation.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef int memalign_function(void **, size_t, size_t);
typedef void *map_function(void *, size_t, int, int, int, off_t);
typedef int unmap_function(void *, size_t);

/* What a sanitizer that is linked into the program puts in front of the C library. */
__attribute__((weak)) memalign_function __interceptor_posix_memalign;
__attribute__((weak)) map_function __interceptor_mmap;
__attribute__((weak)) unmap_function __interceptor_munmap;

/* A function of the C library behind the one here. */
#define NEXT(name) (__interceptor_##name ? __interceptor_##name : (__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum { BUFFER_ALIGNMENT = 64 };
static atomic_size_t asked;
static atomic_size_t failing;
static atomic_int is_lasting;
static atomic_size_t least;
static atomic_size_t mapped;

size_t fail_allocation(size_t nth, int lasting) {
  atomic_store(&failing, nth);
  atomic_store(&is_lasting, lasting);
  return atomic_exchange(&asked, 0);
}

void count_allocations_from(size_t bytes) { atomic_store(&least, bytes); }

size_t mapped_bytes(void) { return atomic_load(&mapped); }

static int fails(size_t size) {
  if (size < atomic_load(&least))
    return 0;
  const size_t number = atomic_fetch_add(&asked, 1) + 1, first = atomic_load(&failing);
  return first && (number == first || (number > first && atomic_load(&is_lasting)));
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  static memalign_function *_Atomic next;
  if (!atomic_load(&next))
    atomic_store(&next, NEXT(posix_memalign));
  return alignment >= BUFFER_ALIGNMENT && fails(size) ? ENOMEM : atomic_load(&next)(out, alignment, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  static map_function *_Atomic next;
  if (!atomic_load(&next))
    atomic_store(&next, NEXT(mmap));
  if (!(flags & MAP_ANONYMOUS))
    return atomic_load(&next)(address, size, protection, flags, file, offset);
  if (fails(size)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  void *memory = atomic_load(&next)(address, size, protection, flags, file, offset);
  if (memory != MAP_FAILED)
    atomic_fetch_add(&mapped, size);
  return memory;
}

int munmap(void *address, size_t size) {
  static unmap_function *_Atomic next;
  if (!atomic_load(&next))
    atomic_store(&next, NEXT(munmap));
  const int status = atomic_load(&next)(address, size);
  if (status == 0)
    atomic_fetch_sub(&mapped, size);
  return status;
}
