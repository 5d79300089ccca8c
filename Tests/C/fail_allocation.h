/* posix_memalign and mmap that can be told to fail, in front of the C library's. */
#ifndef FAIL_ALLOCATION_H
#define FAIL_ALLOCATION_H

#include <stddef.h>

/**
 * Makes the `nth` buffer from now on fail, counted from 1, and every one after it if `lasting`; 0 lets all succeed.
 * Buffers are what is asked for with 64-byte alignment or more, and mappings without a file. Returns how many were
 * asked for since the last call.
 */
size_t fail_allocation(size_t nth, int lasting);

/** From now on buffers of fewer bytes are not counted and do not fail. */
void count_allocations_from(size_t bytes);

/** Bytes that mappings without a file have: those that were asked for less those that were given back. */
size_t mapped_bytes(void);

#endif
