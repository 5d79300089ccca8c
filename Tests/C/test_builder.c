/* Building models from raw weights. */
#include "expect.h"

#include <math.h>

#include "networks.h"

static void create_refuses_bad_shapes(void **state) {
  (void)state;
  const size_t two = 2, zero[] = {3, 0}, huge[] = {SIZE_MAX}, product[] = {SIZE_MAX / 2, 4},
               wrapping[] = {(size_t)1 << 32, (size_t)1 << 32}, nine[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  ablate_builder *builder;
  mark(builder);
  expect_refused(ablate_builder_create(NULL, 1, &builder), "inputShape");
  expect_refused(ablate_builder_create(&two, 1, NULL), "outBuilder");
  expect_refused(ablate_builder_create(&two, 0, &builder), "rank");
  expect_refused(ablate_builder_create(&two, SIZE_MAX, &builder), "rank");
  expect_refused(ablate_builder_create(nine, COUNT(nine), &builder), "rank");
  expect_refused(ablate_builder_create(zero, COUNT(zero), &builder), "shape");
  expect_refused(ablate_builder_create(huge, COUNT(huge), &builder), "shape");
  expect_refused(ablate_builder_create(product, COUNT(product), &builder), "shape");
  expect_refused(ablate_builder_create(wrapping, COUNT(wrapping), &builder), "shape");
  expect_marked(builder);
}

static void add_dense_refuses_bad_arguments(void **state) {
  (void)state;
  handles live = make_handles();
  const float weights[] = {1, 2, 3, 4}, bias[] = {0, 0};
  ablate_dense good = ABLATE_DENSE_INIT, dense;
  good.name = "a";
  good.units = 2;
  good.weights = weights;
  good.bias = bias;
  expect_bad_handles_refused(BUILDER, &live, "builder", ablate_builder_add_dense(bad, &good));
  expect_refused(ablate_builder_add_dense(live.builder, NULL), "dense");

#define REFUSED(needle, change)                                                                                        \
  do {                                                                                                                 \
    dense = good;                                                                                                      \
    change;                                                                                                            \
    expect_refused(ablate_builder_add_dense(live.builder, &dense), needle);                                            \
  } while (0)
  REFUSED("size", dense.size = 0);
  REFUSED("size", dense.size = sizeof dense - 1);
  REFUSED("units", dense.units = 0);
  REFUSED("units", dense.units = SIZE_MAX);
  REFUSED("units", dense.units = SIZE_MAX / 2);
  REFUSED("units", dense.units = SIZE_MAX / 2 + 1);
  REFUSED("units", dense.units = (size_t)1 << 62);
  REFUSED("units", dense.units = (size_t)1 << 40);
  REFUSED("layout", dense.layout = (ablate_layout)2);
  REFUSED("layout", dense.layout = (ablate_layout)-1);
  REFUSED("weights", dense.weights = NULL);
  REFUSED("activation", dense.activation = (ablate_activation)(ABLATE_ACTIVATION_SILU + 1));
  REFUSED("activation", dense.activation = (ablate_activation)-1);
  REFUSED("alpha", dense.alpha = NAN);
  REFUSED("alpha", dense.alpha = INFINITY);
  REFUSED("beta", dense.beta = NAN);
  REFUSED("beta", dense.beta = -INFINITY);
  REFUSED("alpha would be ignored", dense.alpha = 1);
  REFUSED("beta would be ignored", dense.beta = 1);
  REFUSED("beta would be ignored", (dense.alpha = 1, dense.parameter_count = 1, dense.beta = 1));
  REFUSED("parameter_count", dense.parameter_count = -1);
  REFUSED("parameter_count", dense.parameter_count = 3);
  REFUSED("name", dense.name = "\xff");
  REFUSED("name", dense.name = "cut \xe2\x80");
  REFUSED("name", dense.name = "surrogate \xed\xa0\x80");
#undef REFUSED

  const float strange[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < COUNT(strange); i++)
    for (size_t place = 0; place < 4; place++) {
      float bad_weights[4] = {1, 2, 3, 4}, bad_bias[2] = {0, 0};
      bad_weights[place] = strange[i];
      bad_bias[place / 2] = strange[i];
      expect_refused(add_dense(live.builder, "w", 2, bad_weights, bias, ABLATE_ACTIVATION_RELU), "weight");
      expect_refused(add_dense(live.builder, "b", 2, weights, bad_bias, ABLATE_ACTIVATION_RELU), "bias");
    }

  /* Nothing of the above was added: the name is free, and the layer becomes the only one. */
  dense = good;
  dense.size = sizeof dense + 64;
  expect_ok(ablate_builder_add_dense(live.builder, &dense));
  expect_refused(ablate_builder_add_dense(live.builder, &good), "'a'");
  ablate_model *model;
  expect_ok(ablate_builder_build(live.builder, &model));
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  expect_ok(ablate_model_describe(model, &info));
  assert_int_equal(info.step_count, 1);
  ablate_model_free(model);
  free_handles(&live);
}

static void add_affine_refuses_bad_arguments(void **state) {
  (void)state;
  handles live = make_handles();
  const float values[] = {1, 2}, strange[] = {1, NAN}, infinite[] = {-INFINITY, 1};
  expect_bad_handles_refused(BUILDER, &live, "builder",
                             ablate_builder_add_affine(bad, "scaler", values, values, values));
  expect_refused(ablate_builder_add_affine(live.builder, "scaler", strange, values, values), "center");
  expect_refused(ablate_builder_add_affine(live.builder, "scaler", values, strange, values), "scale");
  expect_refused(ablate_builder_add_affine(live.builder, "scaler", values, values, infinite), "shift");
  expect_refused(ablate_builder_add_affine(live.builder, "\xc0\x80", values, values, values), "name");
  expect_ok(ablate_builder_add_affine(live.builder, "scaler", values, values, values));
  expect_refused(ablate_builder_add_affine(live.builder, "scaler", values, values, values), "'scaler'");
  expect_refused(add_dense(live.builder, "scaler", 1, values, NULL, ABLATE_ACTIVATION_RELU), "'scaler'");
  expect_ok(ablate_builder_add_affine(live.builder, NULL, NULL, NULL, NULL));
  expect_ok(ablate_builder_add_affine(live.builder, "", NULL, NULL, NULL));
  free_handles(&live);
}

static void build_needs_a_dense_layer_at_the_end(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_model *model;
  mark(model);
  expect_bad_handles_refused(BUILDER, &live, "builder", ablate_builder_build(bad, &model));
  expect_refused(ablate_builder_build(live.builder, &model), "dense");
  expect_ok(ablate_builder_add_affine(live.builder, NULL, NULL, NULL, NULL));
  expect_refused(ablate_builder_build(live.builder, &model), "dense");
  expect_ok(add_dense(live.builder, NULL, 2, tiny_hidden_weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  expect_refused(ablate_builder_build(live.builder, NULL), "outModel");
  expect_ok(ablate_builder_add_affine(live.builder, NULL, NULL, NULL, NULL));
  expect_refused(ablate_builder_build(live.builder, &model), "dense");
  expect_marked(model);
  free_handles(&live);
}

static void builder_goes_on_after_a_build(void **state) {
  (void)state;
  ablate_builder *builder = start_builder(2);
  ablate_model *shallow, *deep, *again;
  expect_ok(add_dense(builder, "hidden", 3, tiny_hidden_weights, tiny_hidden_bias, ABLATE_ACTIVATION_RELU));
  expect_ok(ablate_builder_build(builder, &shallow));
  expect_ok(add_dense(builder, "scores", 2, tiny_score_weights, tiny_score_bias, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_build(builder, &deep));
  expect_ok(ablate_builder_build(builder, &again));
  assert_ptr_not_equal(deep, again);
  ablate_builder_free(builder);
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  expect_ok(ablate_model_describe(shallow, &info));
  assert_int_equal(info.layer_count, 1);
  expect_ok(ablate_model_describe(deep, &info));
  assert_int_equal(info.layer_count, 2);
  ablate_model_free(shallow);
  ablate_model_free(deep);
  ablate_model_free(again);
}

static void head_must_fit(void **state) {
  (void)state;
  handles live = make_handles();
  expect_bad_handles_refused(BUILDER, &live, "builder", ablate_builder_set_head(bad, ABLATE_HEAD_SOFTMAX));
  expect_refused(ablate_builder_set_head(live.builder, (ablate_head)6), "head");
  expect_refused(ablate_builder_set_head(live.builder, (ablate_head)-1), "head");
  free_handles(&live);

  static const struct {
    ablate_head head;
    size_t units;
    int fits;
    size_t classes, predictions, probabilities;
  } cases[] = {
      {ABLATE_HEAD_LOGITS, 2, 1, 2, 1, 2},      {ABLATE_HEAD_LOGITS, 1, 0, 0, 0, 0},
      {ABLATE_HEAD_SOFTMAX, 2, 1, 2, 1, 2},     {ABLATE_HEAD_SOFTMAX, 1, 0, 0, 0, 0},
      {ABLATE_HEAD_LOG_SOFTMAX, 2, 1, 2, 1, 2}, {ABLATE_HEAD_LOG_SOFTMAX, 1, 0, 0, 0, 0},
      {ABLATE_HEAD_BINARY, 1, 1, 2, 1, 2},      {ABLATE_HEAD_BINARY, 2, 0, 0, 0, 0},
      {ABLATE_HEAD_MULTILABEL, 2, 1, 0, 2, 2},  {ABLATE_HEAD_MULTILABEL, 1, 1, 0, 1, 1},
      {ABLATE_HEAD_REGRESSION, 2, 1, 0, 0, 0},  {ABLATE_HEAD_REGRESSION, 1, 1, 0, 0, 0},
  };
  const float weights[] = {1, 2, 3, 4};
  for (size_t i = 0; i < COUNT(cases); i++) {
    ablate_builder *builder = start_builder(2);
    /* Set before the layer it has to fit: it counts when the model is built. */
    expect_ok(ablate_builder_set_head(builder, cases[i].head));
    expect_ok(add_dense(builder, NULL, cases[i].units, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
    ablate_model *model;
    mark(model);
    if (cases[i].fits) {
      expect_ok(ablate_builder_build(builder, &model));
      ablate_model_info info = ABLATE_MODEL_INFO_INIT;
      expect_ok(ablate_model_describe(model, &info));
      assert_int_equal(info.head, cases[i].head);
      assert_int_equal(info.output_width, cases[i].units);
      assert_int_equal(info.class_count, cases[i].classes);
      assert_int_equal(info.prediction_width, cases[i].predictions);
      assert_int_equal(info.probability_width, cases[i].probabilities);
      ablate_model_free(model);
    } else {
      expect_refused(ablate_builder_build(builder, &model), "head");
      expect_marked(model);
    }
    ablate_builder_free(builder);
  }
}

static void head_by_default(void **state) {
  (void)state;
  const float weights[] = {1, 2, 3, 4};
  for (size_t units = 1; units <= 2; units++) {
    ablate_builder *builder = start_builder(2);
    expect_ok(add_dense(builder, NULL, units, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
    ablate_model *model = finish_builder(builder);
    ablate_model_info info = ABLATE_MODEL_INFO_INIT;
    expect_ok(ablate_model_describe(model, &info));
    assert_int_equal(info.head, units == 1 ? ABLATE_HEAD_REGRESSION : ABLATE_HEAD_LOGITS);
    ablate_model_free(model);
  }
}

static void class_labels_must_fit(void **state) {
  (void)state;
  static const char *const labels[] = {"seven", "ankle boot", "\xc3\xa9t\xc3\xa9"};
  static const char *const gap[] = {"seven", NULL}, *const garbled[] = {"seven", "\x80"};
  handles live = make_handles();
  expect_bad_handles_refused(BUILDER, &live, "builder", ablate_builder_set_class_labels(bad, labels, 2));
  expect_refused(ablate_builder_set_class_labels(live.builder, NULL, 2), "labels");
  expect_refused(ablate_builder_set_class_labels(live.builder, labels, 0), "count");
  expect_refused(ablate_builder_set_class_labels(live.builder, labels, SIZE_MAX), "count");
  expect_refused(ablate_builder_set_class_labels(live.builder, gap, 2), "labels");
  expect_refused(ablate_builder_set_class_labels(live.builder, garbled, 2), "labels");
  free_handles(&live);

  static const struct {
    ablate_head head;
    size_t units, labels;
    int fits;
  } cases[] = {
      {ABLATE_HEAD_LOGITS, 3, 3, 1},     {ABLATE_HEAD_LOGITS, 3, 2, 0},     {ABLATE_HEAD_LOGITS, 2, 3, 0},
      {ABLATE_HEAD_BINARY, 1, 2, 1},     {ABLATE_HEAD_BINARY, 1, 1, 0},     {ABLATE_HEAD_MULTILABEL, 3, 3, 1},
      {ABLATE_HEAD_MULTILABEL, 3, 2, 0}, {ABLATE_HEAD_REGRESSION, 3, 3, 0}, {ABLATE_HEAD_REGRESSION, 1, 1, 0},
  };
  const float weights[] = {1, 2, 3};
  for (size_t i = 0; i < COUNT(cases); i++) {
    ablate_builder *builder = start_builder(1);
    /* Before the layer, too: the count has to fit when the model is built. */
    expect_ok(ablate_builder_set_class_labels(builder, labels, cases[i].labels));
    expect_ok(add_dense(builder, NULL, cases[i].units, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
    expect_ok(ablate_builder_set_head(builder, cases[i].head));
    ablate_model *model;
    mark(model);
    if (cases[i].fits) {
      expect_ok(ablate_builder_build(builder, &model));
      for (size_t label = 0; label < cases[i].labels; label++) {
        const char *text;
        expect_ok(ablate_model_class_label(model, label, &text));
        assert_string_equal(text, labels[label]);
      }
      ablate_model_free(model);
    } else {
      expect_refused(ablate_builder_build(builder, &model), "labels");
      expect_marked(model);
    }
    ablate_builder_free(builder);
  }
}

static void other_class_labels(void **state) {
  (void)state;
  static const char *const old[] = {"a", "b"}, *const labels[] = {"seven", "ankle boot", "c"};
  const float weights[] = {1, 2}, x[] = {3};
  ablate_builder *builder = start_builder(1);
  expect_ok(add_dense(builder, NULL, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_set_class_labels(builder, old, 2));
  ablate_model *model = finish_builder(builder), *renamed, *loaded;
  handles live = make_handles();
  mark(renamed);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_with_class_labels(bad, labels, 2, &renamed));
  free_handles(&live);
  expect_refused(ablate_model_with_class_labels(model, NULL, 2, &renamed), "labels");
  expect_refused(ablate_model_with_class_labels(model, labels, 0, &renamed), "count");
  expect_refused(ablate_model_with_class_labels(model, labels, 3, &renamed), "3 class labels were given for 2 classes");
  expect_refused(ablate_model_with_class_labels(model, labels, 2, NULL), "outModel");
  expect_marked(renamed);
  expect_ok(ablate_model_with_class_labels(model, labels, 2, &renamed));
  const char *text;
  expect_ok(ablate_model_class_label(model, 1, &text));
  assert_string_equal(text, "b");
  ablate_model_free(model);
  unsigned char file[4096];
  size_t count;
  expect_ok(ablate_model_save_memory(renamed, file, sizeof file, &count));
  expect_ok(ablate_model_load_memory(file, count, NULL, &loaded));
  ablate_model *models[] = {renamed, loaded};
  for (size_t i = 0; i < 2; i++) {
    expect_ok(ablate_model_class_label(models[i], 1, &text));
    assert_string_equal(text, "ankle boot");
    ablate_session *session;
    float scores[2];
    expect_ok(ablate_session_create(models[i], 1, &session));
    expect_ok(ablate_run(session, NULL, x, 1, ABLATE_OUTPUT_SCORES, scores));
    assert_true(scores[0] == 3 && scores[1] == 6);
    ablate_session_free(session);
    ablate_model_free(models[i]);
  }
}

static void everything_given_is_copied(void **state) {
  (void)state;
  float weights[] = {1, 2}, bias[] = {3}, center[] = {4, 5}, scale[] = {6, 7}, shift[] = {8, 9};
  char name[] = "layer", label[] = "label";
  const char *labels[] = {label, label};
  size_t shape[] = {1, 2};
  ablate_builder *builder;
  expect_ok(ablate_builder_create(shape, 2, &builder));
  expect_ok(ablate_builder_add_affine(builder, NULL, center, scale, shift));
  expect_ok(add_dense(builder, name, 1, weights, bias, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_set_head(builder, ABLATE_HEAD_BINARY));
  expect_ok(ablate_builder_set_class_labels(builder, labels, 2));
  memset(weights, 0, sizeof weights);
  memset(bias, 0, sizeof bias);
  memset(center, 0, sizeof center);
  memset(scale, 0, sizeof scale);
  memset(shift, 0, sizeof shift);
  memset(name, 0, sizeof name);
  memset(label, 0, sizeof label);
  memset(labels, 0, sizeof labels);
  memset(shape, 0, sizeof shape);
  ablate_model *model = finish_builder(builder);
  ablate_session *session;
  expect_ok(ablate_session_create(model, 1, &session));
  const float x[] = {5, 7};
  float score;
  expect_ok(ablate_run(session, NULL, x, 1, ABLATE_OUTPUT_SCORES, &score));
  /* ((5 - 4) * 6 + 8) * 1 + ((7 - 5) * 7 + 9) * 2 + 3 = 14 + 46 + 3 */
  expect_floats(&score, 63);
  size_t layer;
  expect_ok(ablate_model_find_layer(model, "layer", &layer));
  ablate_session_free(session);
  ablate_model_free(model);
}

static void layouts_differ_by_a_transpose(void **state) {
  (void)state;
  const float out_in[] = {1, 2, -1, 1, 2, -1}, in_out[] = {1, -1, 2, 2, 1, -1}, x[] = {10, 1};
  for (int transposed = 0; transposed < 2; transposed++) {
    ablate_builder *builder = start_builder(2);
    ablate_dense dense = ABLATE_DENSE_INIT;
    dense.units = 3;
    dense.layout = transposed ? ABLATE_LAYOUT_IN_OUT : ABLATE_LAYOUT_OUT_IN;
    dense.weights = transposed ? in_out : out_in;
    expect_ok(ablate_builder_add_dense(builder, &dense));
    ablate_model *model = finish_builder(builder);
    ablate_session *session;
    expect_ok(ablate_session_create(model, 1, &session));
    float scores[3], weights[6];
    expect_ok(ablate_run(session, NULL, x, 1, ABLATE_OUTPUT_SCORES, scores));
    /* 10 + 2, -10 + 1, 20 - 1 */
    expect_floats(scores, 12, -9, 19);
    expect_ok(ablate_model_parameters(model, 0, weights, 6, NULL, 0));
    expect_floats(weights, 1, 2, -1, 1, 2, -1);
    ablate_session_free(session);
    ablate_model_free(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(create_refuses_bad_shapes),
      cmocka_unit_test(add_dense_refuses_bad_arguments),
      cmocka_unit_test(add_affine_refuses_bad_arguments),
      cmocka_unit_test(build_needs_a_dense_layer_at_the_end),
      cmocka_unit_test(builder_goes_on_after_a_build),
      cmocka_unit_test(head_must_fit),
      cmocka_unit_test(head_by_default),
      cmocka_unit_test(class_labels_must_fit),
      cmocka_unit_test(other_class_labels),
      cmocka_unit_test(everything_given_is_copied),
      cmocka_unit_test(layouts_differ_by_a_transpose),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
