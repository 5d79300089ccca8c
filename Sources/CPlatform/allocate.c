#define _GNU_SOURCE
#include "cplatform.h"

#include "available_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/** The size of a huge page on x86-64, and of most on arm64. */
static const size_t HUGE_PAGE = 2 * 1024 * 1024;

#ifdef __has_feature
#define IS_WATCHED __has_feature(address_sanitizer)
#else
#define IS_WATCHED 0
#endif

/** From here on memory is mapped: its pages are zero already, and come when they are used. AddressSanitizer watches
   only what malloc gives. */
static const size_t WORTH_MAPPING = IS_WATCHED ? SIZE_MAX : 4 * 1024 * 1024;

/** From here on a buffer is compared with what is left, and taken at once: an overcommitting kernel promises any
   amount, and kills the host when it is used. */
static const size_t WORTH_ASKING = 128 * 1024 * 1024;

static size_t mapped_size(size_t bytes) { return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE; }

static void *map(size_t bytes) {
  const size_t size = mapped_size(bytes);
  char *const start = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED)
    return NULL;
  const size_t before = -(uintptr_t)start % HUGE_PAGE;
  if (before > 0)
    munmap(start, before);
  munmap(start + before + size, HUGE_PAGE - before);
  // Packed weights are read from end to end for each block of rows: fewer pages, fewer page walks. A refusal does no
  // harm.
  madvise(start + before, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
  return start + before;
}

static void *allocate_aligned(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, bytes ? bytes : 64) ? NULL : memory;
}

void *cplatform_allocate(size_t bytes) {
  if (bytes > PTRDIFF_MAX || (bytes >= WORTH_ASKING && bytes > available_memory()))
    return NULL;
  const int isMapped = bytes >= WORTH_MAPPING;
  void *memory = isMapped ? map(bytes) : allocate_aligned(bytes);
  const int isZeroed = isMapped && bytes < WORTH_ASKING;
  return memory && !isZeroed ? memset(memory, 0, bytes) : memory;
}

void cplatform_free(void *memory, size_t bytes) {
  if (bytes >= WORTH_MAPPING)
    munmap(memory, mapped_size(bytes));
  else
    free(memory);
}

void *cplatform_allocate_unset(size_t bytes) {
  return bytes < WORTH_ASKING ? allocate_aligned(bytes) : cplatform_allocate(bytes);
}

void cplatform_free_unset(void *memory, size_t bytes) {
  if (bytes < WORTH_ASKING)
    free(memory);
  else
    cplatform_free(memory, bytes);
}
