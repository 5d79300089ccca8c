#define _GNU_SOURCE
#include "cplatform.h"

#include "available_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/** The size of a huge page on x86-64, and of most on arm64. */
enum { HUGE_PAGE = 2 * 1024 * 1024 };

/** From here on a buffer is compared with what is left: an overcommitting kernel promises any amount, and kills the
   host when it is used. */
static const size_t WORTH_ASKING = 128 * 1024 * 1024;

void *cplatform_allocate(size_t bytes) {
  void *memory = NULL;
  if (bytes > PTRDIFF_MAX || (bytes >= WORTH_ASKING && bytes > available_memory()))
    return NULL;
  int isLarge = bytes >= 2 * (size_t)HUGE_PAGE;
  if (posix_memalign(&memory, isLarge ? HUGE_PAGE : 64, bytes ? bytes : 64))
    return NULL;
  // Packed weights are read from end to end for each block of rows: fewer pages, fewer page walks. A refusal does no
  // harm.
  if (isLarge)
    madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
  return memset(memory, 0, bytes);
}

void *cplatform_allocate_unset(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, bytes ? bytes : 64) ? NULL : memory;
}

void cplatform_free(void *memory) { free(memory); }
