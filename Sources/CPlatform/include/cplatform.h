/* What Swift cannot say by itself: the processor's level, a per-thread error text, fork generations, thread parking. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/** 4 = x86-64-v4, 3 = x86-64-v3, 0 = any other; support by the operating system included. */
int cplatform_isa_level(void);

/** The number of processors this process may use, at least 1. */
size_t cplatform_processor_count(void);

/** Zeroed memory aligned to 64 bytes, or NULL. */
void *cplatform_allocate(size_t bytes);

/** Frees what cplatform_allocate gave. */
void cplatform_free(void *memory);

/** The text of the calling thread's last error; never NULL. */
const char *cplatform_last_error(void);

/** Replaces it by `count` bytes of UTF-8, cut at a character boundary when there are too many. */
void cplatform_set_last_error(const char *bytes, size_t count);

/** Grows by one in the child after every fork: threads of an older generation do not exist any more. */
uint64_t cplatform_fork_generation(void);

/** The lock of the library's global tables; it is free in the child of a fork. */
void cplatform_lock(void);
void cplatform_unlock(void);
