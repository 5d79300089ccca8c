/* Sweeps by hand arithmetic on the network of networks.h, and what they refuse. */
#include "expect.h"

#include <math.h>

#include "networks.h"

/*
 * Intact predictions 0, 0, 1, 1 with labels 1, 1, 1, 0: only the third row is right.
 *
 *   without   scores                               predictions   what changed
 *   h0        (-1, 3)  (6, 4)  (-4, 9)  (0, 1)     1, 0, 1, 1    the first row is gained
 *   h1        ( 3, -2) (8, 2)  ( 3, -2) (0, 1)     0, 0, 0, 1    the third row is lost
 *   h2        ( 2, 0)  (2, -1) (-1, 6)  (0, 1)     0, 0, 1, 1    nothing
 *   s0        ( 0, 0)  (0, 2)  ( 0, 6)  (0, 1)     0, 1, 1, 1    the second row is gained
 *   s1        ( 2, 0)  (8, 0)  (-1, 0)  (0, 0)     0, 0, 1, 0    the fourth row is gained
 */
static const int32_t labels[ROWS] = {1, 1, 1, 0};

typedef struct counts {
  size_t layer, unit;
  int64_t rows, correct, lost, gained, changed;
} counts;

static void check_counts(const ablate_sweep_result *result, counts expected, int line) {
  const long long pairs[][2] = {{(long long)result->layer, (long long)expected.layer},
                                {(long long)result->unit, (long long)expected.unit},
                                {result->rows, expected.rows},
                                {result->correct, expected.correct},
                                {result->lost, expected.lost},
                                {result->gained, expected.gained},
                                {result->changed, expected.changed}};
  for (size_t i = 0; i < COUNT(pairs); i++) {
    if (pairs[i][0] == pairs[i][1])
      continue;
    print_error("member %zu of the result is %lld, expected %lld\n", i, pairs[i][0], pairs[i][1]);
    _fail(__FILE__, line);
  }
  const double effect = expected.rows ? (double)(expected.gained - expected.lost) / (double)expected.rows : 0;
  check_double(result->effect, effect, 0, __FILE__, line);
}

#define expect_result(sweep, index, ...)                                                                               \
  do {                                                                                                                 \
    ablate_sweep_result expect_read = ABLATE_SWEEP_RESULT_INIT;                                                        \
    expect_ok(ablate_sweep_read((sweep), (index), &expect_read));                                                      \
    check_counts(&expect_read, (counts){__VA_ARGS__}, __LINE__);                                                       \
  } while (0)
#define expect_intact(sweep, rows, correct)                                                                            \
  do {                                                                                                                 \
    ablate_sweep_result expect_read = ABLATE_SWEEP_RESULT_INIT;                                                        \
    expect_ok(ablate_sweep_read_intact((sweep), &expect_read));                                                        \
    check_counts(&expect_read, (counts){ABLATE_NONE, ABLATE_NONE, (rows), (correct), 0, 0, 0}, __LINE__);              \
  } while (0)

static ablate_sweep *start(const ablate_model *model, const ablate_sweep_options *options) {
  ablate_sweep *sweep = NULL;
  expect_ok(ablate_sweep_create(model, options, &sweep));
  assert_non_null(sweep);
  return sweep;
}

static void hidden_layer_by_default(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_sweep *sweep = start(model, NULL);
  assert_int_equal(ablate_sweep_count(sweep), 3);
  /* before any row */
  expect_intact(sweep, 0, 0);
  expect_result(sweep, 1, 0, 1, 0, 0, 0, 0, 0);
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  expect_intact(sweep, 4, 1);
  expect_result(sweep, 0, 0, 0, 4, 2, 0, 1, 1);
  expect_result(sweep, 1, 0, 1, 4, 0, 1, 0, 1);
  expect_result(sweep, 2, 0, 2, 4, 1, 0, 0, 0);
  int64_t matrix[4];
  expect_ok(ablate_sweep_confusion_intact(sweep, matrix, 4));
  expect_integers(matrix, 0, 1, 2, 1);
  expect_ok(ablate_sweep_confusion(sweep, 0, matrix, 4));
  expect_integers(matrix, 0, 1, 1, 2);
  expect_ok(ablate_sweep_confusion(sweep, 1, matrix, 4));
  expect_integers(matrix, 0, 1, 3, 0);
  expect_ok(ablate_sweep_confusion(sweep, 2, matrix, 4));
  expect_integers(matrix, 0, 1, 2, 1);
  /* a second batch counts on */
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, 1, labels));
  expect_intact(sweep, 5, 1);
  expect_result(sweep, 0, 0, 0, 5, 3, 0, 2, 2);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void layers_in_the_order_given(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  size_t layers[] = {1, 0};
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.size = sizeof options + 128;
  options.layers = layers;
  options.layer_count = 2;
  options.threads = 2;
  ablate_sweep *sweep = start(model, &options);
  memset(layers, 0x5A, sizeof layers);
  assert_int_equal(ablate_sweep_count(sweep), 5);
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  expect_result(sweep, 0, 1, 0, 4, 2, 0, 1, 1);
  expect_result(sweep, 1, 1, 1, 4, 2, 0, 1, 1);
  expect_result(sweep, 2, 0, 0, 4, 2, 0, 1, 1);
  expect_result(sweep, 3, 0, 1, 4, 0, 1, 0, 1);
  expect_result(sweep, 4, 0, 2, 4, 1, 0, 0, 0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

/* Scores (3, 2, 1) of label 2: without the first, the prediction goes from one wrong class to another. */
static void changes_between_wrong_classes(void **state) {
  (void)state;
  const float weights[] = {3, 2, 1}, x[] = {1};
  const int32_t label[] = {2};
  const size_t layer = 0;
  ablate_model *model = make_single(1, 3, weights, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_LOGITS);
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.layers = &layer;
  options.layer_count = 1;
  ablate_sweep *sweep = start(model, &options);
  expect_ok(ablate_sweep_feed(sweep, x, 1, label));
  expect_result(sweep, 0, 0, 0, 1, 0, 0, 0, 1);
  expect_result(sweep, 1, 0, 1, 1, 0, 0, 0, 0);
  int64_t matrix[9];
  expect_ok(ablate_sweep_confusion(sweep, 0, matrix, 9));
  expect_integers(matrix, 0, 0, 0, 0, 0, 0, 0, 1, 0);
  expect_ok(ablate_sweep_confusion_intact(sweep, matrix, 9));
  expect_integers(matrix, 0, 0, 0, 0, 0, 0, 1, 0, 0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void replacements(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.replacement = &replacement;
  replacement.kind = ABLATE_REPLACEMENT_CONSTANT;
  replacement.constant = 5;
  ablate_sweep *sweep = start(model, &options);
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  /* h1 = 5: (-2, 8) (3, 12) (-2, 8) (-5, 11), all predicted as 1 */
  expect_result(sweep, 1, 0, 1, 4, 3, 0, 2, 2);
  ablate_sweep_free(sweep);

  replacement.kind = ABLATE_REPLACEMENT_DEAD;
  sweep = start(model, &options);
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  expect_result(sweep, 0, 0, 0, 4, 2, 0, 1, 1);
  expect_result(sweep, 1, 0, 1, 4, 0, 1, 0, 1);
  ablate_sweep_free(sweep);

  ablate_reference *reference;
  expect_ok(ablate_reference_create(model, tiny_rows, ROWS, 1, 1, &reference));
  replacement.kind = ABLATE_REPLACEMENT_MEAN;
  replacement.reference = reference;
  sweep = start(model, &options);
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  /* mean h1 = 1.25: s0 = h0 - 1.25 + 2 h2, s1 = -h0 + 2.5 + h2 + 1: (1.75, 0.5) (6.75, 4.5) (1.75, 0.5) (-1.25, 3.5) */
  expect_result(sweep, 1, 0, 1, 4, 0, 1, 0, 1);
  /* mean h2 = 0.75: (3.5, 0.75) (3.5, -0.25) (0.5, 6.75) (1.5, 1.75) */
  expect_result(sweep, 2, 0, 2, 4, 1, 0, 0, 0);
  ablate_sweep_free(sweep);
  ablate_reference_free(reference);
  ablate_model_free(model);
}

/* Resampling goes by the number of a row in the stream: batches of one row give what one batch and what a masked run
 * give. */
static void resample_goes_by_the_stream(void **state) {
  (void)state;
  enum { N = 29, REFERENCES = 7, WIDTH = 3, UNITS = 6, CLASSES = 3 };
  const size_t widths[] = {WIDTH, UNITS, CLASSES};
  ablate_model *model = make_random(widths, COUNT(widths), 1);
  float x[N * WIDTH], reference_rows[REFERENCES * WIDTH];
  int32_t own[N], ablated[N];
  fill_random(x, COUNT(x), 4);
  fill_random(reference_rows, COUNT(reference_rows), 5);
  ablate_session *session;
  expect_ok(ablate_session_create(model, 2, &session));
  expect_ok(ablate_predict(session, NULL, x, N, own));
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  ablate_reference *reference;
  expect_ok(ablate_reference_create(model, reference_rows, REFERENCES, 1, 1, &reference));
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = ABLATE_REPLACEMENT_RESAMPLE;
  replacement.seed = 11;
  replacement.reference = reference;
  options.replacement = &replacement;
  ablate_sweep *whole = start(model, &options), *rowwise = start(model, &options);
  expect_ok(ablate_sweep_feed(whole, x, N, own));
  for (size_t row = 0; row < N; row++)
    expect_ok(ablate_sweep_feed(rowwise, x + row * WIDTH, 1, own + row));
  ablate_mask *mask;
  expect_ok(ablate_mask_create(model, &mask));
  expect_ok(ablate_mask_set_replacement(mask, &replacement));
  int64_t changed = 0;
  for (size_t unit = 0; unit < UNITS; unit++) {
    expect_ok(ablate_mask_clear(mask));
    expect_ok(ablate_mask_set_unit(mask, 0, unit, 1));
    expect_ok(ablate_predict(session, mask, x, N, ablated));
    int64_t lost = 0;
    for (size_t row = 0; row < N; row++)
      lost += ablated[row] != own[row];
    expect_result(whole, unit, 0, unit, N, N - lost, lost, 0, lost);
    expect_result(rowwise, unit, 0, unit, N, N - lost, lost, 0, lost);
    changed += lost;
  }
  assert_true(changed > 0);
  ablate_mask_free(mask);
  ablate_sweep_free(whole);
  ablate_sweep_free(rowwise);
  ablate_reference_free(reference);
  ablate_session_free(session);
  ablate_model_free(model);
}

/* Means of ln(1 + exp(d)) and 1 / (1 + exp(d)) over the rows, d being the other class's score minus the label's. */
static void expect_metrics(const ablate_sweep_result *result, const double d[ROWS], int with_loss, int with_p) {
  double loss = 0, probability = 0;
  for (int row = 0; row < ROWS; row++) {
    loss += log1p(exp(d[row])) / ROWS;
    probability += 1 / (1 + exp(d[row])) / ROWS;
  }
  if (with_loss)
    expect_double(result->log_loss, loss, 1e-6);
  else
    assert_true(isnan(result->log_loss));
  if (with_p)
    expect_double(result->label_probability, probability, 1e-6);
  else
    assert_true(isnan(result->label_probability));
}

static void metrics_by_hand(void **state) {
  (void)state;
  static const double intact[ROWS] = {2, 6, -7, 1};
  static const double without[3][ROWS] = {{-4, 2, -13, 1}, {5, 6, 5, 1}, {2, 3, -7, 1}};
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (uint32_t metrics = 0; metrics < 8; metrics++) {
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
    options.metrics = metrics;
    ablate_sweep *sweep = start(model, &options);
    const int loss = (metrics & ABLATE_METRIC_LOG_LOSS) != 0, p = (metrics & ABLATE_METRIC_LABEL_PROBABILITY) != 0;
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    expect_ok(ablate_sweep_read(sweep, 0, &result));
    assert_true(isnan(result.log_loss) && isnan(result.label_probability));
    for (size_t row = 0; row < ROWS; row++)
      expect_ok(ablate_sweep_feed(sweep, tiny_rows + 2 * row, 1, labels + row));
    expect_ok(ablate_sweep_read_intact(sweep, &result));
    expect_metrics(&result, intact, loss, p);
    for (size_t unit = 0; unit < 3; unit++) {
      expect_ok(ablate_sweep_read(sweep, unit, &result));
      expect_metrics(&result, without[unit], loss, p);
    }
    int64_t matrix[4];
    mark(matrix);
    if (metrics & ABLATE_METRIC_CONFUSION) {
      expect_ok(ablate_sweep_confusion(sweep, 0, matrix, 4));
    } else {
      expect_refused(ablate_sweep_confusion(sweep, 0, matrix, 4), "onfusion");
      expect_marked(matrix);
    }
    /* that of the intact model is always there */
    expect_ok(ablate_sweep_confusion_intact(sweep, matrix, 4));
    expect_integers(matrix, 0, 1, 2, 1);
    ablate_sweep_free(sweep);
  }
  ablate_model_free(model);
}

/* Two classes from one score z = 2 relu(x) - 1, for x = 1 and -1. */
static void binary_head(void **state) {
  (void)state;
  const float one[] = {1}, two[] = {2}, minus[] = {-1}, x[] = {1, -1};
  const int32_t ones[] = {1, 1};
  ablate_builder *builder = start_builder(1);
  expect_ok(add_dense(builder, NULL, 1, one, NULL, ABLATE_ACTIVATION_RELU));
  expect_ok(add_dense(builder, NULL, 1, two, minus, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_set_head(builder, ABLATE_HEAD_BINARY));
  ablate_model *model = finish_builder(builder);
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.metrics = ABLATE_METRIC_CONFUSION | ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY;
  ablate_sweep *sweep = start(model, &options);
  expect_ok(ablate_sweep_feed(sweep, x, 2, ones));
  /* z = 1, -1: predictions 1, 0; without the unit z = -1 twice */
  expect_intact(sweep, 2, 1);
  expect_result(sweep, 0, 0, 0, 2, 0, 1, 0, 1);
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(sweep, &result));
  expect_double(result.log_loss, (log1p(exp(-1)) + log1p(exp(1))) / 2, 1e-6);
  expect_double(result.label_probability, 0.5, 1e-6);
  expect_ok(ablate_sweep_read(sweep, 0, &result));
  expect_double(result.log_loss, log1p(exp(1)), 1e-6);
  expect_double(result.label_probability, 1 / (1 + exp(1)), 1e-6);
  int64_t matrix[4];
  expect_ok(ablate_sweep_confusion(sweep, 0, matrix, 4));
  expect_integers(matrix, 0, 0, 2, 0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void strange_rows(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.metrics = ABLATE_METRIC_LOG_LOSS;
  ablate_sweep *sweep = start(model, &options);
  const float x[] = {NAN, 0, INFINITY, 1};
  const int32_t zeros[] = {0, 0};
  expect_ok(ablate_sweep_feed(sweep, x, 2, zeros));
  /* a NaN score counts as the largest, the first one wins: (NaN, NaN) is class 0; h = (infinite, 0, infinite) gives
   * (infinite, NaN), class 1 */
  expect_intact(sweep, 2, 1);
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read(sweep, 0, &result));
  assert_false(isfinite(result.log_loss));
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void labels_out_of_range_count_nothing(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_sweep *sweep = start(model, NULL);
  const int32_t bad[] = {2, -1, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(bad); i++) {
    int32_t wrong[ROWS] = {1, 1, 1, 0};
    wrong[i] = bad[i];
    char needle[16] = "row 0";
    needle[4] = (char)('0' + i);
    expect_refused(ablate_sweep_feed(sweep, tiny_rows, ROWS, wrong), needle);
    expect_intact(sweep, 0, 0);
  }
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, ROWS, labels));
  expect_intact(sweep, 4, 1);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void zero_rows_do_nothing(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_sweep *sweep = start(model, NULL);
  expect_ok(ablate_sweep_feed(sweep, NULL, 0, NULL));
  expect_ok(ablate_sweep_feed(sweep, tiny_rows, 0, labels));
  expect_intact(sweep, 0, 0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void multilabel_models_are_not_swept(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_MULTILABEL);
  ablate_sweep *sweep;
  mark(sweep);
  expect(ABLATE_UNSUPPORTED, ablate_sweep_create(model, NULL, &sweep), "multilabel");
  expect_marked(sweep);
  ablate_model_free(model);
}

static void bad_options_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_sweep *sweep;
  mark(sweep);
  const ablate_sweep_options init = ABLATE_SWEEP_OPTIONS_INIT;
  expect_bad_handles_refused(MODEL, &live, "model", ablate_sweep_create(bad, &init, &sweep));
  expect_refused(ablate_sweep_create(live.model, &init, NULL), "outSweep");
  const size_t both[] = {0, 1}, twice[] = {1, 1}, beyond[] = {0, 2}, far[] = {SIZE_MAX};
#define REFUSED(needle, change)                                                                                        \
  do {                                                                                                                 \
    ablate_sweep_options options = init;                                                                               \
    change;                                                                                                            \
    expect_refused(ablate_sweep_create(live.model, &options, &sweep), needle);                                         \
  } while (0)
  REFUSED("size", options.size = 0);
  REFUSED("size", options.size = sizeof options - 1);
  REFUSED("layer_count", (options.layers = both, options.layer_count = 3));
  REFUSED("layer_count", (options.layers = both, options.layer_count = SIZE_MAX));
  REFUSED("layer_count", (options.layers = NULL, options.layer_count = 1));
  REFUSED("layer", (options.layers = both, options.layer_count = 0));
  REFUSED("twice", (options.layers = twice, options.layer_count = 2));
  REFUSED("layer", (options.layers = beyond, options.layer_count = 2));
  REFUSED("layer", (options.layers = far, options.layer_count = 1));
  REFUSED("metrics", options.metrics = 256);
  REFUSED("metrics", options.metrics = UINT32_MAX);
  REFUSED("threads", options.threads = 257);
  REFUSED("threads", options.threads = SIZE_MAX);
#undef REFUSED
  expect_marked(sweep);
  free_handles(&live);

  /* all hidden layers of a model that has none */
  const float one[] = {1, 1};
  ablate_model *model = make_single(1, 2, one, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_LOGITS);
  expect_refused(ablate_sweep_create(model, NULL, &sweep), "layer");
  expect_marked(sweep);
  ablate_model_free(model);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_sweep_result result;
  int64_t matrix[4];
  mark(result);
  result.size = sizeof result;
  mark(matrix);
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_feed(bad, tiny_rows, ROWS, labels));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_read(bad, 0, &result));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_read_intact(bad, &result));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_confusion(bad, 0, matrix, 4));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_confusion_intact(bad, matrix, 4));
  void *bad[BAD_HANDLES];
  const size_t count = bad_handles(SWEEP, &live, bad);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(ablate_sweep_count(bad[i]), 0);
  ablate_sweep *sweep = live.sweep;
  expect_refused(ablate_sweep_feed(sweep, NULL, ROWS, labels), "x");
  expect_refused(ablate_sweep_feed(sweep, tiny_rows, ROWS, NULL), "labels");
  const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 4, SIZE_MAX / 8 + 1, SIZE_MAX / 64};
  for (size_t i = 0; i < COUNT(huge); i++)
    expect_refused(ablate_sweep_feed(sweep, tiny_rows, huge[i], labels), "rows");
  const size_t beyond[] = {3, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
  for (size_t i = 0; i < COUNT(beyond); i++) {
    expect_refused(ablate_sweep_read(sweep, beyond[i], &result), "result");
    expect_refused(ablate_sweep_confusion(sweep, beyond[i], matrix, 4), "result");
  }
  expect_refused(ablate_sweep_read(sweep, 0, NULL), "outResult");
  expect_refused(ablate_sweep_read_intact(sweep, NULL), "outResult");
  expect_refused(ablate_sweep_confusion(sweep, 0, NULL, 4), "outMatrix");
  expect_refused(ablate_sweep_confusion_intact(sweep, NULL, 4), "outMatrix");
  const size_t counts_of_cells[] = {0, 2, 3, 5, SIZE_MAX};
  for (size_t i = 0; i < COUNT(counts_of_cells); i++) {
    expect_refused(ablate_sweep_confusion(sweep, 0, matrix, counts_of_cells[i]), "count");
    expect_refused(ablate_sweep_confusion_intact(sweep, matrix, counts_of_cells[i]), "count");
  }
  const size_t sizes[] = {0, sizeof(size_t), sizeof result - 1};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    result.size = sizes[i];
    expect_refused(ablate_sweep_read(sweep, 0, &result), "size");
    expect_refused(ablate_sweep_read_intact(sweep, &result), "size");
  }
  mark(result.size);
  expect_marked(result);
  expect_marked(matrix);
  result.size = sizeof result + 8;
  expect_ok(ablate_sweep_read(sweep, 2, &result));
  assert_int_equal(result.size, sizeof result + 8);
  assert_int_equal(result.unit, 2);
  expect_intact(sweep, 0, 0);
  free_handles(&live);
}

/* Neither batches, nor their order, nor threads change a bit; each result is that of masked runs. */
static void batches_and_threads_change_nothing(void **state) {
  (void)state;
  enum { N = 700, WIDTH = 5, UNITS = 9, CLASSES = 4 };
  const size_t widths[] = {WIDTH, UNITS, UNITS, CLASSES};
  ablate_model *model = make_random(widths, COUNT(widths), 21);
  static float x[N * WIDTH];
  static int32_t chosen[N], intact[N], ablated[N];
  fill_random(x, COUNT(x), 22);
  for (size_t row = 0; row < N; row++)
    chosen[row] = (int32_t)(row * 7 % CLASSES);
  ablate_session *session;
  ablate_mask *mask;
  expect_ok(ablate_session_create(model, 1, &session));
  expect_ok(ablate_mask_create(model, &mask));
  expect_ok(ablate_predict(session, NULL, x, N, intact));
  ablate_sweep_result first[2 * UNITS];
  for (size_t threads = 1; threads <= 3; threads++) {
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
    options.threads = threads;
    options.metrics |= ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY;
    ablate_sweep *sweep = start(model, &options);
    if (threads == 1) {
      expect_ok(ablate_sweep_feed(sweep, x, N, chosen));
    } else { /* odd batches, last rows first */
      size_t end = N;
      while (end > 0) {
        const size_t batch = end < 10 * threads + 1 ? end : 10 * threads + 1;
        end -= batch;
        expect_ok(ablate_sweep_feed(sweep, x + end * WIDTH, batch, chosen + end));
      }
    }
    assert_int_equal(ablate_sweep_count(sweep), 2 * UNITS);
    for (size_t item = 0; item < 2 * UNITS; item++) {
      ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
      expect_ok(ablate_sweep_read(sweep, item, &result));
      if (threads == 1) {
        first[item] = result;
        counts expected = {item / UNITS, item % UNITS, N, 0, 0, 0, 0};
        expect_ok(ablate_mask_clear(mask));
        expect_ok(ablate_mask_set_unit(mask, expected.layer, expected.unit, 1));
        expect_ok(ablate_predict(session, mask, x, N, ablated));
        for (size_t row = 0; row < N; row++) {
          const int before = intact[row] == chosen[row], after = ablated[row] == chosen[row];
          expected.correct += after;
          expected.lost += before && !after;
          expected.gained += !before && after;
          expected.changed += intact[row] != ablated[row];
        }
        check_counts(&result, expected, __LINE__);
      } else {
        assert_memory_equal(&result, &first[item], sizeof result);
      }
    }
    ablate_sweep_free(sweep);
  }
  ablate_mask_free(mask);
  ablate_session_free(session);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hidden_layer_by_default),
      cmocka_unit_test(layers_in_the_order_given),
      cmocka_unit_test(changes_between_wrong_classes),
      cmocka_unit_test(replacements),
      cmocka_unit_test(resample_goes_by_the_stream),
      cmocka_unit_test(metrics_by_hand),
      cmocka_unit_test(binary_head),
      cmocka_unit_test(strange_rows),
      cmocka_unit_test(labels_out_of_range_count_nothing),
      cmocka_unit_test(zero_rows_do_nothing),
      cmocka_unit_test(multilabel_models_are_not_swept),
      cmocka_unit_test(bad_options_are_refused),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(batches_and_threads_change_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
