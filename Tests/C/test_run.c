/* Runs, predictions and activations, intact and masked, by hand arithmetic on the network of networks.h. */
#include "expect.h"

#include <math.h>

#include "networks.h"

typedef struct fixture {
  ablate_model *model;
  ablate_session *session;
  ablate_mask *mask;
} fixture;

static fixture start(ablate_model *model) {
  fixture f = {model, NULL, NULL};
  expect_ok(ablate_session_create(model, 1, &f.session));
  expect_ok(ablate_mask_create(model, &f.mask));
  return f;
}

static void finish(fixture *f) {
  ablate_session_free(f->session);
  ablate_mask_free(f->mask);
  ablate_model_free(f->model);
}

static void replace(fixture *f, ablate_replacement_kind kind, float constant, const ablate_reference *reference) {
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = kind;
  replacement.constant = constant;
  replacement.reference = reference;
  expect_ok(ablate_mask_set_replacement(f->mask, &replacement));
}

/* Scores of the four rows with the mask. */
#define expect_scores(f, ...)                                                                                          \
  do {                                                                                                                 \
    float expect_out[ROWS * 2];                                                                                        \
    expect_ok(ablate_run((f)->session, (f)->mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, expect_out));                 \
    expect_floats(expect_out, __VA_ARGS__);                                                                            \
  } while (0)
#define expect_predictions(f, ...)                                                                                     \
  do {                                                                                                                 \
    int32_t expect_labels[ROWS];                                                                                       \
    expect_ok(ablate_predict((f)->session, (f)->mask, tiny_rows, ROWS, expect_labels));                                \
    expect_integers(expect_labels, __VA_ARGS__);                                                                       \
  } while (0)
#define expect_activations(f, layer, point, ...)                                                                       \
  do {                                                                                                                 \
    float expect_out[ROWS * 3];                                                                                        \
    expect_ok(ablate_activations((f)->session, (f)->mask, tiny_rows, ROWS, layer, point, expect_out));                 \
    expect_floats(expect_out, __VA_ARGS__);                                                                            \
  } while (0)

static void intact(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  expect_scores(&f, 2, 0, 8, 2, -1, 6, 0, 1);
  expect_predictions(&f, 0, 0, 1, 1);
  expect_activations(&f, 0, ABLATE_POINT_ACTIVATION, 3, 1, 0, 2, 0, 3, 3, 4, 0, 0, 0, 0);
  expect_activations(&f, 0, ABLATE_POINT_PRE_ACTIVATION, 3, 1, 0, 2, -1, 3, 3, 4, -5, -2, 0, 0);
  expect_activations(&f, 1, ABLATE_POINT_ACTIVATION, 2, 0, 8, 2, -1, 6, 0, 1);
  expect_activations(&f, 1, ABLATE_POINT_PRE_ACTIVATION, 2, 0, 8, 2, -1, 6, 0, 1);
  float scores[ROWS * 2];
  expect_ok(ablate_run(f.session, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  expect_floats(scores, 2, 0, 8, 2, -1, 6, 0, 1);
  finish(&f);
}

static void zero(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  /* without h0: s0 loses h0 = 3, 2, 3, 0; s1 gains it */
  expect_scores(&f, -1, 3, 6, 4, -4, 9, 0, 1);
  expect_predictions(&f, 1, 0, 1, 1);
  expect_activations(&f, 0, ABLATE_POINT_ACTIVATION, 0, 1, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0);
  /* replacements but dead act behind the pre-activation */
  expect_activations(&f, 0, ABLATE_POINT_PRE_ACTIVATION, 3, 1, 0, 2, -1, 3, 3, 4, -5, -2, 0, 0);
  expect_ok(ablate_mask_clear(f.mask));
  expect_scores(&f, 2, 0, 8, 2, -1, 6, 0, 1);
  /* the whole layer: the biases of the scores remain */
  expect_ok(ablate_mask_fill_layer(f.mask, 0, 1));
  expect_scores(&f, 0, 1, 0, 1, 0, 1, 0, 1);
  finish(&f);
}

static void dead(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  replace(&f, ABLATE_REPLACEMENT_DEAD, 0, NULL);
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  expect_scores(&f, -1, 3, 6, 4, -4, 9, 0, 1);
  expect_activations(&f, 0, ABLATE_POINT_PRE_ACTIVATION, 0, 1, 0, 0, -1, 3, 0, 4, -5, 0, 0, 0);
  finish(&f);
}

/* A dead unit of the output layer has activation(0), its bias gone. */
static void dead_score(void **state) {
  (void)state;
  const float weights[] = {1, -2}, bias[] = {10, 20}, x[] = {3};
  static const struct {
    ablate_activation activation;
    float value;
  } cases[] = {
      {ABLATE_ACTIVATION_IDENTITY, 0},        {ABLATE_ACTIVATION_RELU, 0}, {ABLATE_ACTIVATION_TANH, 0},
      {ABLATE_ACTIVATION_SIGMOID, 0.5f},      {ABLATE_ACTIVATION_ELU, 0},  {ABLATE_ACTIVATION_SOFTPLUS, 0.6931472f},
      {ABLATE_ACTIVATION_HARD_SIGMOID, 0.5f}, {ABLATE_ACTIVATION_GELU, 0}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    fixture f = start(make_single(1, 2, weights, bias, cases[i].activation, ABLATE_HEAD_LOGITS));
    replace(&f, ABLATE_REPLACEMENT_DEAD, 0, NULL);
    expect_ok(ablate_mask_set_unit(f.mask, 0, 1, 1));
    float out[2];
    expect_ok(ablate_run(f.session, f.mask, x, 1, ABLATE_OUTPUT_SCORES, out));
    expect_near(out + 1, 1e-7, cases[i].value);
    expect_ok(ablate_activations(f.session, f.mask, x, 1, 0, ABLATE_POINT_PRE_ACTIVATION, out));
    expect_floats(out, 13, 0);
    finish(&f);
  }
}

static void constant(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  replace(&f, ABLATE_REPLACEMENT_CONSTANT, 5, NULL);
  expect_ok(ablate_mask_set_unit(f.mask, 0, 1, 1));
  /* s0 = h0 - 5 + 2 h2, s1 = -h0 + 10 + h2 + 1 with (h0, h2) = (3, 0), (2, 3), (3, 0), (0, 0) */
  expect_scores(&f, -2, 8, 3, 12, -2, 8, -5, 11);
  expect_ok(ablate_mask_clear(f.mask));
  expect_ok(ablate_mask_set_unit(f.mask, 1, 1, 1));
  replace(&f, ABLATE_REPLACEMENT_CONSTANT, NAN, NULL);
  /* a NaN score counts as the largest */
  expect_scores(&f, 2, NAN, 8, NAN, -1, NAN, 0, NAN);
  expect_predictions(&f, 1, 1, 1, 1);
  replace(&f, ABLATE_REPLACEMENT_CONSTANT, -INFINITY, NULL);
  expect_scores(&f, 2, -INFINITY, 8, -INFINITY, -1, -INFINITY, 0, -INFINITY);
  expect_predictions(&f, 0, 0, 0, 0);
  replace(&f, ABLATE_REPLACEMENT_CONSTANT, INFINITY, NULL);
  expect_predictions(&f, 1, 1, 1, 1);
  finish(&f);
}

static void mean(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  ablate_reference *reference;
  expect_ok(ablate_reference_create(f.model, tiny_rows, ROWS, 0, 1, &reference));
  replace(&f, ABLATE_REPLACEMENT_MEAN, 0, reference);
  ablate_reference_free(reference);
  expect_ok(ablate_mask_set_unit(f.mask, 0, 2, 1));
  /* mean h2 = (0 + 3 + 0 + 0) / 4: s0 = h0 - h1 + 1.5, s1 = -h0 + 2 h1 + 0.75 + 1 */
  expect_scores(&f, 3.5f, 0.75f, 3.5f, -0.25f, 0.5f, 6.75f, 1.5f, 1.75f);
  finish(&f);
}

/* Reference rows (10, 20, 30, 40, 50), of which row i of a run takes p(i mod 5), for both units. */
static void resample(void **state) {
  (void)state;
  enum { REFERENCES = 5, RUN = 13 };
  const float weights[] = {1, 2}, reference_rows[REFERENCES] = {10, 20, 30, 40, 50}, x[RUN] = {0};
  fixture f = start(make_single(1, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_LOGITS));
  ablate_reference *reference;
  expect_ok(ablate_reference_create(f.model, reference_rows, REFERENCES, 1, 1, &reference));
  float first[RUN * 2], out[RUN * 2];
  int differing = 0;
  for (uint64_t seed = 0; seed < 8; seed++) {
    ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
    replacement.kind = ABLATE_REPLACEMENT_RESAMPLE;
    replacement.seed = seed;
    replacement.reference = reference;
    expect_ok(ablate_mask_set_replacement(f.mask, &replacement));
    expect_ok(ablate_mask_fill_layer(f.mask, 0, 1));
    expect_ok(ablate_run(f.session, f.mask, x, RUN, ABLATE_OUTPUT_SCORES, out));
    int seen[REFERENCES] = {0};
    for (size_t row = 0; row < RUN; row++) {
      assert_true(out[2 * row] == out[2 * (row % REFERENCES)]);
      assert_true(out[2 * row + 1] == 2 * out[2 * row]);
      if (row < REFERENCES)
        seen[(int)out[2 * row] / 10 - 1]++;
    }
    expect_integers(seen, 1, 1, 1, 1, 1);
    if (seed == 0)
      memcpy(first, out, sizeof out);
    else
      differing += memcmp(first, out, sizeof out) != 0;
    float again[RUN * 2];
    expect_ok(ablate_run(f.session, f.mask, x, RUN, ABLATE_OUTPUT_SCORES, again));
    assert_memory_equal(out, again, sizeof out);
  }
  assert_true(differing > 0);
  ablate_reference_free(reference);
  finish(&f);
}

static void synapses(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  expect_ok(ablate_mask_set_synapse(f.mask, 0, 0, 1, 1));
  /* h0 = relu(x0) = 1, 2, 0, 0 */
  expect_activations(&f, 0, ABLATE_POINT_PRE_ACTIVATION, 1, 1, 0, 2, -1, 3, -1, 4, -5, 0, 0, 0);
  expect_activations(&f, 0, ABLATE_POINT_ACTIVATION, 1, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0);
  expect_scores(&f, 0, 2, 8, 2, -4, 9, 0, 1);
  /* an ablated unit stays what its replacement says, whatever its synapses */
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  expect_scores(&f, -1, 3, 6, 4, -4, 9, 0, 1);
  expect_ok(ablate_mask_clear(f.mask));
  expect_ok(ablate_mask_set_synapse(f.mask, 1, 0, 2, 1));
  /* s0 = h0 - h1 */
  expect_scores(&f, 2, 0, 2, 2, -1, 6, 0, 1);
  finish(&f);
}

static void several_layers_and_own_replacements(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  ablate_replacement own = ABLATE_REPLACEMENT_INIT;
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  own.kind = ABLATE_REPLACEMENT_CONSTANT;
  own.constant = 7;
  expect_ok(ablate_mask_set_unit_replacement(f.mask, 1, 0, &own));
  /* a replacement alone ablates nothing */
  expect_scores(&f, -1, 3, 6, 4, -4, 9, 0, 1);
  expect_ok(ablate_mask_set_unit(f.mask, 1, 0, 1));
  expect_scores(&f, 7, 3, 7, 4, 7, 9, 7, 1);
  expect_ok(ablate_mask_clear(f.mask));

  replace(&f, ABLATE_REPLACEMENT_CONSTANT, 5, NULL);
  own.kind = ABLATE_REPLACEMENT_ZERO;
  expect_ok(ablate_mask_set_unit_replacement(f.mask, 0, 1, &own));
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  expect_ok(ablate_mask_set_unit(f.mask, 0, 1, 1));
  /* h0 = 5, h1 = 0: s0 = 5 + 2 h2, s1 = -5 + h2 + 1 */
  expect_scores(&f, 5, -4, 11, -1, 5, -4, 5, -4);
  expect_ok(ablate_mask_set_unit_replacement(f.mask, 0, 1, NULL));
  /* h0 = h1 = 5: s0 = 2 h2, s1 = 5 + h2 + 1 */
  expect_scores(&f, 0, 6, 6, 9, 0, 6, 0, 6);
  finish(&f);
}

static void ablated_scores_can_be_predicted(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  expect_ok(ablate_mask_set_unit(f.mask, 1, 1, 1));
  expect_scores(&f, 2, 0, 8, 0, -1, 0, 0, 0);
  /* a tie goes to the lower index */
  expect_predictions(&f, 0, 0, 1, 0);
  finish(&f);
}

static void outputs_of_each_head(void **state) {
  (void)state;
  const double p = 1 / (1 + exp(-2)); /* softmax of (2, 0) */
  static const ablate_head classifiers[] = {ABLATE_HEAD_LOGITS, ABLATE_HEAD_SOFTMAX, ABLATE_HEAD_LOG_SOFTMAX};
  for (size_t i = 0; i < COUNT(classifiers); i++) {
    fixture f = start(make_tiny(classifiers[i]));
    float out[2];
    expect_ok(ablate_run(f.session, NULL, tiny_rows, 1, ABLATE_OUTPUT_SCORES, out));
    expect_floats(out, 2, 0);
    expect_ok(ablate_run(f.session, NULL, tiny_rows, 1, ABLATE_OUTPUT_PROBABILITIES, out));
    expect_near(out, 1e-6, (float)p, (float)(1 - p));
    expect_ok(ablate_run(f.session, NULL, tiny_rows, 1, ABLATE_OUTPUT_MODEL, out));
    if (classifiers[i] == ABLATE_HEAD_LOGITS)
      expect_floats(out, 2, 0);
    if (classifiers[i] == ABLATE_HEAD_SOFTMAX)
      expect_near(out, 1e-6, (float)p, (float)(1 - p));
    if (classifiers[i] == ABLATE_HEAD_LOG_SOFTMAX)
      expect_near(out, 1e-6, (float)log(p), (float)log(1 - p));
    finish(&f);
  }

  const float one[] = {1}, x[] = {-1, 0, 2}, two[] = {1, -1};
  const float minus = (float)(1 / (1 + exp(1))), plus = (float)(1 / (1 + exp(-2)));
  fixture f = start(make_single(1, 1, one, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_BINARY));
  float out[6];
  int32_t labels[6];
  expect_ok(ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_SCORES, out));
  expect_floats(out, -1, 0, 2);
  expect_ok(ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_PROBABILITIES, out));
  expect_near(out, 1e-6, 1 - minus, minus, 0.5f, 0.5f, 1 - plus, plus);
  mark(out);
  expect_ok(ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_MODEL, out));
  expect_near(out, 1e-6, 1 - minus, minus, 0.5f, 0.5f, 1 - plus, plus);
  expect_ok(ablate_predict(f.session, NULL, x, 3, labels));
  expect_integers(labels, 0, 0, 1);
  finish(&f);

  f = start(make_single(1, 2, two, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_MULTILABEL));
  expect_ok(ablate_run(f.session, NULL, x + 2, 1, ABLATE_OUTPUT_PROBABILITIES, out));
  expect_near(out, 1e-6, plus, 1 - plus);
  expect_ok(ablate_predict(f.session, NULL, x, 3, labels));
  expect_integers(labels, 0, 1, 0, 0, 1, 0);
  finish(&f);

  f = start(make_single(1, 2, two, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_REGRESSION));
  expect_ok(ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_SCORES, out));
  expect_floats(out, -1, 1, 0, 0, 2, -2);
  expect_ok(ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_MODEL, out));
  expect_floats(out, -1, 1, 0, 0, 2, -2);
  mark(out);
  mark(labels);
  expect(ABLATE_UNSUPPORTED, ablate_run(f.session, NULL, x, 3, ABLATE_OUTPUT_PROBABILITIES, out), "regression");
  expect(ABLATE_UNSUPPORTED, ablate_predict(f.session, NULL, x, 3, labels), "regression");
  expect(ABLATE_UNSUPPORTED, ablate_predict(f.session, NULL, NULL, 0, NULL), "regression");
  expect_marked(out);
  expect_marked(labels);
  finish(&f);
}

static void affine_steps(void **state) {
  (void)state;
  const float center[] = {1, 2}, scale[] = {2, 3}, shift[] = {-1, 1}, weights[] = {1, 1, 1, -1}, x[] = {4, 1};
  ablate_builder *builder = start_builder(2);
  expect_ok(ablate_builder_add_affine(builder, NULL, center, scale, shift));
  expect_ok(add_dense(builder, NULL, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_add_affine(builder, NULL, NULL, scale, NULL));
  expect_ok(add_dense(builder, NULL, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  fixture f = start(finish_builder(builder));
  float out[2];
  /* (3 * 2 - 1, -1 * 3 + 1) = (5, -2); (3, 7); (6, 21); (27, -15) */
  expect_ok(ablate_run(f.session, NULL, x, 1, ABLATE_OUTPUT_SCORES, out));
  expect_floats(out, 27, -15);
  expect_ok(ablate_activations(f.session, NULL, x, 1, 0, ABLATE_POINT_ACTIVATION, out));
  expect_floats(out, 3, 7);
  expect_ok(ablate_mask_set_unit(f.mask, 0, 0, 1));
  expect_ok(ablate_run(f.session, f.mask, x, 1, ABLATE_OUTPUT_SCORES, out));
  expect_floats(out, 21, -21);
  finish(&f);
}

static void strange_inputs_pass_through(void **state) {
  (void)state;
  const float weights[] = {2, 0, 0, 0, 1, 0, 0, 0, 1}, bias[] = {1, 0, 0};
  fixture f = start(make_single(3, 3, weights, bias, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_LOGITS));
  const float x[] = {NAN, 1, 2, INFINITY, 1, 2, -INFINITY, 1, 2, 1, NAN, NAN, 3, 7, 7};
  float out[15];
  int32_t labels[5];
  expect_ok(ablate_run(f.session, NULL, x, 5, ABLATE_OUTPUT_SCORES, out));
  /* 0 * NaN and 0 * infinity are NaN */
  expect_floats(out, NAN, NAN, NAN, INFINITY, NAN, NAN, -INFINITY, NAN, NAN, NAN, NAN, NAN, 7, 7, 7);
  expect_ok(ablate_predict(f.session, NULL, x, 5, labels));
  expect_integers(labels, 0, 1, 1, 0, 0);
  finish(&f);
  f = start(make_tiny(ABLATE_HEAD_LOGITS));
  const float nan_row[] = {NAN, 0};
  expect_ok(ablate_activations(f.session, NULL, nan_row, 1, 0, ABLATE_POINT_ACTIVATION, out));
  expect_floats(out, NAN, NAN, NAN);
  finish(&f);
}

static void zero_rows_do_nothing(void **state) {
  (void)state;
  fixture f = start(make_tiny(ABLATE_HEAD_LOGITS));
  float out[2];
  int32_t label;
  mark(out);
  mark(label);
  for (int output = 0; output < 3; output++) {
    expect_ok(ablate_run(f.session, f.mask, tiny_rows, 0, (ablate_output)output, out));
    expect_ok(ablate_run(f.session, f.mask, NULL, 0, (ablate_output)output, NULL));
  }
  expect_ok(ablate_predict(f.session, f.mask, tiny_rows, 0, &label));
  expect_ok(ablate_predict(f.session, f.mask, NULL, 0, NULL));
  expect_ok(ablate_activations(f.session, f.mask, tiny_rows, 0, 0, ABLATE_POINT_ACTIVATION, out));
  expect_ok(ablate_activations(f.session, f.mask, NULL, 0, 0, ABLATE_POINT_PRE_ACTIVATION, NULL));
  expect_marked(out);
  expect_marked(label);
  /* the other arguments are still looked at */
  expect_refused(ablate_run(f.session, NULL, NULL, 0, (ablate_output)3, NULL), "output");
  expect_refused(ablate_activations(f.session, NULL, NULL, 0, 2, ABLATE_POINT_ACTIVATION, NULL), "layer");
  finish(&f);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_session *session;
  float out[12];
  int32_t labels[ROWS];
  mark(session);
  mark(out);
  mark(labels);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_session_create(bad, 1, &session));
  expect_refused(ablate_session_create(live.model, 1, NULL), "outSession");
  expect_refused(ablate_session_create(live.model, 257, &session), "threads");
  expect_refused(ablate_session_create(live.model, SIZE_MAX, &session), "threads");
  expect_bad_handles_refused(SESSION, &live, "session",
                             ablate_run(bad, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, out));
  expect_bad_handles_refused(SESSION, &live, "session", ablate_predict(bad, NULL, tiny_rows, ROWS, labels));
  expect_bad_handles_refused(SESSION, &live, "session",
                             ablate_activations(bad, NULL, tiny_rows, ROWS, 0, ABLATE_POINT_ACTIVATION, out));
  void *bad_masks[BAD_HANDLES];
  const size_t count = bad_handles(MASK, &live, bad_masks);
  for (size_t i = 0; i < count; i++) {
    if (!bad_masks[i])
      continue; /* NULL is the intact run */
    expect_refused(ablate_run(live.session, bad_masks[i], tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, out), "mask");
    expect_refused(ablate_predict(live.session, bad_masks[i], tiny_rows, ROWS, labels), "mask");
    expect_refused(ablate_activations(live.session, bad_masks[i], tiny_rows, ROWS, 0, ABLATE_POINT_ACTIVATION, out),
                   "mask");
  }
  handles other = make_handles();
  expect_refused(ablate_run(live.session, other.mask, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, out), "another model");
  expect_refused(ablate_predict(live.session, other.mask, tiny_rows, ROWS, labels), "another model");
  expect_refused(ablate_activations(live.session, other.mask, tiny_rows, ROWS, 0, ABLATE_POINT_ACTIVATION, out),
                 "another model");
  free_handles(&other);
  const int unknown[] = {3, 100, -1};
  for (size_t i = 0; i < COUNT(unknown); i++) {
    expect_refused(ablate_run(live.session, NULL, tiny_rows, ROWS, (ablate_output)unknown[i], out), "output");
    expect_refused(ablate_activations(live.session, NULL, tiny_rows, ROWS, 0, (ablate_point)unknown[i], out), "point");
  }
  expect_refused(ablate_activations(live.session, NULL, tiny_rows, ROWS, 0, (ablate_point)2, out), "point");
  const size_t beyond[] = {2, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
  for (size_t i = 0; i < COUNT(beyond); i++)
    expect_refused(ablate_activations(live.session, NULL, tiny_rows, ROWS, beyond[i], ABLATE_POINT_ACTIVATION, out),
                   "layer");
  expect_refused(ablate_run(live.session, NULL, NULL, ROWS, ABLATE_OUTPUT_SCORES, out), "x");
  expect_refused(ablate_run(live.session, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, NULL), "out");
  expect_refused(ablate_predict(live.session, NULL, NULL, ROWS, labels), "x");
  expect_refused(ablate_predict(live.session, NULL, tiny_rows, ROWS, NULL), "outLabels");
  expect_refused(ablate_activations(live.session, NULL, NULL, ROWS, 0, ABLATE_POINT_ACTIVATION, out), "x");
  expect_refused(ablate_activations(live.session, NULL, tiny_rows, ROWS, 0, ABLATE_POINT_ACTIVATION, NULL), "out");
  /* counts whose bytes overflow, or that no address space holds */
  const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 4, SIZE_MAX / 8 + 1, SIZE_MAX / 64};
  for (size_t i = 0; i < COUNT(huge); i++) {
    expect_refused(ablate_run(live.session, NULL, tiny_rows, huge[i], ABLATE_OUTPUT_SCORES, out), "rows");
    expect_refused(ablate_predict(live.session, NULL, tiny_rows, huge[i], labels), "rows");
    expect_refused(ablate_activations(live.session, NULL, tiny_rows, huge[i], 0, ABLATE_POINT_ACTIVATION, out), "rows");
    expect_refused(ablate_run(live.session, live.mask, NULL, huge[i], ABLATE_OUTPUT_SCORES, NULL), "rows");
  }
  expect_marked(session);
  expect_marked(out);
  expect_marked(labels);
  free_handles(&live);
}

/* A row's bits do not depend on the batch, the place in it, or the number of threads. */
static void rows_do_not_depend_on_the_batch(void **state) {
  (void)state;
  enum { N = 1000, WIDTH = 33, CLASSES = 10 };
  const size_t widths[] = {WIDTH, 70, 41, CLASSES};
  ablate_model *model = make_random(widths, COUNT(widths), 7);
  float *x = malloc(N * WIDTH * sizeof *x), *all = malloc(N * CLASSES * sizeof *all), out[CLASSES];
  assert_true(x && all);
  fill_random(x, N * WIDTH, 99);
  ablate_mask *mask;
  expect_ok(ablate_mask_create(model, &mask));
  expect_ok(ablate_mask_set_unit(mask, 0, 69, 1));
  expect_ok(ablate_mask_set_synapse(mask, 1, 40, 3, 1));
  for (size_t threads = 1; threads <= 4; threads++) {
    ablate_session *session;
    expect_ok(ablate_session_create(model, threads, &session));
    for (int masked = 0; masked < 2; masked++) {
      expect_ok(ablate_run(session, masked ? mask : NULL, x, N, ABLATE_OUTPUT_SCORES, all));
      for (size_t row = 0; row < N; row += 13) {
        expect_ok(ablate_run(session, masked ? mask : NULL, x + row * WIDTH, 1, ABLATE_OUTPUT_SCORES, out));
        assert_memory_equal(out, all + row * CLASSES, sizeof out);
      }
    }
    ablate_session_free(session);
  }
  free(x);
  free(all);
  ablate_mask_free(mask);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(intact),
      cmocka_unit_test(zero),
      cmocka_unit_test(dead),
      cmocka_unit_test(dead_score),
      cmocka_unit_test(constant),
      cmocka_unit_test(mean),
      cmocka_unit_test(resample),
      cmocka_unit_test(synapses),
      cmocka_unit_test(several_layers_and_own_replacements),
      cmocka_unit_test(ablated_scores_can_be_predicted),
      cmocka_unit_test(outputs_of_each_head),
      cmocka_unit_test(affine_steps),
      cmocka_unit_test(strange_inputs_pass_through),
      cmocka_unit_test(zero_rows_do_nothing),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(rows_do_not_depend_on_the_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
