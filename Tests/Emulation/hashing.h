/* Random values and hashes, the same on every processor. */
#ifndef HASHING_H
#define HASHING_H

#include <ablate.h>
#include <stdint.h>

/** Ends the program with the error, if there is one. */
void check(ablate_status status, const char *call);
#define CHECK(call) check(call, #call)

/* ---- random values: splitmix64, integer arithmetic up to one exact conversion ---- */

extern uint64_t state;

uint64_t draw(void);
size_t draw_between(size_t low, size_t high);

/** Uniform in [-range, range). */
void draw_values(float *values, size_t count, float range);

/** Of any kind, with the reference where one is needed. */
ablate_replacement draw_replacement(const ablate_reference *reference);

/* ---- hash: as FNV-1a, by words of 32 bits ---- */

extern uint64_t hash;

void hash_bytes(const void *bytes, size_t count);
void hash_floats(const float *values, size_t count);
void hash_result(const ablate_sweep_result *result);

#endif
