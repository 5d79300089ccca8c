#include "connx.h"

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

static void *refuse(connx_arena *arena, enum connx_status why) {
  if (arena->failure == CONNX_OK)
    arena->failure = why;
  return NULL;
}

static void *allocate(void *context, size_t size) {
  connx_arena *arena = context;
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

static void keep(void *context, void *memory) {
  (void)context;
  (void)memory;
}

enum connx_status connx_parse(const uint8_t *bytes, size_t count, connx_arena **outArena,
                              const Connx__Model **outModel) {
  connx_arena *arena = calloc(1, sizeof *arena);
  if (!arena)
    return CONNX_OUT_OF_MEMORY;
  arena->budget = count > (SIZE_MAX >> 6) ? SIZE_MAX >> 1 : 16 * count + (1u << 20);
  ProtobufCAllocator allocator = {.alloc = allocate, .free = keep, .allocator_data = arena};
  Connx__Model *model = connx__model__unpack(&allocator, count, bytes);
  if (!model) {
    enum connx_status why = arena->failure == CONNX_OK ? CONNX_NOT_PROTOBUF : arena->failure;
    connx_free(arena);
    return why;
  }
  *outArena = arena;
  *outModel = model;
  return CONNX_OK;
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
