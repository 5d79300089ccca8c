/* What Swift cannot say by itself: the processor's level, a per-thread error text, fork generations, thread parking. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "cplatform_file.h"

/** 4 = x86-64-v4, 3 = x86-64-v3, 0 = any other; support by the operating system included. */
int cplatform_isa_level(void);

/** The level that the environment variable ABLATE_ISA (v4, v3, baseline) names; 4 without it or for other words. */
int cplatform_isa_limit(void);

/** The number of processors this process may use, at least 1. */
size_t cplatform_processor_count(void);

/** A hash of the set of processors that the calling thread may use; 0 if it cannot be asked. */
uint64_t cplatform_affinity_hash(void);

/** Zeroed memory aligned to 64 bytes, or NULL. From 4 to 128 MB, what is never used is not taken from the system. */
void *cplatform_allocate(size_t bytes);
void cplatform_free(void *memory, size_t bytes);

/** Memory aligned to 64 bytes with whatever was there before, or NULL. From 128 MB on it is zeroed, too. */
void *cplatform_allocate_unset(size_t bytes);
void cplatform_free_unset(void *memory, size_t bytes);

/** The text of the calling thread's last error; never NULL. */
const char *cplatform_last_error(void);

/** Replaces it by `count` bytes of UTF-8, cut at a character boundary when there are too many. */
void cplatform_set_last_error(const char *bytes, size_t count);

/** Grows by one in the child after every fork: threads of an older generation do not exist any more. */
uint64_t cplatform_fork_generation(void);

/** A lock under which a caller and its helpers wait for each other. */
typedef struct cplatform_room cplatform_room;

/** A room, or NULL when memory ran out. */
cplatform_room *cplatform_room_create(void);
void cplatform_room_destroy(cplatform_room *room);
void cplatform_room_lock(cplatform_room *room);
void cplatform_room_unlock(cplatform_room *room);

/** Unlocks the room, waits to be woken (or for no reason at all) and locks it again. */
void cplatform_room_wait_as_caller(cplatform_room *room);
void cplatform_room_wait_as_helper(cplatform_room *room);

/** Wakes who waits, helpers on other processors than the calling thread's. The room is locked. */
void cplatform_room_wake_caller(cplatform_room *room);
void cplatform_room_wake_helpers(cplatform_room *room);

/** So many cache lines of 64 bytes, or NULL: threads that write to different ones do not disturb each other. Not
    cplatform_allocate: without them one thread works, so they are not among a call's buffers. */
void *cplatform_lines_create(size_t count);
void cplatform_lines_destroy(void *lines);

/** Starts a thread that takes no signals and must be joined. 0, or an error number. */
int cplatform_thread_start(void *(*body)(void *), void *context, uintptr_t *thread);
void cplatform_thread_join(uintptr_t thread);

/** A clock that only goes forward. */
uint64_t cplatform_nanoseconds(void);

/** Tells the processor that this thread spins. */
void cplatform_pause(void);

/** Lets other threads of this processor run first. */
void cplatform_yield(void);

/** Asks for the memory at an address, of which nothing else needs to be known, before it is read or written. */
static inline void cplatform_prefetch(const void *address) { __builtin_prefetch(address); }

/** The same for the second-level cache, which has room for what is read later. */
static inline void cplatform_prefetch_far(const void *address) { __builtin_prefetch(address, 0, 2); }

/** The lock of the library's global tables and of what models keep; it is free in the child of a fork. */
void cplatform_lock(void);
void cplatform_unlock(void);
