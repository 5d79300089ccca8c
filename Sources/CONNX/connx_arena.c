#include "connx_arena.h"

#include <stdlib.h>

enum { ALIGNMENT = 16, CHUNK = 64 * 1024 };

/* Memory is handed out from chunks and freed all at once. */
typedef struct chunk {
  struct chunk *next;
  size_t used;
  size_t size;
  _Alignas(ALIGNMENT) unsigned char bytes[];
} chunk;

struct connx_arena {
  chunk *chunks;
  size_t budget;
  enum connx_status failure;
};

connx_arena *connx_arena_create(size_t budget) {
  connx_arena *arena = calloc(1, sizeof *arena);
  if (arena)
    arena->budget = budget;
  return arena;
}

enum connx_status connx_arena_failure(const connx_arena *arena) { return arena->failure; }

static void *refuse(connx_arena *arena, enum connx_status why) {
  if (arena->failure == CONNX_OK)
    arena->failure = why;
  return NULL;
}

void *connx_arena_take(connx_arena *arena, size_t size) {
  if (size > arena->budget)
    return refuse(arena, CONNX_OVER_BUDGET);
  size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  arena->budget -= size < arena->budget ? size : arena->budget;
  chunk *current = arena->chunks;
  if (!current || current->size - current->used < size) {
    size_t room = size > CHUNK ? size : CHUNK;
    current = malloc(sizeof(chunk) + room);
    if (!current)
      return refuse(arena, CONNX_OUT_OF_MEMORY);
    *current = (chunk){.next = arena->chunks, .used = 0, .size = room};
    arena->chunks = current;
  }
  void *memory = current->bytes + current->used;
  current->used += size;
  return memory;
}

void connx_free(connx_arena *arena) {
  if (!arena)
    return;
  for (chunk *next, *current = arena->chunks; current; current = next) {
    next = current->next;
    free(current);
  }
  free(arena);
}
