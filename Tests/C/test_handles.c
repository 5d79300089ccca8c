/* Handles: freeing in any order, twice and too often, and places that are used again. */
#include "expect.h"

#include "networks.h"

static const int32_t labels[ROWS] = {1, 1, 1, 0};

static void free_accepts_anything(void **state) {
  (void)state;
  handles live = make_handles();
  void *bad[BAD_HANDLES];
  size_t count = bad_handles(MODEL, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_model_free(bad[i]);
  count = bad_handles(BUILDER, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_builder_free(bad[i]);
  count = bad_handles(REFERENCE, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_reference_free(bad[i]);
  count = bad_handles(MASK, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_mask_free(bad[i]);
  count = bad_handles(SESSION, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_session_free(bad[i]);
  count = bad_handles(SWEEP, &live, bad);
  for (size_t i = 0; i < count; i++)
    ablate_sweep_free(bad[i]);

  /* everything is still alive */
  float scores[ROWS * 2], means[3];
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  expect_ok(ablate_model_describe(live.model, &info));
  expect_ok(ablate_builder_set_head(live.builder, ABLATE_HEAD_LOGITS));
  expect_ok(ablate_reference_means(live.reference, 0, means, 3));
  expect_ok(ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  assert_int_equal(ablate_sweep_count(live.sweep), 3);
  free_handles(&live);
  free_handles(&live);
}

/* What is made from a model keeps what it needs of it. */
static void model_and_reference_may_go_first(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = ABLATE_REPLACEMENT_MEAN;
  replacement.reference = live.reference;
  expect_ok(ablate_mask_set_replacement(live.mask, &replacement));
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.replacement = &replacement;
  ablate_sweep *mean_sweep;
  expect_ok(ablate_sweep_create(live.model, &options, &mean_sweep));
  ablate_model_free(live.model);

  float means[3], scores[ROWS * 2];
  expect_ok(ablate_reference_means(live.reference, 0, means, 3));
  expect_floats(means, 2, 1.25f, 0.75f);
  ablate_reference_free(live.reference);
  expect_refused(ablate_reference_means(live.reference, 0, means, 3), "reference");

  expect_ok(ablate_mask_set_unit(live.mask, 0, 2, 1));
  expect_ok(ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  /* mean h2 = 0.75: s0 = h0 - h1 + 1.5, s1 = -h0 + 2 h1 + 1.75 */
  expect_floats(scores, 3.5f, 0.75f, 3.5f, -0.25f, 0.5f, 6.75f, 1.5f, 1.75f);
  ablate_mask_free(live.mask);
  expect_ok(ablate_run(live.session, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  expect_floats(scores, 2, 0, 8, 2, -1, 6, 0, 1);
  ablate_session_free(live.session);
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  expect_ok(ablate_sweep_feed(mean_sweep, tiny_rows, ROWS, labels));
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read(mean_sweep, 1, &result));
  assert_int_equal(result.lost, 1);
  ablate_sweep_free(mean_sweep);
  ablate_sweep_free(live.sweep);
  ablate_builder_free(live.builder);
}

/* A mask replaced while runs used it: the reference goes with its last user. */
static void references_change_hands(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = ABLATE_REPLACEMENT_RESAMPLE;
  replacement.reference = live.reference;
  expect_ok(ablate_mask_set_unit_replacement(live.mask, 0, 0, &replacement));
  expect_ok(ablate_mask_set_replacement(live.mask, &replacement));
  ablate_reference_free(live.reference);
  expect_ok(ablate_mask_fill_layer(live.mask, 0, 1));
  float scores[ROWS * 2];
  expect_ok(ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  replacement.kind = ABLATE_REPLACEMENT_ZERO;
  expect_ok(ablate_mask_set_unit_replacement(live.mask, 0, 0, NULL));
  expect_ok(ablate_mask_set_replacement(live.mask, &replacement));
  expect_ok(ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  expect_floats(scores, 0, 1, 0, 1, 0, 1, 0, 1);
  free_handles(&live);
}

/* The place of a freed handle is used again; the old handle stays dead and cannot free its successor. */
static void stale_handles_stay_dead(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_mask *old, *successor;
  expect_ok(ablate_mask_create(model, &old));
  ablate_mask_free(old);
  for (int i = 0; i < 1000; i++) {
    expect_ok(ablate_mask_create(model, &successor));
    assert_ptr_not_equal(old, successor);
    expect_refused(ablate_mask_clear(old), "mask");
    ablate_mask_free(old);
    expect_ok(ablate_mask_clear(successor));
    ablate_mask_free(successor);
    old = successor;
  }
  ablate_model_free(model);
}

/* Handles next to a live one in bits are not it. */
static void neighbours_of_a_handle_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  const uintptr_t bits = (uintptr_t)live.mask;
  for (size_t bit = 0; bit < 8 * sizeof bits; bit++)
    expect_refused(ablate_mask_clear((ablate_mask *)(bits ^ (uintptr_t)1 << bit)), "mask");
  expect_ok(ablate_mask_clear(live.mask));
  free_handles(&live);
}

static void create_and_free_a_hundred_thousand_times(void **state) {
  (void)state;
  enum { TIMES = 100000 };
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  const size_t shape = 2;
  for (int i = 0; i < TIMES; i++) {
    ablate_mask *mask;
    ablate_builder *builder;
    assert_int_equal(ablate_mask_create(model, &mask), ABLATE_OK);
    assert_int_equal(ablate_mask_set_synapse(mask, 0, 1, 1, 1), ABLATE_OK);
    assert_int_equal(ablate_builder_create(&shape, 1, &builder), ABLATE_OK);
    ablate_mask_free(mask);
    ablate_builder_free(builder);
  }
  for (int i = 0; i < TIMES / 100; i++) {
    handles all = make_handles();
    free_handles(&all);
  }
  ablate_model_free(model);
}

static void many_handles_live_at_once(void **state) {
  (void)state;
  enum { MANY = 5000 };
  static ablate_mask *masks[MANY];
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (size_t i = 0; i < MANY; i++) {
    expect_ok(ablate_mask_create(model, &masks[i]));
    expect_ok(ablate_mask_set_unit(masks[i], 0, i % 3, 1));
  }
  for (size_t i = 0; i < MANY; i += 2)
    ablate_mask_free(masks[i]);
  for (size_t i = 1; i < MANY; i += 2) {
    uint8_t bytes[3], expected[3] = {0, 0, 0};
    expected[i % 3] = 1;
    expect_ok(ablate_mask_get_layer(masks[i], 0, bytes, 3));
    assert_memory_equal(bytes, expected, 3);
    ablate_mask_free(masks[i]);
  }
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(free_accepts_anything),
      cmocka_unit_test(model_and_reference_may_go_first),
      cmocka_unit_test(references_change_hands),
      cmocka_unit_test(stale_handles_stay_dead),
      cmocka_unit_test(neighbours_of_a_handle_are_refused),
      cmocka_unit_test(create_and_free_a_hundred_thousand_times),
      cmocka_unit_test(many_handles_live_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
