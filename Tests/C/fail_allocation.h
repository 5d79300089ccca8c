/* A posix_memalign that can be told to fail, linked in front of the C library. */
#ifndef FAIL_ALLOCATION_H
#define FAIL_ALLOCATION_H

#include <stddef.h>

/**
 * Makes the `nth` buffer from now on fail, counted from 1, and every one after it if `lasting`; 0 lets all succeed.
 * Buffers are what the library asks for with 64-byte alignment or more. Returns how many were asked for since the last
 * call.
 */
size_t fail_allocation(size_t nth, int lasting);

#endif
