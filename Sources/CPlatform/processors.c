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

uint64_t cplatform_affinity_hash(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set))
    return 0;
  // The set has 1,024 bits, and is only compared.
  uint64_t number = 0xcbf29ce484222325u;
  for (int processor = 0; processor < CPU_SETSIZE; processor++)
    number = (number ^ (CPU_ISSET(processor, &set) != 0)) * 0x100000001b3u;
  return number;
}
