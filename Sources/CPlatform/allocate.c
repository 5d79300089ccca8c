#include "cplatform.h"

#include <stdlib.h>
#include <string.h>

void *cplatform_allocate(size_t bytes) {
  void *memory = NULL;
  if (bytes > PTRDIFF_MAX)
    return NULL;
  if (posix_memalign(&memory, 64, bytes ? bytes : 64))
    return NULL;
  return memset(memory, 0, bytes);
}

void cplatform_free(void *memory) { free(memory); }
