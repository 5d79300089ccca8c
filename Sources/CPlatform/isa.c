#include "cplatform.h"

#include <stdlib.h>
#include <string.h>

int cplatform_isa_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4"))
    return 4;
  if (__builtin_cpu_supports("x86-64-v3"))
    return 3;
#endif
  return 0;
}

int cplatform_isa_limit(void) {
  const char *name = getenv("ABLATE_ISA");
  if (name && !strcmp(name, "baseline"))
    return 0;
  return name && !strcmp(name, "v3") ? 3 : 4;
}
