/* Masks and references: what they hold and what they refuse. */
#include "expect.h"

#include "networks.h"

/* Units and synapses a mask ablates. */
static void expect_count(const ablate_mask *mask, size_t units, size_t synapses) {
  size_t actual_units, actual_synapses;
  expect_ok(ablate_mask_count(mask, &actual_units, &actual_synapses));
  assert_int_equal(actual_units, units);
  assert_int_equal(actual_synapses, synapses);
}

static void units_are_set_and_restored(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_mask *mask = live.mask;
  uint8_t bytes[3];
  expect_count(mask, 0, 0);
  expect_ok(ablate_mask_get_layer(mask, 0, bytes, 3));
  expect_integers(bytes, 0, 0, 0);
  expect_ok(ablate_mask_set_unit(mask, 0, 2, 1));
  expect_ok(ablate_mask_set_unit(mask, 0, 2, -7));
  expect_ok(ablate_mask_set_unit(mask, 1, 0, 1));
  expect_ok(ablate_mask_get_layer(mask, 0, bytes, 3));
  expect_integers(bytes, 0, 0, 1);
  expect_count(mask, 2, 0);
  const size_t units[] = {1, 0, 1};
  expect_ok(ablate_mask_set_units(mask, 0, units, 3, 1));
  expect_count(mask, 4, 0);
  expect_ok(ablate_mask_set_units(mask, 0, units, 1, 0));
  expect_ok(ablate_mask_get_layer(mask, 0, bytes, 3));
  expect_integers(bytes, 1, 0, 1);
  expect_ok(ablate_mask_set_units(mask, 0, units, 0, 1));
  expect_ok(ablate_mask_set_units(mask, 0, NULL, 0, 1));
  expect_count(mask, 3, 0);
  expect_ok(ablate_mask_fill_layer(mask, 0, 1));
  expect_count(mask, 4, 0);
  expect_ok(ablate_mask_fill_layer(mask, 0, 0));
  expect_count(mask, 1, 0);
  const uint8_t chosen[] = {0, 1, 1};
  expect_ok(ablate_mask_set_layer(mask, 0, chosen, 3));
  expect_ok(ablate_mask_get_layer(mask, 0, bytes, 3));
  assert_memory_equal(bytes, chosen, 3);
  expect_ok(ablate_mask_clear(mask));
  expect_count(mask, 0, 0);
  free_handles(&live);
}

static void synapses_are_set_and_restored(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_mask *mask = live.mask;
  expect_ok(ablate_mask_set_synapse(mask, 0, 2, 1, 0));
  expect_count(mask, 0, 0);
  expect_ok(ablate_mask_set_synapse(mask, 0, 2, 1, 1));
  expect_ok(ablate_mask_set_synapse(mask, 0, 2, 1, 2));
  expect_ok(ablate_mask_set_synapse(mask, 1, 1, 2, 1));
  expect_ok(ablate_mask_set_unit(mask, 0, 2, 1));
  expect_count(mask, 1, 2);
  size_t one;
  expect_ok(ablate_mask_count(mask, NULL, &one));
  assert_int_equal(one, 2);
  expect_ok(ablate_mask_count(mask, &one, NULL));
  assert_int_equal(one, 1);
  expect_ok(ablate_mask_count(mask, NULL, NULL));
  expect_ok(ablate_mask_set_synapse(mask, 0, 2, 1, 0));
  expect_count(mask, 1, 1);
  expect_ok(ablate_mask_clear(mask));
  expect_count(mask, 0, 0);
  free_handles(&live);
}

static void bad_handles_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_mask *mask;
  size_t units, synapses;
  uint8_t bytes[3];
  const size_t chosen[] = {0};
  const ablate_replacement zero = ABLATE_REPLACEMENT_INIT;
  mark(mask);
  mark(units);
  mark(synapses);
  mark(bytes);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_mask_create(bad, &mask));
  expect_refused(ablate_mask_create(live.model, NULL), "outMask");
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_clear(bad));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_unit(bad, 0, 0, 1));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_units(bad, 0, chosen, 1, 1));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_fill_layer(bad, 0, 1));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_layer(bad, 0, (const uint8_t *)"\0\0\0", 3));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_get_layer(bad, 0, bytes, 3));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_synapse(bad, 0, 0, 0, 1));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_count(bad, &units, &synapses));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_replacement(bad, &zero));
  expect_bad_handles_refused(MASK, &live, "mask", ablate_mask_set_unit_replacement(bad, 0, 0, &zero));
  expect_marked(mask);
  expect_marked(units);
  expect_marked(synapses);
  expect_marked(bytes);
  free_handles(&live);
}

static void indices_out_of_range_change_nothing(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_mask *mask = live.mask;
  uint8_t bytes[4] = {1, 1, 1, 1};
  const size_t beyond[] = {3, 4, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
  const ablate_replacement zero = ABLATE_REPLACEMENT_INIT;
  for (size_t i = 0; i < COUNT(beyond); i++) {
    const size_t mixed[] = {0, beyond[i]};
    expect_refused(ablate_mask_set_unit(mask, beyond[i], 0, 1), "layer");
    expect_refused(ablate_mask_set_unit(mask, 0, beyond[i], 1), "unit");
    expect_refused(ablate_mask_set_units(mask, beyond[i], mixed, 1, 1), "layer");
    expect_refused(ablate_mask_set_units(mask, 0, mixed, 2, 1), "unit");
    expect_refused(ablate_mask_fill_layer(mask, beyond[i], 1), "layer");
    expect_refused(ablate_mask_set_layer(mask, beyond[i], bytes, 3), "layer");
    expect_refused(ablate_mask_get_layer(mask, beyond[i], bytes, 3), "layer");
    expect_refused(ablate_mask_set_synapse(mask, beyond[i], 0, 0, 1), "layer");
    expect_refused(ablate_mask_set_synapse(mask, 0, beyond[i], 0, 1), "unit");
    expect_refused(ablate_mask_set_synapse(mask, 0, 0, beyond[i], 1), "input");
    expect_refused(ablate_mask_set_unit_replacement(mask, beyond[i], 0, &zero), "layer");
    expect_refused(ablate_mask_set_unit_replacement(mask, 0, beyond[i], &zero), "unit");
    expect_refused(ablate_mask_set_unit_replacement(mask, 0, beyond[i], NULL), "unit");
  }
  expect_refused(ablate_mask_set_units(mask, 2, NULL, 0, 1), "layer");
  expect_refused(ablate_mask_set_units(mask, 0, NULL, 1, 1), "units");
  expect_refused(ablate_mask_set_units(mask, 0, NULL, SIZE_MAX, 1), NULL);
  const size_t counts[] = {0, 2, 4, SIZE_MAX};
  for (size_t i = 0; i < COUNT(counts); i++) {
    expect_refused(ablate_mask_set_layer(mask, 0, bytes, counts[i]), "count");
    expect_refused(ablate_mask_get_layer(mask, 0, bytes, counts[i]), "count");
  }
  expect_refused(ablate_mask_set_layer(mask, 0, NULL, 3), "bytes");
  expect_refused(ablate_mask_get_layer(mask, 0, NULL, 3), "outBytes");
  const uint8_t two[] = {1, 1, 2}, most[] = {255, 0, 0};
  expect_refused(ablate_mask_set_layer(mask, 0, two, 3), "byte");
  expect_refused(ablate_mask_set_layer(mask, 0, most, 3), "byte");
  expect_count(mask, 0, 0);
  expect_integers(bytes, 1, 1, 1, 1);
  free_handles(&live);
}

static void bad_replacements_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_mask *mask = live.mask;
  const ablate_replacement init = ABLATE_REPLACEMENT_INIT;
  ablate_replacement replacement;
#define REFUSED(needle, change)                                                                                        \
  do {                                                                                                                 \
    replacement = init;                                                                                                \
    change;                                                                                                            \
    expect_refused(ablate_mask_set_replacement(mask, &replacement), needle);                                           \
    expect_refused(ablate_mask_set_unit_replacement(mask, 0, 0, &replacement), needle);                                \
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;                                                          \
    options.replacement = &replacement;                                                                                \
    ablate_sweep *sweep;                                                                                               \
    mark(sweep);                                                                                                       \
    expect_refused(ablate_sweep_create(live.model, &options, &sweep), needle);                                         \
    expect_marked(sweep);                                                                                              \
  } while (0)
  expect_refused(ablate_mask_set_replacement(mask, NULL), "replacement");
  REFUSED("size", replacement.size = 0);
  REFUSED("size", replacement.size = sizeof replacement - 1);
  REFUSED("kind", replacement.kind = (ablate_replacement_kind)5);
  REFUSED("kind", replacement.kind = (ablate_replacement_kind)-1);
  void *bad[BAD_HANDLES];
  const size_t count = bad_handles(REFERENCE, &live, bad);
  for (size_t i = 0; i < count; i++) {
    REFUSED("reference", (replacement.kind = ABLATE_REPLACEMENT_MEAN, replacement.reference = bad[i]));
    REFUSED("reference", (replacement.kind = ABLATE_REPLACEMENT_RESAMPLE, replacement.reference = bad[i]));
  }
  handles other = make_handles();
  REFUSED("another model", (replacement.kind = ABLATE_REPLACEMENT_MEAN, replacement.reference = other.reference));
  REFUSED("another model", (replacement.kind = ABLATE_REPLACEMENT_RESAMPLE, replacement.reference = other.reference));
  free_handles(&other);
  ablate_reference *means_only;
  expect_ok(ablate_reference_create(live.model, tiny_rows, ROWS, 0, 1, &means_only));
  REFUSED("kept", (replacement.kind = ABLATE_REPLACEMENT_RESAMPLE, replacement.reference = means_only));
  ablate_reference_free(means_only);
#undef REFUSED
  /* What the kind has no use for is not looked at; a larger struct is one of a later header. */
  replacement = init;
  replacement.size = sizeof replacement + 32;
  replacement.reference = (const ablate_reference *)(uintptr_t)0x1234;
  expect_ok(ablate_mask_set_replacement(mask, &replacement));
  expect_ok(ablate_mask_set_unit_replacement(mask, 0, 0, NULL));
  expect_ok(ablate_mask_set_unit_replacement(mask, 0, 0, &replacement));
  expect_ok(ablate_mask_set_unit_replacement(mask, 0, 0, NULL));
  expect_count(mask, 0, 0);
  free_handles(&live);
}

static void reference_refuses_bad_arguments(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_reference *reference;
  float means[3];
  mark(reference);
  mark(means);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_reference_create(bad, tiny_rows, ROWS, 0, 1, &reference));
  expect_refused(ablate_reference_create(live.model, tiny_rows, ROWS, 0, 1, NULL), "outReference");
  expect_refused(ablate_reference_create(live.model, NULL, ROWS, 0, 1, &reference), "x");
  expect_refused(ablate_reference_create(live.model, tiny_rows, 0, 0, 1, &reference), "row");
  expect_refused(ablate_reference_create(live.model, NULL, 0, 0, 1, &reference), "row");
  expect_refused(ablate_reference_create(live.model, tiny_rows, ROWS, 0, 257, &reference), "threads");
  expect_refused(ablate_reference_create(live.model, tiny_rows, ROWS, 0, SIZE_MAX, &reference), "threads");
  const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 8, SIZE_MAX / 16};
  for (size_t i = 0; i < COUNT(huge); i++)
    for (int keep = 0; keep < 2; keep++)
      expect_refused(ablate_reference_create(live.model, tiny_rows, huge[i], keep, 1, &reference), "rows");
  expect_bad_handles_refused(REFERENCE, &live, "reference", ablate_reference_means(bad, 0, means, 3));
  expect_refused(ablate_reference_means(live.reference, 0, NULL, 3), "outMeans");
  expect_refused(ablate_reference_means(live.reference, 2, means, 3), "layer");
  expect_refused(ablate_reference_means(live.reference, SIZE_MAX, means, 3), "layer");
  expect_refused(ablate_reference_means(live.reference, 0, means, 2), "count");
  expect_refused(ablate_reference_means(live.reference, 0, means, SIZE_MAX), "count");
  expect_marked(reference);
  expect_marked(means);
  free_handles(&live);
}

/* Means of the hidden layer (3 + 2 + 3 + 0, 1 + 0 + 4 + 0, 0 + 3 + 0 + 0) / 4; of the scores (2 + 8 - 1 + 0, 0 + 2 + 6
 * + 1) / 4. */
static void reference_means_by_hand(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (int keep = 0; keep < 2; keep++)
    for (size_t threads = 0; threads <= 3; threads++) {
      ablate_reference *reference;
      expect_ok(ablate_reference_create(model, tiny_rows, ROWS, keep, threads, &reference));
      float hidden[3], scores[2];
      expect_ok(ablate_reference_means(reference, 0, hidden, 3));
      expect_floats(hidden, 2, 1.25f, 0.75f);
      expect_ok(ablate_reference_means(reference, 1, scores, 2));
      expect_floats(scores, 2.25f, 2.25f);
      ablate_reference_free(reference);
    }
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(units_are_set_and_restored),   cmocka_unit_test(synapses_are_set_and_restored),
      cmocka_unit_test(bad_handles_are_refused),      cmocka_unit_test(indices_out_of_range_change_nothing),
      cmocka_unit_test(bad_replacements_are_refused), cmocka_unit_test(reference_refuses_bad_arguments),
      cmocka_unit_test(reference_means_by_hand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
