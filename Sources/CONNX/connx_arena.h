/* Memory of one file that is read or written. */
#pragma once
#include "connx.h"

/** An arena that gives at most `budget` bytes, summed over all it ever gave; NULL when memory ran out. */
connx_arena *connx_arena_create(size_t budget);

/** Memory that lives as long as the arena. NULL when the budget or the system's memory is used up. */
void *connx_arena_take(connx_arena *arena, size_t size);

/** Why memory was refused first; CONNX_OK if it never was. */
enum connx_status connx_arena_failure(const connx_arena *arena);
