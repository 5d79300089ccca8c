/* Significance, orders and curves: figures worked out by hand, and every argument that is refused. */
#include "expect.h"
#include "networks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int32_t labels[ROWS] = {1, 1, 1, 0};

static void flips(void **state) {
  (void)state;
  ablate_flip_test test = ABLATE_FLIP_TEST_INIT;
  /* neuron 137 of a published study: 4 rows gained, 1 lost; C(5, 0) + C(5, 1) = 6 */
  expect_ok(ablate_flips_test(1, 4, 7000, 0.95, &test));
  expect_double(test.p_value, 12.0 / 32, 1e-15);
  expect_double(test.mid_p_value, 7.0 / 32, 1e-15);
  expect_double(test.p_value_of_gain, 6.0 / 32, 1e-15);
  expect_double(test.p_value_of_loss, 31.0 / 32, 1e-15);
  expect_double(test.smallest_p_value, 1.0 / 16, 0);
  expect_double(test.effect, 3.0 / 7000, 1e-18);
  expect_double(test.variance, (5 - 9.0 / 7000) / 7000 / 7000, 1e-18);
  assert_true(test.lower < 0 && test.upper > test.effect);

  ablate_flip_test before = test;
  expect_refused(ablate_flips_test(-1, 0, 5, 0.95, &test), "lost is -1");
  expect_refused(ablate_flips_test(3, 3, 5, 0.95, &test), "more than the 5 rows");
  expect_refused(ablate_flips_test(1, 1, 5, 1, &test), "confidence");
  expect_refused(ablate_flips_test(1, 1, 5, NAN, &test), "confidence");
  expect_refused(ablate_flips_test(1, 1, 5, 0.95, NULL), "outTest");
  assert_memory_equal(&test, &before, sizeof test);
  test.size--;
  expect_refused(ablate_flips_test(1, 1, 5, 0.95, &test), "size");
}

static void adjusted(void **state) {
  (void)state;
  double p[] = {0.25, 0.01, NAN, 0.03}, out[4];
  expect_ok(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, p, 4, out));
  expect_double(out[0], 0.25, 1e-15);
  expect_double(out[1], 0.03, 1e-15);
  assert_true(isnan(out[2]));
  expect_double(out[3], 0.06, 1e-15);
  expect_ok(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, NULL, 0, NULL));
  mark(out);
  expect_refused(ablate_adjust_p_values((ablate_adjustment)3, p, 4, out), "adjustment is 3");
  expect_refused(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, NULL, 4, out), "pValues");
  expect_refused(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, p, 4, NULL), "outAdjusted");
  expect_refused(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, p, SIZE_MAX, out), "rows");
  p[3] = -0.5;
  expect_refused(ablate_adjust_p_values(ABLATE_ADJUSTMENT_HOLM, p, 4, out), "p-value 3");
  expect_marked(out);
}

static void names(void **state) {
  (void)state;
  assert_string_equal(ablate_verdict_name(ABLATE_VERDICT_HARMFUL), "harmful");
  assert_string_equal(ablate_verdict_name((ablate_verdict)5), "unknown verdict");
}

/* The network of networks.h predicts 0, 0, 1, 1; its labels here are 1, 1, 1, 0. Without h0 the scores are (-1, 3),
 * (6, 4), (-4, 9), (0, 1): row 0 becomes right. Without h1: (3, -2), (8, 2), (3, -2), (0, 1): row 2 becomes wrong.
 * Without h2: (2, 0), (2, -1), (-1, 6), (0, 1): nothing changes. */
static void judged(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_judgement out[4];
  memset(out, 0x5A, sizeof out);
  out[0].size = sizeof out[0];
  expect_refused(ablate_sweep_judge(live.sweep, NULL, out, 3), "no rows");
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  ablate_judge_options options = ABLATE_JUDGE_OPTIONS_INIT;
  expect_ok(ablate_sweep_judge(live.sweep, &options, out, 3));
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(out[i].size, sizeof out[i]);
    assert_int_equal(out[i].index, i);
    expect_double(out[i].p_value, 1, 0);
    expect_double(out[i].adjusted_p_value, 1, 0);
  }
  assert_int_equal(out[0].verdict, ABLATE_VERDICT_UNDECIDED);
  assert_int_equal(out[1].verdict, ABLATE_VERDICT_UNDECIDED);
  assert_int_equal(out[2].verdict, ABLATE_VERDICT_REDUNDANT);
  expect_double(out[0].effect, 0.25, 0);
  expect_double(out[1].effect, -0.25, 0);
  assert_true(out[0].affected_class == ABLATE_NONE && out[0].favoured_class == 1 && out[0].favoured_rows == 1);
  assert_true(out[1].affected_class == 1 && out[1].affected_rows == 1 && out[1].favoured_class == 0);
  expect_double(out[1].affected_recall, 1.0 / 3, 1e-15);
  assert_true(out[2].affected_class == ABLATE_NONE && out[2].favoured_class == ABLATE_NONE);
  assert_true(((unsigned char *)&out[3])[0] == 0x5A);

  /* a caller of a later header, whose struct is longer */
  struct {
    ablate_judgement own;
    double more;
  } wider[3];
  memset(wider, 0x5A, sizeof wider);
  wider[0].own.size = sizeof wider[0];
  expect_ok(ablate_sweep_judge(live.sweep, NULL, &wider[0].own, 3));
  assert_int_equal(wider[2].own.verdict, ABLATE_VERDICT_REDUNDANT);
  assert_int_equal(((unsigned char *)&wider[1].more)[0], 0x5A);

  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_judge(bad, NULL, out, 3));
  expect_refused(ablate_sweep_judge(live.sweep, NULL, NULL, 3), "outJudgements");
  expect_refused(ablate_sweep_judge(live.sweep, NULL, out, 2), "count is 2: expected 3");
  options.level = 0;
  expect_refused(ablate_sweep_judge(live.sweep, &options, out, 3), "options.level");
  options.level = 0.05;
  options.margin = NAN;
  expect_refused(ablate_sweep_judge(live.sweep, &options, out, 3), "options.margin");
  options.margin = 0;
  options.essential_loss = 1.5;
  expect_refused(ablate_sweep_judge(live.sweep, &options, out, 3), "options.essential_loss");
  options.essential_loss = 0;
  options.adjustment = (ablate_adjustment)7;
  expect_refused(ablate_sweep_judge(live.sweep, &options, out, 3), "options.adjustment");
  options.size = 39;
  expect_refused(ablate_sweep_judge(live.sweep, &options, out, 3), "options");
  const size_t sizes[] = {0, sizeof out[0] - 1, sizeof out[0] + 1, (size_t)1 << 40, SIZE_MAX};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    out[0].size = sizes[i];
    expect_refused(ablate_sweep_judge(live.sweep, NULL, out, 3), "size");
  }
  free_handles(&live);
}

static void judged_on_other_rows(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_sweep *other;
  expect_ok(ablate_sweep_create(live.model, NULL, &other));
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  ablate_judgement out[3] = {ABLATE_JUDGEMENT_INIT};
  const ablate_choice best = ABLATE_CHOICE_HIGHEST_EFFECT;
  expect_refused(ablate_sweep_judge_selected(live.sweep, other, best, NULL, out, 1), "no rows");
  expect_refused(ablate_sweep_judge_selected(other, live.sweep, best, NULL, out, 1), "no rows");
  expect_ok(ablate_sweep_feed(other, tiny_rows, 2, labels));
  expect_ok(ablate_sweep_judge_selected(live.sweep, other, best, NULL, out, 3));
  assert_true(out[0].index == 0 && out[1].index == 2 && out[2].index == 1);
  expect_double(out[0].effect, 0.5, 0);
  expect_ok(ablate_sweep_judge_selected(live.sweep, other, ABLATE_CHOICE_STRONGEST_EFFECT, NULL, out, 3));
  assert_true(out[0].index == 0 && out[1].index == 1 && out[2].index == 2);
  expect_refused(ablate_sweep_judge_selected(live.sweep, live.sweep, best, NULL, out, 1), "selection itself");
  expect_refused(ablate_sweep_judge_selected(live.sweep, other, (ablate_choice)3, NULL, out, 1), "choice is 3");
  expect_refused(ablate_sweep_judge_selected(live.sweep, other, best, NULL, out, 0), "count");
  expect_refused(ablate_sweep_judge_selected(live.sweep, other, best, NULL, out, 4), "count");
  expect_refused(ablate_sweep_judge_selected(live.sweep, other, best, NULL, NULL, 1), "outJudgements");
  expect_bad_handles_refused(SWEEP, &live, "selection", ablate_sweep_judge_selected(bad, other, best, NULL, out, 1));
  expect_bad_handles_refused(SWEEP, &live, "test", ablate_sweep_judge_selected(other, bad, best, NULL, out, 1));
  ablate_sweep_free(other);
  free_handles(&live);
}

static void orders(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_unit units[5], order[5];
  const size_t layers[] = {0, 1};
  size_t count = 0;
  expect_ok(ablate_model_units(live.model, NULL, 0, NULL, 0, &count));
  assert_int_equal(count, 3);
  expect_ok(ablate_model_units(live.model, layers, 2, units, 5, &count));
  assert_int_equal(count, 5);
  const double scores[] = {1, NAN, -1, 1, 0};
  const char *warning = "";
  expect_ok(ablate_order_by_scores(live.model, units, scores, 3, ABLATE_DIRECTION_LOW_FIRST, order, &warning));
  assert_null(warning);
  assert_true(order[0].unit == 2 && order[1].unit == 0 && order[2].unit == 1);
  expect_ok(ablate_order_by_scores(live.model, units, scores, 5, ABLATE_DIRECTION_HIGH_FIRST, order, &warning));
  assert_non_null(strstr(warning, "several layers"));
  /* it comes with effects as well, and must not advise them */
  assert_null(strstr(warning, "order each layer"));
  const size_t expected[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 2}, {0, 1}};
  for (size_t i = 0; i < 5; i++)
    assert_true(order[i].layer == expected[i][0] && order[i].unit == expected[i][1]);

  double norms[3], effects[3];
  expect_ok(ablate_model_weight_norms(live.model, 0, ABLATE_WEIGHT_NORM_L1, norms, 3));
  assert_true(norms[0] == 3 && norms[1] == 2 && norms[2] == 3);
  expect_ok(ablate_sweep_effects(live.sweep, effects, 3));
  assert_true(effects[0] == 0 && effects[1] == 0 && effects[2] == 0);
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  expect_ok(ablate_sweep_effects(live.sweep, effects, 3));
  assert_true(effects[0] == 0.25 && effects[1] == -0.25 && effects[2] == 0);
  double rho = 0;
  expect_ok(ablate_rank_correlation(ABLATE_CORRELATION_KENDALL, norms, effects, 3, &rho));
  /* of the three pairs, (0, 1) and (1, 2) agree, (0, 2) is a tie in norms: 2 / sqrt(2 * 3) */
  expect_double(rho, 2 / sqrt(6), 1e-15);

  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_units(bad, NULL, 0, NULL, 0, &count));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_weight_norms(bad, 0, 1, norms, 3));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_effects(bad, effects, 3));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_order_at_random(bad, units, 3, 0, order));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_order_by_scores(bad, units, scores, 3, 0, order, &warning));
  expect_refused(ablate_order_by_scores(live.model, units, scores, 3, 0, order, NULL), "outWarning");
  expect_refused(ablate_order_by_scores(live.model, units, scores, 6, 0, order, &warning), "count is 6");
  expect_refused(ablate_order_at_random(live.model, units, 0, 0, order), "count is 0");
  expect_refused(ablate_order_at_random(live.model, NULL, 3, 0, order), "units");
  expect_refused(ablate_order_at_random(live.model, units, 3, 0, NULL), "outOrder");
  units[1] = units[0];
  expect_refused(ablate_order_at_random(live.model, units, 3, 0, order), "listed twice");
  expect_refused(ablate_model_units(live.model, layers, 2, NULL, 5, &count), "outUnits");
  expect_refused(ablate_model_units(live.model, layers, 2, units, 4, &count), "capacity");
  expect_refused(ablate_model_units(live.model, NULL, 2, units, 5, &count), "layerCount is 2");
  expect_refused(ablate_model_units(live.model, layers, 9, units, 5, &count), "layerCount is 9");
  free_handles(&live);
}

/* Without h0, then h2, then h1: the figures of `judged`; h1 alone gives (-1, 3), (0, 1), (-4, 9), (0, 1). */
static void curves(void **state) {
  (void)state;
  handles live = make_handles();
  const ablate_unit order[] = {{0, 0}, {0, 2}, {0, 1}};
  double out[4], means[2], deviations[2], areas[2];
  ablate_curve_options options = ABLATE_CURVE_OPTIONS_INIT;
  expect_ok(ablate_curves_run(live.model, &options, order, 1, 3, tiny_rows, ROWS, labels, out, 4));
  assert_true(out[0] == 0.25 && out[1] == 0.5 && out[2] == 0.75 && out[3] == 0.75);
  const size_t points[] = {1, 3};
  options.points = points;
  options.point_count = 2;
  expect_ok(ablate_curves_run(live.model, &options, order, 1, 3, tiny_rows, ROWS, labels, out, 2));
  assert_true(out[0] == 0.5 && out[1] == 0.75);
  const double two[] = {1, 0.5, 0.5, 0};
  expect_ok(ablate_curves_summarize(two, 2, points, 2, means, deviations, areas));
  assert_true(means[0] == 0.75 && means[1] == 0.25 && areas[0] == 0.75 && areas[1] == 0.25);
  expect_double(deviations[0], sqrt(0.125), 1e-15);

  const size_t huge[] = {SIZE_MAX / 2 + 1, 3}, falling[] = {3, 1};
  expect_refused(ablate_curves_summarize(two, 2, huge, 2, means, deviations, areas), "point 0");
  expect_refused(ablate_curves_summarize(two, 2, falling, 2, means, deviations, areas), "point 1");
  mark(out);
  expect_bad_handles_refused(MODEL, &live, "model",
                             ablate_curves_run(bad, NULL, order, 1, 3, tiny_rows, ROWS, labels, out, 4));
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 3, tiny_rows, 0, labels, out, 4), "rows is 0");
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 3, tiny_rows, ROWS, labels, out, 3), "count is 3");
  expect_refused(ablate_curves_run(live.model, NULL, order, 0, 3, tiny_rows, ROWS, labels, out, 0), "orderCount");
  expect_refused(ablate_curves_run(live.model, NULL, order, SIZE_MAX, 3, tiny_rows, ROWS, labels, out, 4),
                 "orderCount");
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 0, tiny_rows, ROWS, labels, out, 1), "unitCount");
  expect_refused(ablate_curves_run(live.model, NULL, order, 2, SIZE_MAX / 2, tiny_rows, ROWS, labels, out, 1),
                 "unitCount");
  expect_refused(ablate_curves_run(live.model, NULL, NULL, 1, 3, tiny_rows, ROWS, labels, out, 4), "orders");
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 3, NULL, ROWS, labels, out, 4), "x is NULL");
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 3, tiny_rows, ROWS, NULL, out, 4), "labels");
  expect_refused(ablate_curves_run(live.model, NULL, order, 1, 3, tiny_rows, ROWS, labels, NULL, 4), "outAccuracies");
  options.point_count = SIZE_MAX;
  expect_refused(ablate_curves_run(live.model, &options, order, 1, 3, tiny_rows, ROWS, labels, out, 4), "point_count");
  /* more points than there can be are not read */
  const size_t too_many[] = {5, (size_t)1 << 31, (size_t)1 << 32};
  for (size_t i = 0; i < COUNT(too_many); i++) {
    options.point_count = too_many[i];
    expect_refused(ablate_curves_run(live.model, &options, order, 1, 3, tiny_rows, ROWS, labels, out, too_many[i]),
                   "options.point_count");
  }
  /* nor are more orders than there is room for */
  options.point_count = 2;
  expect_refused(ablate_curves_run(live.model, &options, order, 1 << 20, 3, tiny_rows, ROWS, labels, out, 4),
                 "count is 4: expected 2097152");
  options.points = NULL;
  expect_refused(ablate_curves_run(live.model, &options, order, 1, 3, tiny_rows, ROWS, labels, out, 4), "point_count");
  expect_marked(out);
  free_handles(&live);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flips),
      cmocka_unit_test(adjusted),
      cmocka_unit_test(names),
      cmocka_unit_test(judged),
      cmocka_unit_test(judged_on_other_rows),
      cmocka_unit_test(orders),
      cmocka_unit_test(curves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
