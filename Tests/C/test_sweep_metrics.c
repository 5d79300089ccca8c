/* Metrics by choice, regressions and greedy elimination: what the functions refuse, and figures worked out by hand. */
#include "expect.h"
#include "networks.h"

#include <math.h>

/* Two inputs, two units that pass them on, two scores that are the units: what is ablated is 0. */
static ablate_model *make_identity(ablate_head head) {
  static const float weights[] = {1, 0, 0, 1}, bias[] = {0, 0};
  ablate_builder *builder;
  ablate_model *model;
  const size_t width = 2;
  expect_ok(ablate_builder_create(&width, 1, &builder));
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.units = 2;
  dense.weights = weights;
  dense.bias = bias;
  expect_ok(ablate_builder_add_dense(builder, &dense));
  expect_ok(ablate_builder_add_dense(builder, &dense));
  expect_ok(ablate_builder_set_head(builder, head));
  expect_ok(ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

static const float rows[] = {2, 1, 0, 3, 5, 1};
static const int32_t labels[] = {0, 1, 1};
static const double rounding = 1e-6;

static ablate_sweep *start(const ablate_model *model, uint32_t metrics, size_t limit) {
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.metrics = metrics;
  options.changed_row_limit = limit;
  ablate_sweep *sweep = NULL;
  expect_ok(ablate_sweep_create(model, &options, &sweep));
  return sweep;
}

static void figures_by_hand(void **state) {
  (void)state;
  ablate_model *model = make_identity(ABLATE_HEAD_SOFTMAX);
  ablate_sweep *sweep = start(model,
                              ABLATE_METRIC_KL_DIVERGENCE | ABLATE_METRIC_MARGIN | ABLATE_METRIC_CLASS_PROBABILITIES |
                                  ABLATE_METRIC_CHANGED_ROWS | ABLATE_METRIC_ONE_VS_REST,
                              2);
  expect_ok(ablate_sweep_feed(sweep, rows, 3, labels));
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  /* Without unit 0 the scores are (0, 1), (0, 3), (0, 1): margins -1, 3, 1 instead of 1, 3, -4. */
  expect_ok(ablate_sweep_read(sweep, 0, &result));
  assert_true(fabs(result.margin - 1) < rounding);
  double divergence = 0;
  const double before[] = {1, -3, 4}, after[] = {-1, -3, -1};
  for (int i = 0; i < 3; i++) {
    const double p = 1 / (1 + exp(-before[i])), q = 1 / (1 + exp(-after[i]));
    divergence += (p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))) / 3;
  }
  assert_true(fabs(result.kl_divergence - divergence) < rounding);
  assert_true(isnan(result.log_loss) && isnan(result.squared_error) && isnan(result.absolute_change));
  double probabilities[4];
  expect_ok(ablate_sweep_class_probabilities(sweep, 0, probabilities, 4));
  assert_true(fabs(probabilities[0] - 1 / (1 + exp(1))) < rounding);
  assert_true(fabs(probabilities[3] - (1 / (1 + exp(-3)) + 1 / (1 + exp(-1))) / 2) < rounding);
  expect_ok(ablate_sweep_class_probabilities_intact(sweep, probabilities, 4));
  assert_true(fabs(probabilities[0] - 1 / (1 + exp(-1))) < rounding);
  int64_t changed[2] = {-1, -1};
  size_t count = 99;
  expect_ok(ablate_sweep_changed_rows(sweep, 0, changed, 2, &count));
  assert_int_equal(count, 2);
  assert_int_equal(changed[0], 0);
  assert_int_equal(changed[1], 2);
  /* Without unit 1: (2, 0), (0, 0), (5, 0). Row 1 goes to class 0, the lower one. */
  expect_ok(ablate_sweep_changed_rows(sweep, 1, changed, 2, &count));
  assert_int_equal(count, 1);
  assert_int_equal(changed[0], 1);
  /* Without unit 0 all rows go to class 1, without unit 1 to class 0; one is of class 0, two are of class 1. */
  const int64_t one_vs_rest[][8] = {{2, 0, 1, 0, 0, 1, 0, 2}, {0, 2, 0, 1, 1, 0, 2, 0}};
  int64_t matrices[8];
  for (size_t unit = 0; unit < 2; unit++) {
    expect_ok(ablate_sweep_one_vs_rest(sweep, unit, matrices, 8));
    assert_memory_equal(matrices, one_vs_rest[unit], sizeof matrices);
  }
  /* Intact, row 2 is taken for class 0. */
  const int64_t intact[] = {1, 1, 0, 1, 1, 0, 1, 1};
  expect_ok(ablate_sweep_one_vs_rest_intact(sweep, matrices, 8));
  assert_memory_equal(matrices, intact, sizeof matrices);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void a_regression_by_hand(void **state) {
  (void)state;
  ablate_model *model = make_identity(ABLATE_HEAD_REGRESSION);
  ablate_sweep *sweep = start(model, ABLATE_METRIC_CONFUSION, 0);
  const float targets[] = {2, 0, 0, 0, 4, 1};
  expect_ok(ablate_sweep_feed_targets(sweep, rows, 3, targets));
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(sweep, &result));
  assert_true(result.squared_error == (0 + 1 + 0 + 9 + 1 + 0) / 6.0 && result.absolute_change == 0);
  expect_ok(ablate_sweep_read(sweep, 0, &result));
  assert_true(result.squared_error == (4 + 1 + 0 + 9 + 16 + 0) / 6.0);
  assert_true(fabs(result.absolute_change - (2 + 0 + 5) / 6.0) < rounding);
  assert_true(fabs(result.effect - 19 / 6.0) < rounding);
  expect(ABLATE_INVALID_ARGUMENT, ablate_sweep_feed(sweep, rows, 3, labels), "feed it targets");
  expect(ABLATE_INVALID_ARGUMENT, ablate_sweep_feed_targets(sweep, rows, 3, NULL), "targets is NULL");
  int64_t matrix;
  expect_ok(ablate_sweep_confusion_intact(sweep, &matrix, 0));
  expect_ok(ablate_sweep_one_vs_rest_intact(sweep, &matrix, 0));
  size_t units[2], steps;
  double curve[2];
  /* Unit 1 first: its removal leaves an error of 1 in the targets it misses, unit 0 one of 19. */
  expect_ok(ablate_greedy_run_targets(model, 0, NULL, rows, 3, targets, units, curve, 2, &steps));
  assert_int_equal(steps, 2);
  assert_int_equal(units[0], 1);
  assert_true(curve[0] == (0 + 0 + 0 + 0 + 1 + 1) / 6.0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  ablate_model *model = make_identity(ABLATE_HEAD_SOFTMAX);
  ablate_sweep *plain = start(model, 0, 0);
  ablate_sweep *sweep = start(model, ABLATE_METRIC_CLASS_PROBABILITIES | ABLATE_METRIC_CHANGED_ROWS, 0);
  double matrix[4];
  int64_t changed[16];
  size_t count;
  const ablate_status bad = ABLATE_INVALID_ARGUMENT;
  expect(bad, ablate_sweep_class_probabilities(plain, 0, matrix, 4), "class probabilities");
  expect(bad, ablate_sweep_class_probabilities(sweep, 0, matrix, 3), "count is 3");
  expect(bad, ablate_sweep_class_probabilities(sweep, 0, NULL, 4), "outMatrix is NULL");
  expect(bad, ablate_sweep_class_probabilities(sweep, 2, matrix, 4), "out of range");
  expect(bad, ablate_sweep_class_probabilities(sweep, ABLATE_NONE, matrix, 4), "out of range");
  expect(bad, ablate_sweep_class_probabilities_intact(plain, matrix, 4), "class probabilities");
  expect(bad, ablate_sweep_class_probabilities_intact(sweep, matrix, 3), "count is 3");
  expect(bad, ablate_sweep_class_probabilities_intact(sweep, NULL, 4), "outMatrix is NULL");
  expect(bad, ablate_sweep_class_probabilities_intact(NULL, matrix, 4), "sweep");
  expect(bad, ablate_sweep_class_probabilities(NULL, 0, matrix, 4), "sweep");
  int64_t matrices[8];
  expect(bad, ablate_sweep_one_vs_rest(plain, 0, matrices, 8), "one class against the rest");
  expect(bad, ablate_sweep_one_vs_rest(sweep, 0, matrices, 4), "count is 4: expected 8");
  expect(bad, ablate_sweep_one_vs_rest(sweep, 0, NULL, 8), "outMatrices is NULL");
  expect(bad, ablate_sweep_one_vs_rest(sweep, ABLATE_NONE, matrices, 8), "out of range");
  expect(bad, ablate_sweep_one_vs_rest(NULL, 0, matrices, 8), "sweep");
  expect(bad, ablate_sweep_one_vs_rest_intact(sweep, matrices, 9), "count is 9");
  expect(bad, ablate_sweep_one_vs_rest_intact(sweep, NULL, 8), "outMatrices is NULL");
  expect(bad, ablate_sweep_changed_rows(plain, 0, changed, 16, &count), "changed rows");
  expect(bad, ablate_sweep_changed_rows(sweep, 0, changed, 15, &count), "capacity is 15");
  expect(bad, ablate_sweep_changed_rows(sweep, 0, NULL, 16, &count), "outRows is NULL");
  expect(bad, ablate_sweep_changed_rows(sweep, 0, changed, 16, NULL), "outCount is NULL");
  expect(bad, ablate_sweep_changed_rows(sweep, ABLATE_NONE, changed, 16, &count), "out of range");
  expect(bad, ablate_sweep_feed_targets(sweep, rows, 3, rows), "feed it labels");
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  ablate_sweep *other;
  options.changed_row_limit = ((size_t)1 << 20) + 1;
  expect(bad, ablate_sweep_create(model, &options, &other), "changed_row_limit");
  options.changed_row_limit = 1;
  options.first_row = UINT64_MAX;
  expect(bad, ablate_sweep_create(model, &options, &other), "first row");

  size_t units[2];
  double curve[2];
  expect(bad, ablate_greedy_run(NULL, 0, NULL, rows, 3, labels, units, curve, 2, NULL), "model");
  expect(bad, ablate_greedy_run(model, 0, NULL, NULL, 3, labels, units, curve, 2, NULL), "x is NULL");
  expect(bad, ablate_greedy_run(model, 0, NULL, rows, 3, NULL, units, curve, 2, NULL), "labels is NULL");
  expect(bad, ablate_greedy_run(model, 0, NULL, rows, 3, labels, NULL, curve, 2, NULL), "outUnits is NULL");
  expect(bad, ablate_greedy_run(model, 0, NULL, rows, 3, labels, units, NULL, 2, NULL), "outCurve is NULL");
  expect(bad, ablate_greedy_run(model, 0, NULL, rows, 3, labels, units, curve, 3, NULL), "count is 3");
  expect(bad, ablate_greedy_run(model, 0, NULL, rows, 0, labels, units, curve, 2, NULL), "rows is 0");
  expect(bad, ablate_greedy_run(model, 7, NULL, rows, 3, labels, units, curve, 2, NULL), "layer 7");
  expect(ABLATE_UNSUPPORTED, ablate_greedy_run(model, 1, NULL, rows, 3, labels, units, curve, 2, NULL), "output layer");
  ablate_greedy_options small = ABLATE_GREEDY_OPTIONS_INIT;
  small.size = 8;
  expect(bad, ablate_greedy_run(model, 0, &small, rows, 3, labels, units, curve, 2, NULL), "options has size 8");
  expect_ok(ablate_greedy_run(model, 0, NULL, rows, 3, labels, units, curve, 0, NULL));
  ablate_sweep_free(plain);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_by_hand),
      cmocka_unit_test(a_regression_by_hand),
      cmocka_unit_test(bad_arguments_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
