/* Shapley values: what the functions refuse, and a network whose values can be worked out by hand. */
#include "expect.h"
#include "networks.h"

#include <math.h>

static const int32_t labels[ROWS] = {0, 0, 1, 1};
static const ablate_status bad = ABLATE_INVALID_ARGUMENT;

static ablate_shapley *start(const ablate_model *model, const ablate_shapley_options *options) {
  ablate_shapley *shapley = NULL;
  expect_ok(ablate_shapley_create(model, options, tiny_rows, ROWS, labels, &shapley));
  return shapley;
}

/*
 * Row 0 is right if h0 is there, row 1 if h0 or h2 is, row 2 unless h0 is there without h1, row 3 always. So the rows
 * give h0 1, 1/2, -1/2 and 0, h1 1/2 in row 2, and h2 1/2 in row 1.
 */
static void values_by_hand(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  ablate_shapley *shapley = start(model, NULL);
  ablate_model_free(model);
  assert_int_equal(ablate_shapley_count(shapley), 3);
  expect_ok(ablate_shapley_run(shapley, 6000));
  static const double by_hand[] = {1 / 4.0, 1 / 8.0, 1 / 8.0};
  double sum = 0;
  for (size_t unit = 0; unit < 3; unit++) {
    ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
    expect_ok(ablate_shapley_read(shapley, unit, &value));
    assert_int_equal(value.layer, 0);
    assert_int_equal(value.unit, unit);
    assert_int_equal(value.permutations, 6000);
    expect_double(value.value, by_hand[unit], 5 * sqrt(value.variance / 6000));
    assert_true(value.lower < by_hand[unit] && by_hand[unit] < value.upper);
    sum += value.value;
  }
  expect_double(sum, 0.5, 1e-15);
  ablate_shapley_summary summary = ABLATE_SHAPLEY_SUMMARY_INIT;
  expect_ok(ablate_shapley_summarize(shapley, &summary));
  expect_integers(&summary.permutations, 6000, 18000, 0);
  assert_true(summary.intact == 1 && summary.ablated == 0.5);
  size_t top = 9;
  int settled = -1;
  expect_ok(ablate_shapley_top(shapley, &top, 1, &settled));
  assert_int_equal(top, 0);
  assert_int_equal(settled, 1);
  expect_ok(ablate_shapley_top(shapley, &top, 1, NULL));
  /* of none and of all there is nothing to tell */
  size_t all[3];
  expect_ok(ablate_shapley_top(shapley, all, 3, &settled));
  assert_int_equal(settled, 0);
  settled = 1;
  expect_ok(ablate_shapley_top(shapley, all, 0, &settled));
  assert_int_equal(settled, 0);
  ablate_shapley_free(shapley);
}

/* One unit: every order is the same, and its value is its effect. */
static void one_unit(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  const ablate_unit unit = {0, 0};
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.units = &unit;
  options.unit_count = 1;
  ablate_shapley *shapley = start(model, &options);
  assert_int_equal(ablate_shapley_count(shapley), 1);
  expect_ok(ablate_shapley_run(shapley, 3));
  ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
  expect_ok(ablate_shapley_read(shapley, 0, &value));
  /* Row 0 alone turns wrong without it. */
  assert_true(value.value == 0.25 && value.variance == 0);
  ablate_shapley_free(shapley);
  ablate_model_free(model);
}

static int cancel_at_once(uint64_t done, uint64_t total, void *user) {
  ++*(int *)user;
  return done <= total;
}

static void cancelled_at_once(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  int calls = 0;
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.progress = cancel_at_once;
  options.user = &calls;
  ablate_shapley *shapley = start(model, &options);
  expect_ok(ablate_shapley_run(shapley, 0));
  assert_int_equal(calls, 0);
  expect(ABLATE_CANCELLED, ablate_shapley_run(shapley, (uint64_t)1 << 32), "after 0 of 4294967296");
  assert_int_equal(calls, 1);
  ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
  expect_ok(ablate_shapley_read(shapley, 1, &value));
  assert_true(isnan(value.value) && isnan(value.variance) && value.permutations == 0);
  ablate_shapley_free(shapley);
  ablate_model_free(model);
}

static int cancel_at_the_end(uint64_t done, uint64_t total, void *user) {
  (void)user;
  return done == total;
}

/* The last call cancels, too; what was walked is counted. */
static void cancelled_at_the_end(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.progress = cancel_at_the_end;
  ablate_shapley *shapley = start(model, &options);
  expect(ABLATE_CANCELLED, ablate_shapley_run(shapley, 9), "after 9 of 9");
  ablate_shapley_summary summary = ABLATE_SHAPLEY_SUMMARY_INIT;
  expect_ok(ablate_shapley_summarize(shapley, &summary));
  assert_int_equal(summary.permutations, 9);
  ablate_shapley_free(shapley);
  ablate_model_free(model);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  ablate_shapley *other;
  mark(other);
  expect(bad, ablate_shapley_create(NULL, NULL, tiny_rows, ROWS, labels, &other), "model is NULL");
  expect(bad, ablate_shapley_create(model, NULL, NULL, ROWS, labels, &other), "x is NULL");
  expect(bad, ablate_shapley_create(model, NULL, tiny_rows, ROWS, NULL, &other), "labels is NULL");
  expect(bad, ablate_shapley_create(model, NULL, tiny_rows, ROWS, labels, NULL), "outShapley is NULL");
  expect(bad, ablate_shapley_create(model, NULL, tiny_rows, 0, labels, &other), "rows is 0");
  expect(bad, ablate_shapley_create(model, NULL, tiny_rows, SIZE_MAX, labels, &other), "rows is");
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.size = 8;
  expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other), "options has size 8");
  options.size = sizeof(options);
  options.measure = (ablate_shapley_measure)3;
  expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other), "options.measure is 3");
  options.measure = ABLATE_SHAPLEY_ACCURACY;
  const ablate_replacement unset = {0};
  options.replacement = &unset;
  expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other),
         "options.replacement has size 0");
  options.replacement = NULL;
  options.layer_count = 1;
  expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other), "options.layer_count is 1");
  options.layer_count = 0;
  options.unit_count = 1;
  expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other), "options.unit_count is 1");
#define REFUSED(change, needle)                                                                                        \
  do {                                                                                                                 \
    options = (ablate_shapley_options)ABLATE_SHAPLEY_OPTIONS_INIT;                                                     \
    change;                                                                                                            \
    expect(bad, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &other), needle);                      \
  } while (0)
  REFUSED(options.sample_rows = 5, "options.sample_rows is 5: 1 to 4");
  REFUSED(options.first_permutation = ((uint64_t)1 << 32) + 1, "options.first_permutation is 4294967297");
  REFUSED(options.patience = SIZE_MAX, "options.patience is 18446744073709551615");
  REFUSED(options.top_count = SIZE_MAX, "options.top_count is 18446744073709551615");
  REFUSED(options.top_count = 3, "options.top_count is 3");
  REFUSED(options.tolerance = NAN, "options.tolerance");
  REFUSED(options.delta = 1, "options.delta");
  REFUSED(options.largest_change = -1, "options.largest_change");
  REFUSED((options.top_count = 1, options.measure = ABLATE_SHAPLEY_LOG_LOSS), "needs options.largest_change");
  expect_marked(other);

  ablate_shapley *shapley = start(model, NULL);
  ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
  ablate_shapley_summary summary = ABLATE_SHAPLEY_SUMMARY_INIT;
  size_t top[4];
  expect(bad, ablate_shapley_read(shapley, 3, &value), "out of range");
  expect(bad, ablate_shapley_read(shapley, 0, NULL), "outValue is NULL");
  value.size = 0;
  expect(bad, ablate_shapley_read(shapley, 0, &value), "outValue has size 0");
  expect(bad, ablate_shapley_summarize(shapley, NULL), "outSummary is NULL");
  summary.size = 1;
  expect(bad, ablate_shapley_summarize(shapley, &summary), "outSummary has size 1");
  expect(bad, ablate_shapley_top(shapley, NULL, 1, NULL), "outIndices is NULL");
  expect(bad, ablate_shapley_top(shapley, top, 4, NULL), "count is 4");
  expect(bad, ablate_shapley_merge(shapley, shapley), "itself");
  expect(bad, ablate_shapley_merge(shapley, NULL), "other is NULL");
  ablate_shapley_free(NULL);
  ablate_shapley_free(shapley);
  /* Freed, and of another type. */
  void *const dead[] = {NULL, shapley, model, &value};
  for (size_t index = 0; index < COUNT(dead); index++) {
    ablate_shapley *handle = dead[index];
    expect(bad, ablate_shapley_run(handle, 1), "shapley");
    expect(bad, ablate_shapley_read(handle, 0, &value), "shapley");
    expect(bad, ablate_shapley_summarize(handle, &summary), "shapley");
    expect(bad, ablate_shapley_top(handle, top, 1, NULL), "shapley");
    expect(bad, ablate_shapley_merge(handle, handle), "shapley");
    assert_int_equal(ablate_shapley_count(handle), 0);
    ablate_shapley_free(handle);
  }
  ablate_model_free(model);
}

/* A callback that uses the object that is working is turned away. */
static int reenter(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
  expect(ABLATE_BUSY, ablate_shapley_read(*(ablate_shapley **)user, 0, &value), "in use");
  expect(ABLATE_BUSY, ablate_shapley_run(*(ablate_shapley **)user, 1), "in use");
  assert_int_equal(ablate_shapley_count(*(ablate_shapley **)user), 3);
  return 0;
}

static void one_call_at_a_time(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_shapley *shapley = NULL;
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.progress = reenter;
  options.user = &shapley;
  shapley = start(model, &options);
  assert_int_equal(ablate_shapley_run(shapley, 5), ABLATE_OK);
  ablate_shapley_free(shapley);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_by_hand),     cmocka_unit_test(one_unit),
      cmocka_unit_test(cancelled_at_once),  cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(one_call_at_a_time), cmocka_unit_test(cancelled_at_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
