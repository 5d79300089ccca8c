/* A child process goes on with what was made before fork(). */
#include "expect.h"

#include <sys/wait.h>
#include <unistd.h>

#include "networks.h"

/* Work enough for two threads, in a run of N rows and in a feed of FED. */
enum { N = 800, FED = 600, WIDTH = 24, CLASSES = 4 };
/* Seconds that no child takes, however slow the machine. */
enum { HANGS = 200 };
static const size_t widths[] = {WIDTH, 96, 48, CLASSES};
static float x[N * WIDTH];
static float expected[N * CLASSES], out[N * CLASSES];
static int32_t predictions[N];

typedef struct fixture {
  ablate_model *model;
  ablate_session *session;
  ablate_sweep *sweep;
} fixture;

/* Both have run, with two threads each, so that their threads exist in the parent. */
static fixture start(void) {
  fixture f;
  f.model = make_random(widths, COUNT(widths), 41);
  fill_random(x, COUNT(x), 42);
  expect_ok(ablate_session_create(f.model, 2, &f.session));
  expect_ok(ablate_run(f.session, NULL, x, N, ABLATE_OUTPUT_SCORES, expected));
  expect_ok(ablate_predict(f.session, NULL, x, N, predictions));
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  static const size_t layer = 1;
  options.threads = 2;
  options.layers = &layer;
  options.layer_count = 1;
  expect_ok(ablate_sweep_create(f.model, &options, &f.sweep));
  expect_ok(ablate_sweep_feed(f.sweep, x, FED, predictions));
  return f;
}

static void finish(fixture *f) {
  ablate_sweep_free(f->sweep);
  ablate_session_free(f->session);
  ablate_model_free(f->model);
}

/* 0 if all is well, else the number of the step that went wrong. */
static int use(fixture *f, int64_t fed) {
  memset(out, 0, sizeof out);
  if (ablate_run(f->session, NULL, x, N, ABLATE_OUTPUT_SCORES, out) != ABLATE_OK)
    return 1;
  if (memcmp(out, expected, sizeof out) != 0)
    return 2;
  if (ablate_sweep_feed(f->sweep, x, FED, predictions) != ABLATE_OK)
    return 3;
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  if (ablate_sweep_read_intact(f->sweep, &result) != ABLATE_OK)
    return 4;
  if (result.rows != fed + FED || result.correct != result.rows)
    return 5;
  ablate_session *fresh;
  if (ablate_session_create(f->model, 2, &fresh) != ABLATE_OK)
    return 6;
  if (ablate_run(fresh, NULL, x, N, ABLATE_OUTPUT_SCORES, out) != ABLATE_OK)
    return 7;
  if (memcmp(out, expected, sizeof out) != 0)
    return 8;
  ablate_session_free(fresh);
  return 0;
}

/* Runs `body` in a child that a hang would end by its alarm. */
static void in_child(int (*body)(fixture *), fixture *f) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(HANGS);
    _exit(body(f));
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static int use_and_free(fixture *f) {
  const int step = use(f, FED);
  finish(f);
  return step ? step : ablate_model_describe(f->model, NULL) == ABLATE_INVALID_ARGUMENT ? 0 : 9;
}

static int only_free(fixture *f) {
  finish(f);
  return 0;
}

static int use_in_a_grandchild(fixture *f) {
  const int step = use(f, FED);
  if (step)
    return step;
  const pid_t child = fork();
  if (child < 0)
    return 20;
  if (child == 0) {
    alarm(HANGS);
    const int inner = use(f, 2 * FED);
    finish(f);
    _exit(inner);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return 21;
  finish(f);
  return 0;
}

static void child_and_parent_go_on(void **state) {
  (void)state;
  fixture f = start();
  in_child(use_and_free, &f);
  in_child(only_free, &f);
  in_child(use_in_a_grandchild, &f);
  /* the parent's are untouched by what the children did */
  assert_int_equal(use(&f, FED), 0);
  finish(&f);
}

static void many_forks(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    fixture f = start();
    in_child(use_and_free, &f);
    finish(&f);
  }
}

/* A child made from within a progress callback, which leaves at once. */
static int on_progress_fork(uint64_t done, uint64_t total, void *user) {
  pid_t *child = user;
  (void)done;
  (void)total;
  if (*child == -1) {
    *child = fork();
    if (*child == 0)
      _exit(0);
  }
  return 0;
}

static void fork_while_a_sweep_works(void **state) {
  (void)state;
  fixture f = start();
  pid_t child = -1;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  static const size_t layer = 1;
  options.threads = 2;
  options.layers = &layer;
  options.layer_count = 1;
  options.progress = on_progress_fork;
  options.user = &child;
  ablate_sweep *sweep;
  expect_ok(ablate_sweep_create(f.model, &options, &sweep));
  expect_ok(ablate_sweep_feed(sweep, x, FED, predictions));
  assert_true(child > 0);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(sweep, &result));
  assert_int_equal(result.correct, FED);
  ablate_sweep_free(sweep);
  finish(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(child_and_parent_go_on),
      cmocka_unit_test(many_forks),
      cmocka_unit_test(fork_while_a_sweep_works),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
