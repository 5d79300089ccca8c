/* Several threads of the host: on one session or sweep, and on one model with sessions of their own. */
#include "expect.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

#include "networks.h"

enum { THREADS = 6, ROUNDS = 200, N = 600, WIDTH = 16, WIDEST = 32, CLASSES = 5, LAYERS = 3 };
static const size_t widths[LAYERS + 1] = {WIDTH, WIDEST, 24, CLASSES};
static float x[N * WIDTH];
static float expected[N * CLASSES];
static int32_t predictions[N];
static int64_t changed[LAYERS][WIDEST];
static ablate_model *model;

static int prepare(void **state) {
  (void)state;
  model = make_random(widths, COUNT(widths), 31);
  fill_random(x, COUNT(x), 32);
  ablate_session *session;
  expect_ok(ablate_session_create(model, 1, &session));
  expect_ok(ablate_run(session, NULL, x, N, ABLATE_OUTPUT_SCORES, expected));
  expect_ok(ablate_predict(session, NULL, x, N, predictions));
  ablate_session_free(session);
  return 0;
}

static int clean_up(void **state) {
  (void)state;
  ablate_model_free(model);
  return 0;
}

/* What a thread found; cmocka's assertions are for the main thread alone. */
typedef struct finding {
  ablate_session *session;
  ablate_sweep *sweep;
  ablate_model *model;
  size_t layer;
  size_t ok, busy, wrong;
} finding;

static void count_status(finding *f, ablate_status status, int is_right) {
  if (status == ABLATE_OK && is_right)
    f->ok++;
  else if (status == ABLATE_BUSY && ablate_last_error()[0])
    f->busy++;
  else
    f->wrong++;
}

static void on_all_threads(void *(*body)(void *), finding findings[THREADS]) {
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, body, &findings[i]), 0);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void *run_shared_session(void *argument) {
  finding *f = argument;
  float *out = malloc(sizeof expected);
  for (int round = 0; out && round < ROUNDS; round++) {
    memset(out, 0, sizeof expected);
    const ablate_status status = ablate_run(f->session, NULL, x, N, ABLATE_OUTPUT_SCORES, out);
    count_status(f, status, memcmp(out, expected, sizeof expected) == 0);
  }
  free(out);
  return NULL;
}

static void one_session_is_used_or_busy(void **state) {
  (void)state;
  for (size_t threads = 1; threads <= 2; threads++) {
    finding findings[THREADS] = {{0}};
    ablate_session *session;
    expect_ok(ablate_session_create(model, threads, &session));
    for (size_t i = 0; i < THREADS; i++)
      findings[i].session = session;
    on_all_threads(run_shared_session, findings);
    size_t ok = 0;
    for (size_t i = 0; i < THREADS; i++) {
      assert_int_equal(findings[i].wrong, 0);
      assert_int_equal(findings[i].ok + findings[i].busy, ROUNDS);
      ok += findings[i].ok;
    }
    assert_true(ok > 0);
    ablate_session_free(session);
  }
}

static void *feed_shared_sweep(void *argument) {
  finding *f = argument;
  for (int round = 0; round < ROUNDS / 10; round++)
    count_status(f, ablate_sweep_feed(f->sweep, x, N / 10, predictions), 1);
  return NULL;
}

static void one_sweep_counts_what_it_accepted(void **state) {
  (void)state;
  for (size_t threads = 1; threads <= 2; threads++) {
    finding findings[THREADS] = {{0}};
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
    options.threads = threads;
    ablate_sweep *sweep;
    expect_ok(ablate_sweep_create(model, &options, &sweep));
    for (size_t i = 0; i < THREADS; i++)
      findings[i].sweep = sweep;
    on_all_threads(feed_shared_sweep, findings);
    size_t ok = 0;
    for (size_t i = 0; i < THREADS; i++) {
      assert_int_equal(findings[i].wrong, 0);
      ok += findings[i].ok;
    }
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    expect_ok(ablate_sweep_read_intact(sweep, &result));
    assert_int_equal(result.rows, ok * (N / 10));
    assert_int_equal(result.correct, result.rows);
    ablate_sweep_free(sweep);
  }
}

static void *run_own_session(void *argument) {
  finding *f = argument;
  float *out = malloc(sizeof expected);
  for (int round = 0; out && round < ROUNDS / 10; round++) {
    ablate_session *session = NULL;
    ablate_mask *mask = NULL;
    ablate_reference *reference = NULL;
    ablate_sweep *sweep = NULL;
    memset(out, 0, sizeof expected);
    count_status(f, ablate_session_create(model, 1 + (size_t)round % 2, &session), 1);
    count_status(f, ablate_mask_create(model, &mask), 1);
    count_status(f, ablate_reference_create(model, x, N, 0, 1, &reference), 1);
    const ablate_status status = ablate_run(session, mask, x, N, ABLATE_OUTPUT_SCORES, out);
    count_status(f, status, memcmp(out, expected, sizeof expected) == 0);
    count_status(f, ablate_sweep_create(model, NULL, &sweep), 1);
    count_status(f, ablate_sweep_feed(sweep, x, 20, predictions), 1);
    ablate_sweep_free(sweep);
    ablate_session_free(session);
    ablate_mask_free(mask);
    ablate_reference_free(reference);
  }
  free(out);
  return NULL;
}

static void one_model_serves_many_sessions(void **state) {
  (void)state;
  finding findings[THREADS] = {{0}};
  on_all_threads(run_own_session, findings);
  for (size_t i = 0; i < THREADS; i++) {
    assert_int_equal(findings[i].wrong, 0);
    assert_int_equal(findings[i].busy, 0);
    assert_int_equal(findings[i].ok, ROUNDS / 10 * 6);
  }
}

/* The first sweeps of a model, of other layers in each thread: they leave bounds with it for each other. */
static void *sweep_a_layer(void *argument) {
  finding *f = argument;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.layers = &f->layer;
  options.layer_count = 1;
  ablate_sweep *sweep = NULL;
  count_status(f, ablate_sweep_create(f->model, &options, &sweep), 1);
  count_status(f, ablate_sweep_feed(sweep, x, N, predictions), 1);
  for (size_t unit = 0; unit < widths[f->layer + 1]; unit++) {
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    const ablate_status status = ablate_sweep_read(sweep, unit, &result);
    count_status(f, status, result.changed == changed[f->layer][unit]);
  }
  ablate_sweep_free(sweep);
  return NULL;
}

/* By predictions with one unit masked after the other. */
static void count_changed(void) {
  ablate_session *session;
  expect_ok(ablate_session_create(model, 1, &session));
  for (size_t layer = 0; layer < LAYERS; layer++)
    for (size_t unit = 0; unit < widths[layer + 1]; unit++) {
      int32_t masked[N];
      ablate_mask *mask;
      expect_ok(ablate_mask_create(model, &mask));
      expect_ok(ablate_mask_set_unit(mask, layer, unit, 1));
      expect_ok(ablate_predict(session, mask, x, N, masked));
      for (size_t row = 0; row < N; row++)
        changed[layer][unit] += masked[row] != predictions[row];
      ablate_mask_free(mask);
    }
  ablate_session_free(session);
}

static void first_sweeps_of_a_model(void **state) {
  (void)state;
  count_changed();
  for (size_t round = 0; round < ROUNDS / 10; round++) {
    finding findings[THREADS] = {{0}};
    ablate_model *fresh = make_random(widths, COUNT(widths), 31);
    for (size_t i = 0; i < THREADS; i++) {
      findings[i].model = fresh;
      findings[i].layer = (i + round) % LAYERS;
    }
    on_all_threads(sweep_a_layer, findings);
    for (size_t i = 0; i < THREADS; i++) {
      assert_int_equal(findings[i].wrong, 0);
      assert_int_equal(findings[i].busy, 0);
    }
    ablate_model_free(fresh);
  }
}

static void *make_and_free(void *argument) {
  finding *f = argument;
  for (int round = 0; round < 1000; round++) {
    ablate_mask *mask = NULL;
    count_status(f, ablate_mask_create(model, &mask), 1);
    count_status(f, ablate_mask_set_unit(mask, 0, 1, 1), 1);
    ablate_mask_free(mask);
    count_status(f, ablate_mask_clear(mask) == ABLATE_INVALID_ARGUMENT ? ABLATE_OK : ABLATE_IO, 1);
  }
  return NULL;
}

static void handles_are_made_and_freed_by_all_threads(void **state) {
  (void)state;
  finding findings[THREADS] = {{0}};
  on_all_threads(make_and_free, findings);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(findings[i].ok, 3000);
}

static size_t thread_count(void) {
  size_t count = 0;
  DIR *tasks = opendir("/proc/self/task");
  assert_non_null(tasks);
  for (const struct dirent *entry; (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/* A thread that has ended is listed for a moment yet. */
static void expect_threads(size_t count) {
  for (int tries = 0; tries < 1000 && thread_count() != count; tries++)
    usleep(1000);
  assert_int_equal(thread_count(), count);
}

static void threads_stay_for_the_next_and_end_with_the_model(void **state) {
  (void)state;
  const size_t before = thread_count();
  float out[N * CLASSES];
  ablate_model *fresh = make_random(widths, COUNT(widths), 31);
  for (int round = 0; round < 20; round++) {
    ablate_session *session;
    expect_ok(ablate_session_create(fresh, 3, &session));
    expect_ok(ablate_run(session, NULL, x, N, ABLATE_OUTPUT_SCORES, out));
    assert_memory_equal(out, expected, sizeof expected);
    ablate_session_free(session);
    expect_threads(before + 2);
  }
  ablate_model_free(fresh);
  expect_threads(before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      /* the first: those that others end are counted for a moment */
      cmocka_unit_test(threads_stay_for_the_next_and_end_with_the_model),
      cmocka_unit_test(one_session_is_used_or_busy),
      cmocka_unit_test(one_sweep_counts_what_it_accepted),
      cmocka_unit_test(one_model_serves_many_sessions),
      cmocka_unit_test(first_sweeps_of_a_model),
      cmocka_unit_test(handles_are_made_and_freed_by_all_threads),
  };
  return cmocka_run_group_tests(tests, prepare, clean_up);
}
