#define _GNU_SOURCE
#include "fail_allocation.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { BUFFER_ALIGNMENT = 64 };
static atomic_size_t asked;
static atomic_size_t failing;
static atomic_int is_lasting;

size_t fail_allocation(size_t nth, int lasting) {
  atomic_store(&failing, nth);
  atomic_store(&is_lasting, lasting);
  return atomic_exchange(&asked, 0);
}

__attribute__((visibility("default"))) int posix_memalign(void **out, size_t alignment, size_t size) {
  static int (*_Atomic next)(void **, size_t, size_t);
  if (!atomic_load(&next))
    atomic_store(&next, (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign"));
  if (alignment >= BUFFER_ALIGNMENT) {
    const size_t number = atomic_fetch_add(&asked, 1) + 1, first = atomic_load(&failing);
    if (first && (number == first || (number > first && atomic_load(&is_lasting))))
      return ENOMEM;
  }
  return atomic_load(&next)(out, alignment, size);
}
