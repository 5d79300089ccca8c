/* Smaller models, what they take, and the files they are written to. */
#include "expect.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "networks.h"

static void expect_scores(const ablate_model *model, const float expected[ROWS * 2]) {
  ablate_session *session;
  float scores[ROWS * 2];
  expect_ok(ablate_session_create(model, 1, &session));
  expect_ok(ablate_run(session, NULL, tiny_rows, ROWS, ABLATE_OUTPUT_SCORES, scores));
  check_near(scores, expected, ROWS * 2, 1e-5, __FILE__, __LINE__);
  ablate_session_free(session);
}

static const ablate_unit second_hidden = {0, 1};

/* Without h1: s0 = h0 + 2 h2, s1 = -h0 + h2 + 1. */
static void a_unit_is_left_out(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS), *smaller;
  expect_ok(ablate_model_prune(model, &second_hidden, 1, NULL, &smaller));
  ablate_model_free(model);
  expect_scores(smaller, (float[]){3, -2, 8, 2, 3, -2, 0, 1});
  ablate_layer_info layer = ABLATE_LAYER_INFO_INIT;
  expect_ok(ablate_model_layer(smaller, 0, &layer));
  assert_string_equal(layer.name, "hidden");
  assert_int_equal(layer.units, 2);
  ablate_model_cost cost = ABLATE_MODEL_COST_INIT;
  expect_ok(ablate_model_read_cost(smaller, &cost));
  assert_int_equal(cost.parameters, 2 * 2 + 2 + 2 * 2 + 2);
  assert_int_equal(cost.multiply_adds, 8);
  assert_int_equal(cost.bytes, 48);
  ablate_model_free(smaller);
}

/* The mean of h1 is 5/4. */
static void its_mean_stays(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_replacement mean = ABLATE_REPLACEMENT_INIT;
  mean.kind = ABLATE_REPLACEMENT_MEAN;
  mean.reference = live.reference;
  ablate_surgery_options options = ABLATE_SURGERY_OPTIONS_INIT;
  options.replacement = &mean;
  ablate_model *smaller;
  expect_ok(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller));
  expect_scores(smaller, (float[]){1.75f, 0.5f, 6.75f, 4.5f, 1.75f, 0.5f, -1.25f, 3.5f});
  ablate_model_free(smaller);
  free_handles(&live);
}

/*
 * cov(h1, h0) = 5/4, var(h0) = 3/2; h2 correlates less. So beta = 5/6, and with means 5/4 and 2 the constant is -5/12.
 * The same from rows and from moments.
 */
static void a_neighbour_stands_in(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS), *smaller;
  const double means[] = {2, 1.25, 0.75};
  const double gram[] = {5.5, 3.75, 1.5, 3.75, 4.25, 0, 1.5, 0, 2.25};
  ablate_layer_moments moments = ABLATE_LAYER_MOMENTS_INIT;
  moments.means = means;
  moments.gram = gram;
  ablate_surgery_options from_rows = ABLATE_SURGERY_OPTIONS_INIT, from_moments = ABLATE_SURGERY_OPTIONS_INIT;
  from_rows.x = tiny_rows;
  from_rows.rows = ROWS;
  from_rows.threads = 2;
  from_moments.moments = &moments;
  from_moments.moment_count = 1;
  const ablate_surgery_options *const both[] = {&from_rows, &from_moments};
  for (size_t i = 0; i < COUNT(both); i++) {
    ablate_surgery_options options = *both[i];
    options.compensation = ABLATE_COMPENSATION_CORRELATED;
    expect_ok(ablate_model_prune(model, &second_hidden, 1, &options, &smaller));
    float weights[4], bias[2];
    expect_ok(ablate_model_parameters(smaller, 1, weights, 4, bias, 2));
    expect_near(weights, 1e-6, 1 / 6.0f, 2, 2 / 3.0f, 1);
    expect_near(bias, 1e-6, 5 / 12.0f, 1 / 6.0f);
    ablate_model_free(smaller);
    options.compensation = ABLATE_COMPENSATION_LEAST_SQUARES;
    expect_ok(ablate_model_prune(model, &second_hidden, 1, &options, &smaller));
    ablate_model_free(smaller);
  }
  ablate_model_free(model);
}

static void hidden_units_of_dense_layers_are_groups_by_themselves(void **state) {
  (void)state;
  handles live = make_handles();
  size_t groups[] = {9, 9, 9}, none[] = {0, 0};
  expect_ok(ablate_model_unit_groups(live.model, 0, groups, 3));
  for (size_t unit = 0; unit < 3; unit++)
    assert_int_equal(groups[unit], unit);
  expect_ok(ablate_model_unit_groups(live.model, 1, none, 2));
  assert_true(none[0] == ABLATE_NONE && none[1] == ABLATE_NONE);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_unit_groups(bad, 0, groups, 3));
  expect_refused(ablate_model_unit_groups(live.model, 2, groups, 3), "layer 2 is out of range");
  expect_refused(ablate_model_unit_groups(live.model, 0, NULL, 3), "outGroups");
  expect_refused(ablate_model_unit_groups(live.model, 0, groups, 2), "count is 2: expected 3");
  free_handles(&live);
}

static void bad_options_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_model *smaller;
  mark(smaller);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_prune(bad, &second_hidden, 1, NULL, &smaller));
  expect_refused(ablate_model_prune(live.model, NULL, 1, NULL, &smaller), "units");
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, NULL, NULL), "outModel");
  expect_refused(ablate_model_prune(live.model, &second_hidden, 0, NULL, &smaller), "empty");
  expect_refused(ablate_model_prune(live.model, &second_hidden, SIZE_MAX, NULL, &smaller), "count");
  const ablate_unit far[] = {{0, SIZE_MAX}, {SIZE_MAX, 0}, {1, 0}};
  expect_refused(ablate_model_prune(live.model, &far[0], 1, NULL, &smaller), "out of range");
  expect_refused(ablate_model_prune(live.model, &far[1], 1, NULL, &smaller), "out of range");
  expect_refused(ablate_model_prune(live.model, &far[2], 1, NULL, &smaller), "output layer");
  ablate_surgery_options options = ABLATE_SURGERY_OPTIONS_INIT;
  options.size = sizeof options - 1;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "options has size");
  options.size = sizeof options;
  options.compensation = (ablate_compensation)3;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "options.compensation");
  options.compensation = ABLATE_COMPENSATION_CORRELATED;
  options.rows = 1;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "options.x is NULL");
  options.x = tiny_rows;
  options.rows = SIZE_MAX / 8;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "more than memory can hold");
  options.rows = 0;
  options.x = NULL;
  options.moment_count = 1;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "options.moment_count");
  const double zeros[9] = {0};
  const size_t size = sizeof(ablate_layer_moments);
  ablate_layer_moments moments[] = {{size, 0, zeros, NULL}, {size, 0, zeros, zeros}};
  options.moments = moments;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "gram");
  moments[0] = (ablate_layer_moments){size, 0, NULL, zeros};
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "means");
  moments[0] = moments[1];
  options.moment_count = 2;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "layer 0 twice");
  const size_t sizes[] = {0, size - 1, size + 1, (size_t)1 << 40, SIZE_MAX};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    moments[0].size = sizes[i];
    expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "size");
  }
  moments[0].size = size;
  moments[0].layer = SIZE_MAX;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "out of range");
  options.moment_count = SIZE_MAX;
  expect_refused(ablate_model_prune(live.model, &second_hidden, 1, &options, &smaller), "options.moment_count");
  expect_marked(smaller);
  ablate_model_cost cost = ABLATE_MODEL_COST_INIT;
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_read_cost(bad, &cost));
  expect_refused(ablate_model_read_cost(live.model, NULL), "outCost");
  cost.size = sizeof cost - 1;
  expect_refused(ablate_model_read_cost(live.model, &cost), "size");
  free_handles(&live);
}

static void a_model_is_written(void **state) {
  (void)state;
  handles live = make_handles();
  char directory[] = "/tmp/ablate-surgery-XXXXXX", path[64];
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/model.onnx", directory);
  expect_ok(ablate_model_save(live.model, path));
  ablate_model *again;
  expect_ok(ablate_model_load(path, &again));
  expect_scores(again, (float[]){2, 0, 8, 2, -1, 6, 0, 1});
  size_t layer;
  expect_ok(ablate_model_find_layer(again, "hidden", &layer));
  assert_int_equal(layer, 0);
  ablate_model_free(again);
  struct stat file;
  assert_int_equal(stat(path, &file), 0);
  size_t count;
  expect_ok(ablate_model_save_memory(live.model, NULL, 0, &count));
  assert_int_equal(count, file.st_size);
  assert_int_equal(unlink(path), 0);
  expect(ABLATE_IO, ablate_model_save(live.model, directory), directory);
  assert_int_equal(rmdir(directory), 0);
  expect(ABLATE_IO, ablate_model_save(live.model, path), path);
  expect_refused(ablate_model_save(live.model, NULL), "path");
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_save(bad, path));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_save_memory(bad, NULL, 0, &count));
  free_handles(&live);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_unit_is_left_out),
      cmocka_unit_test(its_mean_stays),
      cmocka_unit_test(a_neighbour_stands_in),
      cmocka_unit_test(hidden_units_of_dense_layers_are_groups_by_themselves),
      cmocka_unit_test(bad_options_are_refused),
      cmocka_unit_test(a_model_is_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
