/* Progress callbacks: what they are told, cancelling, and calling back into the sweep at work. */
#include "expect.h"

#include "networks.h"

/* Enough rows for several blocks of the tiny network, whatever their size. */
enum { MANY = 20000, UNITS = 3 };
static float x[MANY * 2];
static int32_t labels[MANY];

static int prepare(void **state) {
  (void)state;
  for (size_t row = 0; row < MANY; row++) {
    memcpy(x + 2 * row, tiny_rows + row % ROWS * 2, 2 * sizeof x[0]);
    labels[row] = row % ROWS != 3;
  }
  return 0;
}

typedef struct watch {
  ablate_sweep *sweep;
  size_t calls;
  size_t cancel_at; /* the call that cancels, from 1; 0 for none */
  uint64_t last_done, total;
  int is_ordered;
  ablate_status statuses[5];
  size_t count;
} watch;

static int on_progress(uint64_t done, uint64_t total, void *user) {
  watch *w = user;
  w->calls++;
  w->is_ordered &= done > w->last_done && done <= total && (w->total == 0 || w->total == total);
  w->last_done = done;
  w->total = total;
  return w->calls == w->cancel_at ? -1 : 0;
}

static int on_progress_reenter(uint64_t done, uint64_t total, void *user) {
  watch *w = user;
  (void)done;
  (void)total;
  if (w->calls++ > 0)
    return 0;
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  int64_t matrix[4];
  w->statuses[0] = ablate_sweep_feed(w->sweep, x, 1, labels);
  w->statuses[1] = ablate_sweep_read(w->sweep, 0, &result);
  w->statuses[2] = ablate_sweep_read_intact(w->sweep, &result);
  w->statuses[3] = ablate_sweep_confusion(w->sweep, 0, matrix, 4);
  w->statuses[4] = ablate_sweep_confusion_intact(w->sweep, matrix, 4);
  w->count = ablate_sweep_count(w->sweep);
  return 0;
}

static ablate_sweep *start(const ablate_model *model, size_t threads, ablate_progress progress, watch *w) {
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = threads;
  options.progress = progress;
  options.user = w;
  *w = (watch){.is_ordered = 1};
  expect_ok(ablate_sweep_create(model, &options, &w->sweep));
  return w->sweep;
}

static void expect_rows(const ablate_sweep *sweep, int64_t rows) {
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  int64_t matrix[4];
  expect_ok(ablate_sweep_read_intact(sweep, &result));
  assert_int_equal(result.rows, rows);
  /* one row of four is right; without h0 another one is gained */
  assert_int_equal(result.correct, rows / 4);
  expect_ok(ablate_sweep_read(sweep, 0, &result));
  assert_int_equal(result.rows, rows);
  assert_int_equal(result.gained, rows / 4);
  expect_ok(ablate_sweep_confusion_intact(sweep, matrix, 4));
  assert_int_equal(matrix[0] + matrix[1] + matrix[2] + matrix[3], rows);
}

static void progress_goes_up_to_the_total(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (size_t threads = 1; threads <= 3; threads++) {
    watch w;
    ablate_sweep *sweep = start(model, threads, on_progress, &w);
    expect_ok(ablate_sweep_feed(sweep, x, MANY, labels));
    assert_true(w.calls >= 1 && w.is_ordered);
    assert_true(w.last_done == w.total && w.total == (uint64_t)MANY * UNITS);
    if (threads == 1)
      assert_true(w.calls > 1);
    w.calls = 0;
    expect_ok(ablate_sweep_feed(sweep, NULL, 0, NULL));
    assert_int_equal(w.calls, 0);
    expect_rows(sweep, MANY);
    ablate_sweep_free(sweep);
  }
  ablate_model_free(model);
}

static void cancel_in_the_middle(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (size_t threads = 1; threads <= 3; threads++) {
    watch w;
    ablate_sweep *sweep = start(model, threads, on_progress, &w);
    expect_ok(ablate_sweep_feed(sweep, x, 8, labels));
    w.last_done = w.total = 0;
    w.cancel_at = w.calls + 1;
    expect(ABLATE_CANCELLED, ablate_sweep_feed(sweep, x, MANY, labels), "cancel");
    const size_t calls = w.calls;
    assert_int_equal(calls, w.cancel_at);
    /* the results before stand, nothing more can be fed */
    expect_rows(sweep, 8);
    expect(ABLATE_CANCELLED, ablate_sweep_feed(sweep, x, 4, labels), "cancel");
    expect(ABLATE_CANCELLED, ablate_sweep_feed(sweep, NULL, 0, NULL), "cancel");
    assert_int_equal(w.calls, calls);
    expect_rows(sweep, 8);
    ablate_sweep_free(sweep);
  }
  ablate_model_free(model);
}

/* The last call, when all is done, can still cancel. */
static void cancel_at_the_end(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  watch w;
  ablate_sweep *sweep = start(model, 1, on_progress, &w);
  w.cancel_at = 1;
  expect(ABLATE_CANCELLED, ablate_sweep_feed(sweep, x, 4, labels), "cancel");
  assert_true(w.last_done == w.total);
  expect_rows(sweep, 0);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static int on_last_progress(uint64_t done, uint64_t total, void *user) {
  (void)user;
  return done == total;
}

/* That of an elimination, too, whose steps stand. */
static void cancel_greedy_at_the_end(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_greedy_options options = ABLATE_GREEDY_OPTIONS_INIT;
  size_t units[2], whole_units[2], steps = 0;
  double curve[2], whole_curve[2];
  expect_ok(ablate_greedy_run(model, 0, &options, x, 8, labels, whole_units, whole_curve, 2, &steps));
  options.progress = on_last_progress;
  steps = 0;
  expect(ABLATE_CANCELLED, ablate_greedy_run(model, 0, &options, x, 8, labels, units, curve, 2, &steps), "2 of 2");
  assert_int_equal(steps, 2);
  assert_memory_equal(units, whole_units, sizeof units);
  assert_memory_equal(curve, whole_curve, sizeof curve);
  ablate_model_free(model);
}

static void reentering_is_busy(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (size_t threads = 1; threads <= 2; threads++) {
    watch w;
    ablate_sweep *sweep = start(model, threads, on_progress_reenter, &w);
    assert_int_equal(ablate_sweep_feed(sweep, x, MANY, labels), ABLATE_OK);
    for (size_t i = 0; i < COUNT(w.statuses); i++)
      assert_int_equal(w.statuses[i], ABLATE_BUSY);
    assert_non_null(strstr(ablate_last_error(), "sweep"));
    /* how many results there are never changes */
    assert_int_equal(w.count, UNITS);
    expect_rows(sweep, MANY);
    ablate_sweep_free(sweep);
  }
  ablate_model_free(model);
}

static int32_t passing_labels[MANY];

/* No class is that high. */
static int on_progress_overwrite(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  ++*(size_t *)user;
  memset(passing_labels, 0x7f, sizeof passing_labels);
  return 0;
}

/* Labels are taken when a call begins: what the report writes over them counts for nothing. */
static void labels_that_a_report_overwrites(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  size_t calls = 0;
  memcpy(passing_labels, labels, sizeof labels);
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = 1;
  options.progress = on_progress_overwrite;
  options.user = &calls;
  ablate_sweep *sweep;
  expect_ok(ablate_sweep_create(model, &options, &sweep));
  expect_ok(ablate_sweep_feed(sweep, x, MANY, passing_labels));
  assert_true(calls > 1);
  expect_rows(sweep, MANY);
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void labels_of_a_profile_that_a_report_overwrites(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  size_t calls = 0;
  double selectivity[2][UNITS];
  for (int overwrites = 0; overwrites < 2; overwrites++) {
    memcpy(passing_labels, labels, sizeof labels);
    calls = 0;
    ablate_profile_options chosen = ABLATE_PROFILE_OPTIONS_INIT;
    chosen.measures = ABLATE_PROFILE_CLASS_MEANS;
    chosen.threads = 1;
    chosen.progress = overwrites ? on_progress_overwrite : NULL;
    chosen.user = &calls;
    ablate_profile *profile;
    expect_ok(ablate_profile_create(model, &chosen, &profile));
    expect_ok(ablate_profile_feed(profile, x, MANY, passing_labels));
    assert_true((calls > 1) == overwrites);
    expect_ok(ablate_profile_measure(profile, ABLATE_MEASURE_CLASS_SELECTIVITY, 0, selectivity[overwrites], UNITS));
    ablate_profile_free(profile);
  }
  assert_memory_equal(selectivity[0], selectivity[1], sizeof selectivity[0]);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(progress_goes_up_to_the_total),
      cmocka_unit_test(cancel_in_the_middle),
      cmocka_unit_test(cancel_at_the_end),
      cmocka_unit_test(cancel_greedy_at_the_end),
      cmocka_unit_test(reentering_is_busy),
      cmocka_unit_test(labels_that_a_report_overwrites),
      cmocka_unit_test(labels_of_a_profile_that_a_report_overwrites),
  };
  return cmocka_run_group_tests(tests, prepare, NULL);
}
