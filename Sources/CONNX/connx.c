#include "connx_arena.h"

static void *allocate(void *context, size_t size) { return connx_arena_take(context, size); }

static void keep(void *context, void *memory) {
  (void)context;
  (void)memory;
}

enum connx_status connx_parse(const uint8_t *bytes, size_t count, connx_arena **outArena,
                              const Connx__Model **outModel) {
  connx_arena *arena = connx_arena_create(count > (SIZE_MAX >> 6) ? SIZE_MAX >> 1 : 16 * count + (1u << 20));
  if (!arena)
    return CONNX_OUT_OF_MEMORY;
  ProtobufCAllocator allocator = {.alloc = allocate, .free = keep, .allocator_data = arena};
  Connx__Model *model = connx__model__unpack(&allocator, count, bytes);
  if (!model) {
    enum connx_status why = connx_arena_failure(arena);
    if (why == CONNX_OK)
      why = CONNX_NOT_PROTOBUF;
    connx_free(arena);
    return why;
  }
  *outArena = arena;
  *outModel = model;
  return CONNX_OK;
}
