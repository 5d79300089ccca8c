/* Every buffer that cannot be had gives ABLATE_OUT_OF_MEMORY, leaves nothing behind and loses nothing. */
#include "expect.h"

#include "fail_allocation.h"
#include "networks.h"

static const int32_t labels[ROWS] = {1, 1, 1, 0};

/* What a pass through the whole interface made of itself. */
typedef struct outcome {
  size_t ok, out_of_memory, other;
  float scores[ROWS * 2];
  ablate_sweep_result result;
} outcome;

static int is_ok(outcome *o, ablate_status status) {
  o->ok += status == ABLATE_OK;
  o->out_of_memory += status == ABLATE_OUT_OF_MEMORY;
  o->other += status != ABLATE_OK && status != ABLATE_OUT_OF_MEMORY;
  return status == ABLATE_OK;
}

static ablate_model *build(outcome *o) {
  static const size_t shape[] = {2};
  static const char *const names[] = {"no", "yes"};
  static const float ones[] = {1, 1}, zeros[] = {0, 0};
  ablate_builder *builder = NULL;
  ablate_model *model = NULL;
  if (is_ok(o, ablate_builder_create(shape, 1, &builder)) &&
      is_ok(o, ablate_builder_add_affine(builder, "scaler", zeros, ones, zeros)) &&
      is_ok(o, add_dense(builder, "hidden", 3, tiny_hidden_weights, tiny_hidden_bias, ABLATE_ACTIVATION_RELU)) &&
      is_ok(o, add_dense(builder, "scores", 2, tiny_score_weights, tiny_score_bias, ABLATE_ACTIVATION_IDENTITY)) &&
      is_ok(o, ablate_builder_set_class_labels(builder, names, 2)))
    is_ok(o, ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

static void run(outcome *o, ablate_model *model, size_t threads) {
  ablate_session *session = NULL;
  ablate_mask *mask = NULL;
  ablate_reference *reference = NULL;
  float out[ROWS * 3];
  int32_t predictions[ROWS];
  is_ok(o, ablate_session_create(model, threads, &session));
  is_ok(o, ablate_mask_create(model, &mask));
  is_ok(o, ablate_reference_create(model, tiny_rows, ROWS, 1, threads, &reference));
  if (mask && reference) {
    ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
    replacement.kind = ABLATE_REPLACEMENT_RESAMPLE;
    replacement.reference = reference;
    is_ok(o, ablate_mask_set_unit_replacement(mask, 0, 1, &replacement));
    is_ok(o, ablate_mask_set_unit(mask, 0, 0, 1));
    is_ok(o, ablate_mask_set_synapse(mask, 1, 0, 2, 1));
  }
  if (session && mask) {
    is_ok(o, ablate_run(session, mask, tiny_rows, ROWS, ABLATE_OUTPUT_PROBABILITIES, out));
    is_ok(o, ablate_predict(session, mask, tiny_rows, ROWS, predictions));
    is_ok(o, ablate_activations(session, mask, tiny_rows, ROWS, 0, ABLATE_POINT_PRE_ACTIVATION, out));
    is_ok(o, ablate_run(session, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, o->scores));
  }
  ablate_reference_free(reference);
  ablate_mask_free(mask);
  ablate_session_free(session);
}

static void judge(outcome *o, ablate_model *model, ablate_sweep *made) {
  ablate_judgement judgements[3] = {ABLATE_JUDGEMENT_INIT};
  ablate_judge_options options = ABLATE_JUDGE_OPTIONS_INIT;
  options.testable_only = 1;
  ablate_sweep *other = NULL;
  if (!made || !is_ok(o, ablate_sweep_create(model, NULL, &other)))
    return;
  if (o->result.rows == ROWS && is_ok(o, ablate_sweep_feed(other, tiny_rows, 1, labels))) {
    is_ok(o, ablate_sweep_judge(made, &options, judgements, 3));
    is_ok(o, ablate_sweep_judge_selected(made, other, ABLATE_CHOICE_LOWEST_EFFECT, &options, judgements, 2));
  }
  ablate_sweep_free(other);
}

static void sweep(outcome *o, ablate_model *model, size_t threads) {
  ablate_sweep *made = NULL;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = threads;
  options.metrics |= ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY;
  if (is_ok(o, ablate_sweep_create(model, &options, &made)) &&
      is_ok(o, ablate_sweep_feed(made, tiny_rows, ROWS, labels)))
    is_ok(o, ablate_sweep_read(made, 1, &o->result));
  judge(o, model, made);
  ablate_sweep_free(made);
}

static void orders(outcome *o, ablate_model *model, size_t threads) {
  ablate_unit units[3];
  size_t count;
  const char *warning;
  double accuracies[4], value;
  static const double scores[] = {2, 1, 1};
  ablate_curve_options options = ABLATE_CURVE_OPTIONS_INIT;
  options.threads = threads;
  if (is_ok(o, ablate_model_units(model, NULL, 0, units, 3, &count)) &&
      is_ok(o, ablate_order_by_scores(model, units, scores, 3, ABLATE_DIRECTION_HIGH_FIRST, units, &warning)) &&
      is_ok(o, ablate_order_at_random(model, units, 3, 1, units)))
    is_ok(o, ablate_curves_run(model, &options, units, 1, 3, tiny_rows, ROWS, labels, accuracies, 4));
  is_ok(o, ablate_rank_correlation(ABLATE_CORRELATION_SPEARMAN, scores, scores, 3, &value));
  is_ok(o, ablate_rank_correlation(ABLATE_CORRELATION_KENDALL, scores, scores, 3, &value));
}

static void study(outcome *o, ablate_model *model, size_t threads) {
  static const ablate_unit unit = {0, 1};
  ablate_surgery_options options = ABLATE_SURGERY_OPTIONS_INIT;
  options.compensation = ABLATE_COMPENSATION_LEAST_SQUARES;
  options.x = tiny_rows;
  options.rows = ROWS;
  options.threads = threads;
  ablate_model *smaller = NULL;
  ablate_diff *diff = NULL;
  size_t count;
  if (is_ok(o, ablate_model_prune(model, &unit, 1, &options, &smaller)) &&
      is_ok(o, ablate_model_save_memory(smaller, NULL, 0, &count)) &&
      is_ok(o, ablate_diff_create(model, smaller, NULL, &diff)))
    is_ok(o, ablate_diff_feed(diff, tiny_rows, ROWS, labels));
  ablate_model_free(smaller);
  ablate_diff_free(diff);
}

static void shapley(outcome *o, ablate_model *model, size_t threads) {
  ablate_shapley *made = NULL;
  ablate_shapley_options options = ABLATE_SHAPLEY_OPTIONS_INIT;
  options.threads = threads;
  options.sample_rows = 3;
  options.measure = ABLATE_SHAPLEY_LOG_LOSS;
  if (is_ok(o, ablate_shapley_create(model, &options, tiny_rows, ROWS, labels, &made)))
    is_ok(o, ablate_shapley_run(made, 2));
  ablate_shapley_free(made);
}

static outcome everything(size_t threads) {
  outcome o = {.result = ABLATE_SWEEP_RESULT_INIT};
  ablate_model *model = build(&o);
  if (model) {
    run(&o, model, threads);
    sweep(&o, model, threads);
    orders(&o, model, threads);
    study(&o, model, threads);
    shapley(&o, model, threads);
  }
  ablate_model_free(model);
  return o;
}

static void expect_success(const outcome *o) {
  assert_int_equal(o->out_of_memory, 0);
  assert_int_equal(o->other, 0);
  expect_floats(o->scores, 2, 0, 8, 2, -1, 6, 0, 1);
  assert_int_equal(o->result.lost, 1);
  assert_int_equal(o->result.rows, ROWS);
}

static void each_buffer_fails_once(void **state) {
  (void)state;
  for (size_t threads = 1; threads <= 2; threads++)
    for (int lasting = 0; lasting < 2; lasting++) {
      fail_allocation(0, 0);
      outcome o = everything(threads);
      expect_success(&o);
      const size_t buffers = fail_allocation(0, 0);
      assert_true(buffers > 0);
      for (size_t nth = 1; nth <= buffers; nth++) {
        plant_error();
        fail_allocation(nth, lasting);
        o = everything(threads);
        fail_allocation(0, 0);
        assert_true(o.out_of_memory >= 1);
        assert_int_equal(o.other, 0);
        assert_non_null(strstr(ablate_last_error(), "out of memory"));
        o = everything(threads);
        expect_success(&o);
      }
    }
}

/* A session, mask and sweep that met a failure go on when memory is back, and what failed has counted nothing. */
static void objects_survive_a_failure(void **state) {
  (void)state;
  handles live = make_handles();
  float scores[ROWS * 2];
  expect_ok(ablate_mask_set_unit(live.mask, 0, 0, 1));
  expect_ok(ablate_mask_set_synapse(live.mask, 1, 1, 0, 1));
  fail_allocation(0, 0);
  fail_allocation(1, 1);
  const ablate_status run_status = ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores);
  const ablate_status feed_status = ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels);
  const ablate_status synapse_status = ablate_mask_set_synapse(live.mask, 0, 0, 0, 1);
  assert_true(fail_allocation(0, 0) > 0);
  assert_true(run_status == ABLATE_OK || run_status == ABLATE_OUT_OF_MEMORY);
  assert_true(feed_status == ABLATE_OK || feed_status == ABLATE_OUT_OF_MEMORY);
  assert_int_equal(synapse_status, ABLATE_OUT_OF_MEMORY);
  size_t units, synapses;
  expect_ok(ablate_mask_count(live.mask, &units, &synapses));
  assert_int_equal(units, 1);
  assert_int_equal(synapses, 1);
  expect_ok(ablate_run(live.session, live.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  /* h0 = 0: s0 = -h1 + 2 h2, s1 = 2 h1 + h2 + 1 */
  expect_floats(scores, -1, 3, 6, 4, -4, 9, 0, 1);
  expect_ok(ablate_sweep_feed(live.sweep, tiny_rows, ROWS, labels));
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(live.sweep, &result));
  assert_int_equal(result.rows, feed_status == ABLATE_OK ? 2 * ROWS : ROWS);
  free_handles(&live);
}

/* More rows than any machine can keep. */
static void impossible_sizes_are_refused(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_reference *reference;
  mark(reference);
  const size_t most = ((size_t)1 << 54) / 2;
  expect(ABLATE_OUT_OF_MEMORY, ablate_reference_create(model, tiny_rows, most, 1, 1, &reference), "memory");
  expect_marked(reference);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_buffer_fails_once),
      cmocka_unit_test(objects_survive_a_failure),
      cmocka_unit_test(impossible_sizes_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
