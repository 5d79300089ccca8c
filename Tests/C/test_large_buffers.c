/* Each buffer of megabytes that cannot be had gives ABLATE_OUT_OF_MEMORY, and the same call does it when memory is
 * back. */
#include "expect.h"

#include "fail_allocation.h"
#include "networks.h"

/* Buffers of this many bytes are mapped. */
enum { LARGE = 4 << 20 };
enum { INPUTS = 1100, UNITS = 1000, CLASSES = 3, MANY_ROWS = 1100, REMOVED = 2 };

/* What calls get and give. */
static struct {
  float weights[UNITS * INPUTS], score_weights[CLASSES * UNITS], bias[UNITS];
  float x[ROWS * INPUTS];
  int32_t labels[MANY_ROWS];
  char file[5 << 20];
} data;

/* What came of them. */
typedef struct outcome {
  size_t failures;
  float scores[ROWS * CLASSES];
  ablate_sweep_result unit, synapse;
  size_t removed[REMOVED];
  double curve[REMOVED + 1];
} outcome;

static void fill(void) {
  fill_random(data.weights, COUNT(data.weights), 1);
  fill_random(data.score_weights, COUNT(data.score_weights), 2);
  fill_random(data.bias, COUNT(data.bias), 3);
  fill_random(data.x, COUNT(data.x), 4);
  for (size_t row = 0; row < MANY_ROWS; row++)
    data.labels[row] = (int32_t)(row % CLASSES);
}

static int ran_out(outcome *o, ablate_status status) {
  if (status == ABLATE_OK)
    return 0;
  assert_int_equal(status, ABLATE_OUT_OF_MEMORY);
  o->failures++;
  assert_non_null(strstr(ablate_last_error(), "out of memory"));
  return 1;
}

/* Makes a call again if memory ran out in it. */
#define run(o, call)                                                                                                   \
  do {                                                                                                                 \
    if (ran_out((o), (call)))                                                                                          \
      expect_ok(call);                                                                                                 \
  } while (0)

static void sweep(outcome *o, ablate_model *model, ablate_sweep_kind kind, size_t threads,
                  ablate_sweep_result *result) {
  static const size_t hidden[] = {0};
  ablate_sweep *made;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.kind = kind;
  options.layers = hidden;
  options.layer_count = 1;
  options.threads = threads;
  run(o, ablate_sweep_create(model, &options, &made));
  run(o, ablate_sweep_feed(made, data.x, ROWS, data.labels));
  run(o, ablate_sweep_read(made, 7, result));
  ablate_sweep_free(made);
}

static void prune(outcome *o, ablate_model *model) {
  ablate_surgery_options options = ABLATE_SURGERY_OPTIONS_INIT;
  static const ablate_unit unit = {0, 1};
  ablate_model *smaller;
  run(o, ablate_model_prune(model, &unit, 1, &options, &smaller));
  ablate_model_free(smaller);
}

/* Of a model with few weights: the activations of many rows are what is large. */
static void keep_activations(outcome *o, size_t threads) {
  static const size_t widths[] = {2, UNITS, CLASSES};
  ablate_model *model = make_random(widths, COUNT(widths), 5);
  ablate_reference *reference;
  run(o, ablate_reference_create(model, data.x, MANY_ROWS, 1, threads, &reference));
  ablate_reference_free(reference);
  ablate_greedy_options options = ABLATE_GREEDY_OPTIONS_INIT;
  options.threads = threads;
  size_t steps;
  run(o, ablate_greedy_run(model, 0, &options, data.x, MANY_ROWS, data.labels, o->removed, o->curve, REMOVED, &steps));
  assert_int_equal(steps, REMOVED);
  ablate_model_free(model);
}

static ablate_model *build(outcome *o) {
  ablate_builder *builder = start_builder(INPUTS);
  ablate_model *model;
  run(o, add_dense(builder, "hidden", UNITS, data.weights, data.bias, ABLATE_ACTIVATION_RELU));
  run(o, add_dense(builder, "scores", CLASSES, data.score_weights, data.bias, ABLATE_ACTIVATION_IDENTITY));
  run(o, ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

/* Through a file and back. */
static ablate_model *copy(outcome *o, ablate_model *model) {
  ablate_model *loaded;
  size_t size;
  run(o, ablate_model_save_memory(model, data.file, sizeof data.file, &size));
  run(o, ablate_model_load_memory(data.file, size, NULL, &loaded));
  return loaded;
}

static outcome everything(size_t threads) {
  outcome o = {.unit = ABLATE_SWEEP_RESULT_INIT, .synapse = ABLATE_SWEEP_RESULT_INIT};
  ablate_model *built = build(&o), *model = copy(&o, built);
  ablate_session *session;
  ablate_model_free(built);
  run(&o, ablate_session_create(model, threads, &session));
  run(&o, ablate_run(session, NULL, data.x, ROWS, ABLATE_OUTPUT_SCORES, o.scores));
  ablate_session_free(session);
  sweep(&o, model, ABLATE_SWEEP_UNITS, threads, &o.unit);
  sweep(&o, model, ABLATE_SWEEP_SYNAPSES, threads, &o.synapse);
  prune(&o, model);
  ablate_model_free(model);
  keep_activations(&o, threads);
  return o;
}

static void each_large_buffer_fails_once(void **state) {
  (void)state;
  fill();
  count_allocations_from(LARGE);
  for (size_t threads = 1; threads <= 2; threads++) {
    fail_allocation(0, 0);
    const size_t mapped = mapped_bytes();
    outcome intact = everything(threads);
    const size_t buffers = fail_allocation(0, 0);
    assert_int_equal(intact.failures, 0);
    assert_true(buffers >= 10);
    for (size_t nth = 1; nth <= buffers; nth++) {
      fail_allocation(nth, 0);
      outcome o = everything(threads);
      fail_allocation(0, 0);
      assert_int_equal(o.failures, 1);
      o.failures = 0;
      assert_memory_equal(&o, &intact, sizeof o);
      assert_int_equal(mapped_bytes(), mapped);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_large_buffer_fails_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
