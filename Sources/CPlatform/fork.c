#include "cplatform.h"

#include <pthread.h>
#include <stdatomic.h>

static _Atomic uint64_t generation;

static void in_child(void) { atomic_fetch_add(&generation, 1); }
__attribute__((constructor)) static void install(void) { pthread_atfork(NULL, NULL, in_child); }

uint64_t cplatform_fork_generation(void) { return atomic_load_explicit(&generation, memory_order_relaxed); }
