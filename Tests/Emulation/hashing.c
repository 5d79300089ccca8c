#include "hashing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check(ablate_status status, const char *call) {
  if (status == ABLATE_OK)
    return;
  printf("%s: %s: %s\n", call, ablate_status_name(status), ablate_last_error());
  exit(1);
}

uint64_t state;

uint64_t draw(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

size_t draw_between(size_t low, size_t high) { return low + draw() % (high - low + 1); }

void draw_values(float *values, size_t count, float range) {
  for (size_t i = 0; i < count; i++)
    values[i] = range * ((float)(draw() >> 40) * 0x1p-23f - 1);
}

ablate_replacement draw_replacement(const ablate_reference *reference) {
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = (ablate_replacement_kind)(draw() % 5);
  replacement.constant = 0.75f;
  replacement.seed = 7;
  if (replacement.kind == ABLATE_REPLACEMENT_MEAN || replacement.kind == ABLATE_REPLACEMENT_RESAMPLE)
    replacement.reference = reference;
  return replacement;
}

uint64_t hash;

void hash_bytes(const void *bytes, size_t count) {
  for (size_t at = 0; at + sizeof(uint32_t) <= count; at += sizeof(uint32_t)) {
    uint32_t word;
    memcpy(&word, (const char *)bytes + at, sizeof word);
    hash = (hash ^ word) * 0x100000001b3u;
  }
}

/* IEEE 754 leaves the sign and payload of a NaN open. */
void hash_floats(const float *values, size_t count) {
  static const float one_nan = __builtin_nanf("");
  for (size_t i = 0; i < count; i++)
    hash_bytes(values[i] == values[i] ? &values[i] : &one_nan, sizeof(float));
}

static void hash_double(double value) {
  if (value != value)
    value = __builtin_nan("");
  hash_bytes(&value, sizeof value);
}

void hash_result(const ablate_sweep_result *result) {
  const int64_t counts[] = {result->rows, result->correct, result->lost, result->gained, result->changed};
  hash_bytes(counts, sizeof counts);
  hash_double(result->effect);
  hash_double(result->log_loss);
  hash_double(result->label_probability);
  hash_double(result->interaction);
  hash_double(result->kl_divergence);
  hash_double(result->margin);
}
