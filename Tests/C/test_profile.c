/* Profiles by hand arithmetic on the network of networks.h, what they refuse, cancelling, and memory that runs out. */
#include "expect.h"

#include <math.h>

#include "fail_allocation.h"
#include "networks.h"

/* Activations (3, 1, 0) (2, 0, 3) (3, 4, 0) (0, 0, 0), scores (2, 0) (8, 2) (-1, 6) (0, 1). */
static const int32_t labels[ROWS] = {1, 1, 1, 0};
static const uint32_t everything = ABLATE_PROFILE_CLASS_MEANS | ABLATE_PROFILE_INFORMATION | ABLATE_PROFILE_HISTOGRAM |
                                   ABLATE_PROFILE_TOP_ROWS | ABLATE_PROFILE_GRAM | ABLATE_PROFILE_TAYLOR;

static ablate_profile_options all_options(void) {
  ablate_profile_options options = ABLATE_PROFILE_OPTIONS_INIT;
  options.measures = everything;
  options.histogram_bins = 4;
  options.histogram_high = 4;
  options.top_row_limit = 2;
  options.threads = 1;
  return options;
}

static ablate_profile *start(const ablate_model *model, const ablate_profile_options *options) {
  ablate_profile *profile = NULL;
  expect_ok(ablate_profile_create(model, options, &profile));
  assert_non_null(profile);
  return profile;
}

static ablate_profile_unit unit_of(const ablate_profile *profile, size_t layer, size_t unit) {
  ablate_profile_unit result = ABLATE_PROFILE_UNIT_INIT;
  expect_ok(ablate_profile_read(profile, layer, unit, &result));
  return result;
}

static void expect_doubles(const double *actual, const double *expected, size_t count, double tolerance) {
  for (size_t i = 0; i < count; i++)
    expect_double(actual[i], expected[i], tolerance);
}

static void figures_of_units(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_profile_options options = all_options();
  ablate_profile *profile = start(model, &options);
  ablate_model_free(model);
  expect_ok(ablate_profile_feed(profile, tiny_rows, 1, labels));
  expect_ok(ablate_profile_feed(profile, tiny_rows + 2, ROWS - 1, labels + 1));
  const double third = 1.0 / 3, e = 1e-15;

  ablate_profile_unit h0 = unit_of(profile, 0, 0), h1 = unit_of(profile, 0, 1);
  assert_int_equal(h0.rows, ROWS);
  assert_int_equal(h0.active, 3);
  assert_int_equal(h0.non_finite, 0);
  assert_int_equal(h0.is_dead, 0);
  assert_int_equal(h0.largest_class, 1);
  expect_double(h0.fraction_active, 0.75, 0);
  expect_double(h0.mean, 2, 0);
  expect_double(h0.variance, 1.5, 0);
  expect_double(h0.minimum, 0, 0);
  expect_double(h0.maximum, 3, 0);
  expect_double(h0.class_selectivity, 1, 0);
  expect_double(h0.incoming_l1, 3, 0);
  expect_double(h0.incoming_l2, sqrt(5), e);
  expect_double(h0.outgoing_l2, sqrt(2), e);
  /* P(class 0) times 2 is what h0 does to the loss of a row of class 1. */
  const double p[3] = {1 / (1 + exp(-2)), 1 / (1 + exp(-6)), 1 / (1 + exp(7))};
  expect_double(h0.taylor, 2 * (3 * p[0] + 2 * p[1] + 3 * p[2]) / 4, 1e-6);
  expect_double(h0.taylor_of_mean, h0.taylor, 0);

  /* h1 is active in two rows of class 1 of three, and not in that of class 0. */
  const double divergence = 2 * third * log2(4 * third) + third * log2(2 * third);
  expect_double(h1.entropy, 1, e);
  expect_double(h1.mutual_information, 0.25 + 0.75 * divergence, e);
  expect_double(h1.kl_selectivity, 1, e);
  assert_int_equal(h1.kl_class, 0);

  double values[9];
  expect_ok(ablate_profile_measure(profile, ABLATE_MEASURE_VARIANCE, 0, values, 3));
  expect_doubles(values, (const double[]){1.5, 2.6875, 1.6875}, 3, e);
  expect_ok(ablate_profile_class_means(profile, 0, values, 6));
  expect_doubles(values, (const double[]){0, 8 * third, 0, 5 * third, 0, 1}, 6, e);
  expect_ok(ablate_profile_attributions(profile, 0, values, 6));
  expect_doubles(values, (const double[]){0, -8 * third, 0, 10 * third, 0, 1}, 6, 2 * e);
  expect_ok(ablate_profile_gram(profile, 0, values, 9));
  expect_doubles(values, (const double[]){5.5, 3.75, 1.5, 3.75, 4.25, 0, 1.5, 0, 2.25}, 9, 0);

  int64_t counts[4], below = -1, above = -1;
  expect_ok(ablate_profile_class_rows(profile, counts, 2));
  expect_integers(counts, 1, 3);
  expect_ok(ablate_profile_histogram(profile, 0, 1, counts, 4, &below, &above));
  expect_integers(counts, 2, 1, 0, 1);
  assert_int_equal(below, 0);
  assert_int_equal(above, 0);
  expect_ok(ablate_profile_histogram(profile, 0, 1, counts, 4, NULL, NULL));

  int64_t rows[2];
  float activations[2];
  size_t count = 0;
  expect_ok(ablate_profile_top_rows(profile, 0, 0, rows, activations, 2, &count));
  assert_int_equal(count, 2);
  expect_integers(rows, 0, 2);
  expect_floats(activations, 3, 3);
  expect_ok(ablate_profile_top_rows(profile, 0, 0, rows, NULL, 2, &count));
  ablate_profile_free(profile);
}

static void without_measures_and_labels(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_REGRESSION);
  ablate_profile *profile = start(model, NULL);
  expect_ok(ablate_profile_feed(profile, NULL, 0, NULL));
  expect_ok(ablate_profile_feed(profile, tiny_rows, ROWS, NULL));
  ablate_profile_unit h2 = unit_of(profile, 0, 2);
  expect_double(h2.mean, 0.75, 0);
  assert_true(isnan(h2.entropy) && isnan(h2.mutual_information) && isnan(h2.taylor) && isnan(h2.class_selectivity));
  assert_true(h2.largest_class == ABLATE_NONE && h2.kl_class == ABLATE_NONE);
  double values[9];
  int64_t counts[4];
  size_t count;
  expect_refused(ablate_profile_measure(profile, ABLATE_MEASURE_TAYLOR, 0, values, 3), "Taylor");
  expect_refused(ablate_profile_measure(profile, ABLATE_MEASURE_ENTROPY, 0, values, 3), "entropy");
  expect_refused(ablate_profile_measure(profile, (ablate_measure)99, 0, values, 3), "measure");
  expect_refused(ablate_profile_class_means(profile, 0, values, 0), "class means");
  expect_refused(ablate_profile_class_rows(profile, counts, 0), "class means");
  expect_refused(ablate_profile_attributions(profile, 0, values, 0), "class means");
  expect_refused(ablate_profile_gram(profile, 0, values, 9), "Gram");
  expect_refused(ablate_profile_histogram(profile, 0, 0, counts, 4, NULL, NULL), "histograms");
  expect_refused(ablate_profile_top_rows(profile, 0, 0, counts, NULL, 4, &count), "top rows");
  ablate_profile_free(profile);
  ablate_model_free(model);
}

static void refusals_when_made(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_profile *profile;
  mark(profile);
  ablate_profile_options options = all_options();
  expect_refused(ablate_profile_create(model, &options, NULL), "outProfile");
#define REFUSED(change, needle)                                                                                        \
  do {                                                                                                                 \
    options = all_options();                                                                                           \
    change;                                                                                                            \
    expect_refused(ablate_profile_create(model, &options, &profile), needle);                                          \
  } while (0)
  size_t layers[] = {0, 0}, beyond[] = {2};
  REFUSED(options.size = 8, "size");
  REFUSED((options.layers = layers, options.layer_count = 2), "twice");
  REFUSED((options.layers = beyond, options.layer_count = 1), "out of range");
  REFUSED((options.layers = layers, options.layer_count = 0), "empty");
  REFUSED(options.layer_count = 1, "layer_count");
  REFUSED(options.measures = 128, "measures");
  REFUSED(options.quantiser = (ablate_quantiser)9, "options.quantiser");
  REFUSED(options.quantiser_bits = 9, "quantiser_bits");
  REFUSED((options.quantiser = ABLATE_QUANTISER_THRESHOLD, options.quantiser_threshold = NAN),
          "quantiser_threshold is NaN");
  REFUSED(options.quantiser = ABLATE_QUANTISER_UNIFORM, "options.quantiser_low and options.quantiser_high are needed");
  REFUSED((options.quantiser = ABLATE_QUANTISER_UNIFORM, options.quantiser_low = 1, options.quantiser_high = NAN),
          "range");
  REFUSED(options.quantiser = ABLATE_QUANTISER_EDGES, "quantiser_edges");
  float edges[] = {1, 2, 0};
  REFUSED(
      (options.quantiser = ABLATE_QUANTISER_EDGES, options.quantiser_edges = edges, options.quantiser_edge_count = 2),
      "quantiser_edge_count is 2");
  REFUSED((options.quantiser = ABLATE_QUANTISER_EDGES, options.quantiser_edges = edges,
           options.quantiser_edge_count = SIZE_MAX),
          "quantiser_edge_count");
  REFUSED((options.quantiser = ABLATE_QUANTISER_EDGES, options.quantiser_edges = edges,
           options.quantiser_edge_count = 4, options.quantiser_bits = 2),
          "quantiser_edge_count is 4");
  REFUSED(options.histogram_high = -1, "options.histogram_low to options.histogram_high is no range");
  REFUSED(options.histogram_high = 0, "range");
  REFUSED(options.histogram_bins = 65537, "options.histogram_bins is 65537");
  REFUSED(options.top_row_limit = 65537, "options.top_row_limit is 65537");
  REFUSED(options.threads = 257, "threads");
  REFUSED(options.first_row = (uint64_t)1 << 63, "first row");
#undef REFUSED
  expect_marked(profile);
  ablate_model_free(model);

  const float one = 1;
  model = make_single(1, 1, &one, NULL, ABLATE_ACTIVATION_IDENTITY, ABLATE_HEAD_REGRESSION);
  expect_refused(ablate_profile_create(model, NULL, &profile), "hidden");
  options = all_options();
  options.layers = layers;
  options.layer_count = 1;
  expect(ABLATE_UNSUPPORTED, ablate_profile_create(model, &options, &profile), "one class");
  ablate_model_free(model);
}

static void refusals_of_calls(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_profile_options options = all_options();
  ablate_profile *profile = start(live.model, &options);
  static const int32_t wrong[ROWS] = {1, 1, 2, 0};
  expect_refused(ablate_profile_feed(profile, tiny_rows, ROWS, wrong), "label 2 of row 2");
  expect_refused(ablate_profile_feed(profile, tiny_rows, ROWS, NULL), "labels");
  expect_refused(ablate_profile_feed(profile, NULL, ROWS, labels), "x");
  expect_refused(ablate_profile_feed(profile, tiny_rows, SIZE_MAX, labels), "rows");
  assert_int_equal(unit_of(profile, 0, 0).rows, 0);

  ablate_profile_unit unit = ABLATE_PROFILE_UNIT_INIT;
  double values[9];
  int64_t counts[4];
  size_t count;
  expect_refused(ablate_profile_read(profile, 0, 3, &unit), "unit 3");
  expect_refused(ablate_profile_read(profile, 1, 0, &unit), "layer 1");
  expect_refused(ablate_profile_read(profile, 2, 0, &unit), "layer 2");
  expect_refused(ablate_profile_read(profile, 0, 0, NULL), "outUnit");
  unit.size = 12;
  expect_refused(ablate_profile_read(profile, 0, 0, &unit), "size");
  expect_refused(ablate_profile_measure(profile, ABLATE_MEASURE_MEAN, 0, values, 4), "count");
  expect_refused(ablate_profile_measure(profile, ABLATE_MEASURE_MEAN, 0, NULL, 3), "outValues");
  expect_refused(ablate_profile_class_rows(profile, counts, 3), "count");
  expect_refused(ablate_profile_class_means(profile, 0, values, 5), "count");
  expect_refused(ablate_profile_attributions(profile, 0, values, 7), "count");
  expect_refused(ablate_profile_gram(profile, 0, values, 3), "count");
  expect_refused(ablate_profile_histogram(profile, 0, 0, counts, 3, NULL, NULL), "count");
  expect_refused(ablate_profile_histogram(profile, 0, 3, counts, 4, NULL, NULL), "unit 3");
  expect_refused(ablate_profile_top_rows(profile, 0, 0, counts, NULL, 1, &count), "capacity");
  expect_refused(ablate_profile_top_rows(profile, 0, 0, counts, NULL, 2, NULL), "outCount");
  expect_refused(ablate_profile_merge(profile, profile), "itself");

  float edges[9];
  expect_refused(ablate_quantile_edges(live.model, 0, tiny_rows, 0, ABLATE_POSITIONS_MEAN, 1, 1, edges, 3), "rows");
  expect_refused(ablate_quantile_edges(live.model, 0, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 0, 1, edges, 3), "bits");
  expect_refused(ablate_quantile_edges(live.model, 0, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 2, 1, edges, 3), "count");
  expect_refused(ablate_quantile_edges(live.model, 0, tiny_rows, ROWS, (ablate_positions)7, 1, 1, edges, 3),
                 "positions");
  expect_refused(ablate_quantile_edges(live.model, 9, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 1, 1, edges, 3),
                 "layer 9");
  expect_refused(ablate_quantile_edges(live.model, 0, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 1, 1, NULL, 3),
                 "outEdges");
  expect_ok(ablate_quantile_edges(live.model, 0, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 1, 1, edges, 3));
  expect_floats(edges, 2, 0, 0);

  void *const others[] = {NULL, (void *)(uintptr_t)0x1234, &unit, live.model, live.sweep, live.session};
  for (size_t i = 0; i < COUNT(others); i++) {
    ablate_profile *bad = others[i];
    ablate_profile_free(bad);
    expect_refused(ablate_profile_feed(bad, tiny_rows, ROWS, labels), "profile");
    expect_refused(ablate_profile_read(bad, 0, 0, &unit), "profile");
    expect_refused(ablate_profile_measure(bad, ABLATE_MEASURE_MEAN, 0, values, 3), "profile");
    expect_refused(ablate_profile_merge(profile, bad), "other");
    expect_refused(ablate_profile_merge(bad, profile), "profile");
    expect_refused(ablate_profile_gram(bad, 0, values, 9), "profile");
  }
  ablate_profile_free(profile);
  expect_refused(ablate_profile_feed(profile, tiny_rows, ROWS, labels), "no live ablate_profile");
  free_handles(&live);
}

static void merging(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS), *same = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_profile_options options = all_options();
  ablate_profile *profile = start(model, &options);
  options.first_row = 2;
  ablate_profile *other = start(same, &options);
  expect_ok(ablate_profile_feed(profile, tiny_rows, 2, labels));
  expect_ok(ablate_profile_feed(other, tiny_rows + 4, 2, labels + 2));
  expect_ok(ablate_profile_merge(profile, other));
  assert_int_equal(unit_of(profile, 0, 0).rows, 4);
  expect_double(unit_of(profile, 0, 1).variance, 2.6875, 0);
  int64_t rows[2];
  size_t count;
  expect_ok(ablate_profile_top_rows(profile, 0, 1, rows, NULL, 2, &count));
  expect_integers(rows, 2, 0);
  options.histogram_bins = 5;
  ablate_profile *different = start(model, &options);
  expect_refused(ablate_profile_merge(profile, different), "different plans");
  ablate_profile_free(different);
  ablate_profile_free(profile);
  ablate_profile_free(other);
  ablate_model_free(model);
  ablate_model_free(same);
}

typedef struct watch {
  ablate_profile *profile;
  int calls, cancel_at;
  uint64_t total;
  ablate_status reentered;
} watch;

static int on_progress(uint64_t done, uint64_t total, void *user) {
  watch *w = user;
  ablate_profile_unit unit = ABLATE_PROFILE_UNIT_INIT;
  assert_true(done <= total);
  w->total = total;
  w->reentered = ablate_profile_read(w->profile, 0, 0, &unit);
  return ++w->calls == w->cancel_at;
}

/* A cancelled feed leaves what was fed before: the Gram matrix, too, which is added up in place. */
static void cancelling(void **state) {
  (void)state;
  enum { MANY = 20000 };
  float *x = malloc(MANY * 2 * sizeof *x);
  int32_t *y = calloc(MANY, sizeof *y);
  assert_true(x && y);
  fill_random(x, MANY * 2, 5);
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (int cancel_at = 1; cancel_at < 4; cancel_at++) {
    watch w = {.cancel_at = 0};
    ablate_profile_options options = all_options();
    options.progress = on_progress;
    options.user = &w;
    w.profile = start(model, &options);
    /* not expect_ok: the callback's own call leaves an error text */
    assert_int_equal(ablate_profile_feed(w.profile, tiny_rows, ROWS, labels), ABLATE_OK);
    assert_int_equal(w.total, ROWS);
    assert_int_equal(w.reentered, ABLATE_BUSY);
    w.calls = 0;
    w.cancel_at = cancel_at;
    expect(ABLATE_CANCELLED, ablate_profile_feed(w.profile, x, MANY, y), "cancelled");
    assert_int_equal(w.total, MANY);
    assert_int_equal(w.calls, cancel_at);
    assert_int_equal(unit_of(w.profile, 0, 0).rows, ROWS);
    double gram[9];
    expect_ok(ablate_profile_gram(w.profile, 0, gram, 9));
    expect_doubles(gram, (const double[]){5.5, 3.75, 1.5, 3.75, 4.25, 0, 1.5, 0, 2.25}, 9, 0);
    expect(ABLATE_CANCELLED, ablate_profile_feed(w.profile, x, 1, y), "cancelled");
    ablate_profile_free(w.profile);
  }
  ablate_model_free(model);
  free(x);
  free(y);
}

static int keep_going(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  (void)user;
  return 0;
}

/* What a pass through the interface comes to; the mean of h0, or NaN. */
static ablate_status run_once(const ablate_model *model, double *mean) {
  ablate_profile_options options = all_options();
  options.progress = keep_going;
  options.threads = 2;
  ablate_profile *profile = NULL;
  float edges[3];
  ablate_status status = ablate_quantile_edges(model, 0, tiny_rows, ROWS, ABLATE_POSITIONS_MEAN, 1, 1, edges, 3);
  if (status == ABLATE_OK)
    status = ablate_profile_create(model, &options, &profile);
  if (status == ABLATE_OK)
    status = ablate_profile_feed(profile, tiny_rows, ROWS, labels);
  ablate_profile_unit unit = ABLATE_PROFILE_UNIT_INIT;
  if (status == ABLATE_OK)
    status = ablate_profile_read(profile, 0, 0, &unit);
  *mean = status == ABLATE_OK ? unit.mean : NAN;
  ablate_profile_free(profile);
  return status;
}

static void memory_that_runs_out(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  double mean;
  fail_allocation(0, 0);
  assert_int_equal(run_once(model, &mean), ABLATE_OK);
  const size_t buffers = fail_allocation(0, 0);
  assert_true(buffers > 0);
  for (size_t nth = 1; nth <= buffers; nth++) {
    fail_allocation(nth, 0);
    const ablate_status status = run_once(model, &mean);
    fail_allocation(0, 0);
    assert_int_equal(status, ABLATE_OUT_OF_MEMORY);
    assert_int_equal(run_once(model, &mean), ABLATE_OK);
    expect_double(mean, 2, 0);
  }
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_of_units),
      cmocka_unit_test(without_measures_and_labels),
      cmocka_unit_test(refusals_when_made),
      cmocka_unit_test(refusals_of_calls),
      cmocka_unit_test(merging),
      cmocka_unit_test(cancelling),
      cmocka_unit_test(memory_that_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
