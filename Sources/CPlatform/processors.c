#define _GNU_SOURCE
#include "cplatform.h"

#include <sched.h>

size_t cplatform_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set))
    return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? (size_t)count : 1;
}
