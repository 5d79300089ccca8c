/* Two models on the same rows. */
#include "expect.h"

#include "networks.h"

static const int32_t labels[ROWS] = {0, 0, 1, 0};
static const ablate_unit second_hidden = {0, 1};

/* Predictions of the tiny network are 0 0 1 1; without h1, whose scores are (3, -2) (8, 2) (3, -2) (0, 1), 0 0 0 1. */
static void a_model_and_its_smaller_form(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS), *smaller;
  expect_ok(ablate_model_prune(model, &second_hidden, 1, NULL, &smaller));
  ablate_diff *diff;
  expect_ok(ablate_diff_create(model, smaller, NULL, &diff));
  ablate_model_free(model);
  ablate_model_free(smaller);
  expect_ok(ablate_diff_feed(diff, tiny_rows, 3, labels));
  expect_ok(ablate_diff_feed(diff, tiny_rows + 6, 1, labels + 3));
  expect_ok(ablate_diff_feed(diff, NULL, 0, NULL));
  ablate_diff_result result = ABLATE_DIFF_RESULT_INIT;
  expect_ok(ablate_diff_read(diff, &result));
  assert_int_equal(result.rows, 4);
  assert_int_equal(result.agreeing, 3);
  expect_double(result.agreement, 0.75, 0);
  assert_int_equal(result.labelled, 4);
  assert_int_equal(result.both_right, 2);
  assert_int_equal(result.only_first_right, 1);
  assert_int_equal(result.only_second_right, 0);
  assert_int_equal(result.both_wrong, 1);
  assert_int_equal(result.largest_row, 2);
  /* 1 / (1 + e^-5) - 1 / (1 + e^7) */
  expect_double(result.largest_change, 0.9923960, 1e-6);
  /* Row 0: 1 / (1 + e^-5) - 1 / (1 + e^-2); rows 1 and 3 stay. */
  expect_double(result.mean_change, (0.9923960 + 0.1125100) / 4, 1e-6);
  int64_t matrix[4];
  expect_ok(ablate_diff_confusion(diff, matrix, 4));
  expect_integers(matrix, 2, 0, 1, 1);
  expect_ok(ablate_diff_feed(diff, tiny_rows, ROWS, NULL));
  expect_ok(ablate_diff_read(diff, &result));
  assert_int_equal(result.rows, 8);
  assert_int_equal(result.labelled, 4);
  ablate_diff_free(diff);
}

/* The same difference, by a mask; and added twice. */
static void a_mask_and_a_merge(void **state) {
  (void)state;
  handles live = make_handles();
  expect_ok(ablate_mask_set_unit(live.mask, 0, 1, 1));
  ablate_diff_options options = ABLATE_DIFF_OPTIONS_INIT;
  options.second_mask = live.mask;
  options.threads = 2;
  options.first_row = 100;
  ablate_diff *diff, *other;
  expect_ok(ablate_diff_create(live.model, live.model, &options, &diff));
  options.first_row = 50;
  expect_ok(ablate_diff_create(live.model, live.model, &options, &other));
  expect_ok(ablate_mask_clear(live.mask));
  expect_ok(ablate_diff_feed(diff, tiny_rows, ROWS, labels));
  expect_ok(ablate_diff_feed(other, tiny_rows, ROWS, labels));
  ablate_diff_result result = ABLATE_DIFF_RESULT_INIT;
  expect_ok(ablate_diff_read(diff, &result));
  assert_int_equal(result.agreeing, 3);
  assert_int_equal(result.largest_row, 102);
  expect_ok(ablate_diff_merge(diff, other));
  expect_ok(ablate_diff_read(diff, &result));
  assert_int_equal(result.agreeing, 6);
  assert_int_equal(result.largest_row, 52);
  expect_refused(ablate_diff_merge(diff, diff), "itself");
  ablate_diff_free(other);
  expect_refused(ablate_diff_merge(diff, other), "other");
  ablate_diff_free(diff);
  expect_refused(ablate_diff_read(diff, &result), "diff");
  ablate_diff_free(diff);
  ablate_diff_free(NULL);
  free_handles(&live);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_diff *diff, *made;
  mark(diff);
  expect_bad_handles_refused(MODEL, &live, "first", ablate_diff_create(bad, live.model, NULL, &diff));
  expect_bad_handles_refused(MODEL, &live, "second", ablate_diff_create(live.model, bad, NULL, &diff));
  expect_refused(ablate_diff_create(live.model, live.model, NULL, NULL), "outDiff");
  ablate_diff_options options = ABLATE_DIFF_OPTIONS_INIT;
  options.size = sizeof options - 1;
  expect_refused(ablate_diff_create(live.model, live.model, &options, &diff), "options has size");
  options = (ablate_diff_options)ABLATE_DIFF_OPTIONS_INIT;
  options.first_mask = (const ablate_mask *)live.model;
  expect_refused(ablate_diff_create(live.model, live.model, &options, &diff), "options.first_mask");
  options = (ablate_diff_options)ABLATE_DIFF_OPTIONS_INIT;
  options.first_row = UINT64_MAX;
  expect_refused(ablate_diff_create(live.model, live.model, &options, &diff), "first row");
  expect_marked(diff);
  expect_ok(ablate_diff_create(live.model, live.model, NULL, &made));
  ablate_diff_result result = ABLATE_DIFF_RESULT_INIT;
  int64_t matrix[4];
  expect_refused(ablate_diff_feed(made, NULL, 1, labels), "x is NULL");
  expect_refused(ablate_diff_feed(made, tiny_rows, SIZE_MAX / 8, labels), "rows");
  expect_refused(ablate_diff_read(made, NULL), "outResult");
  expect_refused(ablate_diff_confusion(made, NULL, 4), "outMatrix");
  expect_refused(ablate_diff_confusion(made, matrix, 3), "count");
  const int32_t bad_labels[] = {0, 2};
  expect_refused(ablate_diff_feed(made, tiny_rows, 2, bad_labels), "label 2 of row 1");
  expect_bad_handles_refused(SWEEP, &live, "diff", ablate_diff_feed(bad, tiny_rows, ROWS, labels));
  expect_bad_handles_refused(SWEEP, &live, "diff", ablate_diff_read(bad, &result));
  expect_bad_handles_refused(SWEEP, &live, "diff", ablate_diff_confusion(bad, matrix, 4));
  expect_ok(ablate_diff_read(made, &result));
  assert_int_equal(result.rows, 0);
  assert_int_equal(result.largest_row, -1);
  assert_true(result.largest_class == ABLATE_NONE);
  ablate_diff_free(made);
  free_handles(&live);
}

static ablate_model *make_labelled(const char *first, const char *second) {
  static const float weights[] = {1, 2};
  const char *names[] = {first, second};
  ablate_builder *builder = start_builder(1);
  expect_ok(add_dense(builder, NULL, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_set_class_labels(builder, names, 2));
  return finish_builder(builder);
}

/* Classes are compared by their place. */
static void labels_in_another_order_are_refused(void **state) {
  (void)state;
  ablate_model *model = make_labelled("cat", "dog"), *same = make_labelled("cat", "dog");
  ablate_model *other = make_labelled("dog", "cat");
  ablate_diff *diff;
  expect_ok(ablate_diff_create(model, same, NULL, &diff));
  ablate_diff_free(diff);
  mark(diff);
  expect_refused(ablate_diff_create(model, other, NULL, &diff), "class 0 is 'cat' in the first model and 'dog'");
  expect_marked(diff);
  /* A long label leaves room for the reason. */
  char name[4000];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = 0;
  ablate_model *longer = make_labelled("cat", name);
  expect_refused(ablate_diff_create(model, longer, NULL, &diff), "xxx...' in the second: classes are compared by");
  ablate_model_free(longer);
  ablate_model_free(same);
  same = make_single(1, 2, (const float[]){1, 2}, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_LOGITS);
  expect_ok(ablate_diff_create(same, other, NULL, &diff));
  ablate_diff_free(diff);
  ablate_model_free(model);
  ablate_model_free(same);
  ablate_model_free(other);
}

static int reenter(uint64_t done, uint64_t total, void *user) {
  ablate_diff *diff = *(ablate_diff **)user;
  ablate_diff_result result = ABLATE_DIFF_RESULT_INIT;
  int64_t matrix[4];
  (void)done;
  (void)total;
  expect(ABLATE_BUSY, ablate_diff_read(diff, &result), "in use");
  expect(ABLATE_BUSY, ablate_diff_confusion(diff, matrix, 4), "in use");
  expect(ABLATE_BUSY, ablate_diff_feed(diff, tiny_rows, ROWS, labels), "in use");
  return 0;
}

/* A callback that uses the object that is working is turned away. */
static void one_call_at_a_time(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_diff *diff = NULL;
  ablate_diff_options options = ABLATE_DIFF_OPTIONS_INIT;
  options.progress = reenter;
  options.user = &diff;
  expect_ok(ablate_diff_create(model, model, &options, &diff));
  assert_int_equal(ablate_diff_feed(diff, tiny_rows, ROWS, labels), ABLATE_OK);
  ablate_diff_result result = ABLATE_DIFF_RESULT_INIT;
  expect_ok(ablate_diff_read(diff, &result));
  assert_int_equal(result.rows, ROWS);
  ablate_diff_free(diff);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_model_and_its_smaller_form), cmocka_unit_test(a_mask_and_a_merge),
      cmocka_unit_test(bad_arguments_are_refused),    cmocka_unit_test(labels_in_another_order_are_refused),
      cmocka_unit_test(one_call_at_a_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
