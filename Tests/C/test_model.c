/* Loading and describing models. */
#include "expect.h"

#include "networks.h"

static void load_refuses_bad_arguments(void **state) {
  (void)state;
  ablate_model *model;
  mark(model);
  expect_refused(ablate_model_load(NULL, &model), "path");
  expect_refused(ablate_model_load("\xff.onnx", &model), "path");
  expect_refused(ablate_model_load("a.onnx", NULL), "outModel");
  expect_refused(ablate_model_load_memory(NULL, 4, NULL, &model), "bytes");
  expect_refused(ablate_model_load_memory("onnx", 4, NULL, NULL), "outModel");
  expect_refused(ablate_model_load_memory("onnx", 4, "\xff", &model), "directory");
  expect_refused(ablate_model_load_memory("onnx", SIZE_MAX, NULL, &model), "count");
  expect_marked(model);
}

static void load_tells_io_from_malformed(void **state) {
  (void)state;
  ablate_model *model;
  mark(model);
  expect(ABLATE_IO, ablate_model_load("no-such-folder/no-such-model.onnx", &model), "no-such-model.onnx");
  expect(ABLATE_IO, ablate_model_load("/", &model), "/");
  expect(ABLATE_IO, ablate_model_load("", &model), NULL);
  expect(ABLATE_MALFORMED, ablate_model_load_memory("\xff\xff\xff\xff", 4, NULL, &model), NULL);
  expect(ABLATE_MALFORMED, ablate_model_load_memory("", 0, NULL, &model), NULL);
  expect_marked(model);
}

static void describe_by_hand(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_SOFTMAX);
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  expect_ok(ablate_model_describe(model, &info));
  assert_int_equal(info.size, sizeof info);
  assert_int_equal(info.input_width, 2);
  assert_int_equal(info.output_width, 2);
  assert_int_equal(info.class_count, 2);
  assert_int_equal(info.prediction_width, 1);
  assert_int_equal(info.probability_width, 2);
  assert_int_equal(info.layer_count, 2);
  assert_int_equal(info.step_count, 2);
  assert_int_equal(info.parameter_count, 3 * 2 + 3 + 2 * 3 + 2);
  assert_int_equal(info.head, ABLATE_HEAD_SOFTMAX);
  ablate_model_free(model);
}

/* A struct of a later header: larger, with members this library does not know. */
static void larger_structs_are_accepted(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  struct {
    ablate_model_info info;
    char later[64];
  } model_info;
  struct {
    ablate_layer_info info;
    char later[64];
  } layer_info;
  struct {
    ablate_step_info info;
    char later[64];
  } step_info;
  mark(model_info);
  mark(layer_info);
  mark(step_info);
  model_info.info.size = sizeof model_info;
  layer_info.info.size = sizeof layer_info;
  step_info.info.size = SIZE_MAX / 2;
  expect_ok(ablate_model_describe(model, &model_info.info));
  expect_ok(ablate_model_layer(model, 0, &layer_info.info));
  expect_ok(ablate_model_step(model, 0, &step_info.info));
  expect_marked(model_info.later);
  expect_marked(layer_info.later);
  expect_marked(step_info.later);
  assert_int_equal(model_info.info.size, sizeof model_info);
  assert_int_equal(layer_info.info.size, sizeof layer_info);
  assert_int_equal(step_info.info.size, SIZE_MAX / 2);
  assert_int_equal(model_info.info.layer_count, 2);
  assert_int_equal(layer_info.info.units, 3);
  assert_int_equal(step_info.info.width, 3);
  ablate_model_free(model);
}

static void smaller_structs_are_refused(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  ablate_model_info model_info;
  ablate_layer_info layer_info;
  ablate_step_info step_info;
  const size_t less[] = {0, 1, sizeof(size_t)};
  for (size_t i = 0; i <= COUNT(less); i++) {
    mark(model_info);
    mark(layer_info);
    mark(step_info);
    model_info.size = i < COUNT(less) ? less[i] : sizeof model_info - 1;
    // It has grown since.
    layer_info.size = i < COUNT(less) ? less[i] : offsetof(ablate_layer_info, height) - 1;
    step_info.size = i < COUNT(less) ? less[i] : sizeof step_info - 1;
    expect_refused(ablate_model_describe(model, &model_info), "outInfo");
    expect_refused(ablate_model_layer(model, 0, &layer_info), "outInfo");
    expect_refused(ablate_model_step(model, 0, &step_info), "outInfo");
    mark(model_info.size);
    mark(layer_info.size);
    mark(step_info.size);
    expect_marked(model_info);
    expect_marked(layer_info);
    expect_marked(step_info);
  }
  ablate_model_free(model);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  ablate_model_info model_info;
  ablate_layer_info layer_info;
  ablate_step_info step_info;
  size_t shape[4], rank, layer;
  const char *label;
  float weights[6], bias[3];
  mark(model_info);
  mark(layer_info);
  mark(step_info);
  model_info.size = sizeof model_info;
  layer_info.size = sizeof layer_info;
  step_info.size = sizeof step_info;
  mark(shape);
  mark(rank);
  mark(layer);
  mark(label);
  mark(weights);
  mark(bias);
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_describe(bad, &model_info));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_input_shape(bad, shape, 4, &rank));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_layer(bad, 0, &layer_info));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_find_layer(bad, "hidden", &layer));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_step(bad, 0, &step_info));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_class_label(bad, 0, &label));
  expect_bad_handles_refused(MODEL, &live, "model", ablate_model_parameters(bad, 0, weights, 6, bias, 3));
  ablate_model *model = live.model;
  expect_refused(ablate_model_describe(model, NULL), "outInfo");
  expect_refused(ablate_model_input_shape(model, NULL, 1, &rank), "outShape");
  expect_refused(ablate_model_input_shape(model, shape, 4, NULL), "outRank");
  expect_refused(ablate_model_layer(model, 0, NULL), "outInfo");
  expect_refused(ablate_model_find_layer(model, NULL, &layer), "name");
  expect_refused(ablate_model_find_layer(model, "\xff", &layer), "name");
  expect_refused(ablate_model_find_layer(model, "hidden", NULL), "outLayer");
  expect_refused(ablate_model_step(model, 0, NULL), "outInfo");
  expect_refused(ablate_model_class_label(model, 0, NULL), "outLabel");
  const size_t beyond[] = {2, 3, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
  for (size_t i = 0; i < COUNT(beyond); i++) {
    expect_refused(ablate_model_layer(model, beyond[i], &layer_info), "layer");
    expect_refused(ablate_model_step(model, beyond[i], &step_info), "step");
    expect_refused(ablate_model_class_label(model, beyond[i], &label), "class");
    expect_refused(ablate_model_parameters(model, beyond[i], weights, 6, bias, 3), "layer");
  }
  expect_refused(ablate_model_parameters(model, 0, weights, 5, bias, 3), "weightCount");
  expect_refused(ablate_model_parameters(model, 0, weights, 7, bias, 3), "weightCount");
  expect_refused(ablate_model_parameters(model, 0, weights, SIZE_MAX, bias, 3), "weightCount");
  expect_refused(ablate_model_parameters(model, 0, weights, 6, bias, 2), "biasCount");
  expect_refused(ablate_model_parameters(model, 0, weights, 6, bias, SIZE_MAX), "biasCount");
  mark(model_info.size);
  mark(layer_info.size);
  mark(step_info.size);
  expect_marked(model_info);
  expect_marked(layer_info);
  expect_marked(step_info);
  expect_marked(shape);
  expect_marked(rank);
  expect_marked(layer);
  expect_marked(label);
  expect_marked(weights);
  expect_marked(bias);
  free_handles(&live);
}

static void input_shape_by_capacity(void **state) {
  (void)state;
  const size_t declared[] = {1, 2, 3};
  const float weights[12] = {0};
  ablate_builder *builder;
  expect_ok(ablate_builder_create(declared, 3, &builder));
  expect_ok(add_dense(builder, NULL, 2, weights, NULL, ABLATE_ACTIVATION_IDENTITY));
  ablate_model *model = finish_builder(builder);
  for (size_t capacity = 0; capacity <= 5; capacity++) {
    size_t shape[5], rank = 0;
    mark(shape);
    expect_ok(ablate_model_input_shape(model, shape, capacity, &rank));
    assert_int_equal(rank, 3);
    const size_t written = capacity < 3 ? capacity : 3;
    assert_memory_equal(shape, declared, written * sizeof shape[0]);
    check_marked(shape + written, (5 - written) * sizeof shape[0], __FILE__, __LINE__);
  }
  size_t rank = 0, shape[3];
  expect_ok(ablate_model_input_shape(model, NULL, 0, &rank));
  assert_int_equal(rank, 3);
  expect_ok(ablate_model_input_shape(model, shape, SIZE_MAX, &rank));
  assert_memory_equal(shape, declared, sizeof shape);
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  expect_ok(ablate_model_describe(model, &info));
  assert_int_equal(info.input_width, 6);
  ablate_model_free(model);
}

/* scaler, dense "a", normalisation, dense "b" */
static void layers_and_steps_by_hand(void **state) {
  (void)state;
  const float weights[6] = {0}, center[2] = {0};
  ablate_builder *builder = start_builder(2);
  expect_ok(ablate_builder_add_affine(builder, "scaler", center, NULL, NULL));
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.name = "a";
  dense.units = 3;
  dense.weights = weights;
  dense.activation = ABLATE_ACTIVATION_LEAKY_RELU;
  dense.alpha = 0.25f;
  dense.parameter_count = 1;
  expect_ok(ablate_builder_add_dense(builder, &dense));
  expect_ok(ablate_builder_add_affine(builder, NULL, NULL, NULL, NULL));
  expect_ok(add_dense(builder, "b", 2, weights, NULL, ABLATE_ACTIVATION_SELU));
  ablate_model *model = finish_builder(builder);

  ablate_layer_info layer = ABLATE_LAYER_INFO_INIT;
  expect_ok(ablate_model_layer(model, 0, &layer));
  assert_string_equal(layer.name, "a");
  assert_string_equal(layer.kind, "dense");
  assert_int_equal(layer.units, 3);
  assert_int_equal(layer.inputs, 2);
  assert_int_equal(layer.parameter_count, 3 * 2 + 3);
  assert_int_equal(layer.activation, ABLATE_ACTIVATION_LEAKY_RELU);
  assert_true(layer.alpha == 0.25f && layer.beta == 0);
  assert_int_equal(layer.is_output, 0);
  expect_ok(ablate_model_layer(model, 1, &layer));
  assert_string_equal(layer.name, "b");
  assert_int_equal(layer.units, 2);
  assert_int_equal(layer.inputs, 3);
  assert_int_equal(layer.activation, ABLATE_ACTIVATION_SELU);
  assert_true(layer.alpha == 1.67326319f && layer.beta == 1.05070102f);
  assert_int_equal(layer.is_output, 1);

  static const struct {
    const char *name, *kind;
    size_t width, layer;
    int64_t parameters;
    int can_ablate;
  } steps[] = {{"scaler", "affine", 2, 0, 2, 0},
               {"a", "dense", 3, 0, 9, 1},
               {"", "affine", 3, 0, 0, 0},
               {"b", "dense", 2, 1, 8, 1}};
  for (size_t i = 0; i < COUNT(steps); i++) {
    ablate_step_info step = ABLATE_STEP_INFO_INIT;
    expect_ok(ablate_model_step(model, i, &step));
    assert_string_equal(step.name, steps[i].name);
    assert_string_equal(step.kind, steps[i].kind);
    assert_int_equal(step.width, steps[i].width);
    assert_int_equal(step.layer, steps[i].layer);
    assert_int_equal(step.can_ablate, steps[i].can_ablate);
    assert_int_equal(step.parameter_count, steps[i].parameters);
  }

  size_t found;
  expect_ok(ablate_model_find_layer(model, "b", &found));
  assert_int_equal(found, 1);
  mark(found);
  expect_refused(ablate_model_find_layer(model, "c", &found), "'a', 'b'");
  expect_refused(ablate_model_find_layer(model, "scaler", &found), "scaler");
  expect_refused(ablate_model_find_layer(model, "", &found), "'a', 'b'");
  expect_marked(found);
  ablate_model_free(model);
}

static void parameters_are_those_given(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  float weights[6], bias[3];
  expect_ok(ablate_model_parameters(model, 0, weights, 6, bias, 3));
  assert_memory_equal(weights, tiny_hidden_weights, sizeof weights);
  assert_memory_equal(bias, tiny_hidden_bias, sizeof bias);
  mark(weights);
  mark(bias);
  expect_ok(ablate_model_parameters(model, 1, NULL, 0, bias, 2));
  assert_memory_equal(bias, tiny_score_bias, 2 * sizeof bias[0]);
  expect_ok(ablate_model_parameters(model, 1, weights, 6, NULL, 0));
  assert_memory_equal(weights, tiny_score_weights, sizeof weights);
  expect_ok(ablate_model_parameters(model, 1, NULL, SIZE_MAX, NULL, SIZE_MAX));
  ablate_model_free(model);
}

static void class_labels_may_be_missing(void **state) {
  (void)state;
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  const char *label = "";
  expect_ok(ablate_model_class_label(model, 1, &label));
  assert_null(label);
  ablate_model_free(model);
  model = make_tiny(ABLATE_HEAD_REGRESSION);
  mark(label);
  expect_refused(ablate_model_class_label(model, 0, &label), "class");
  expect_marked(label);
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(load_refuses_bad_arguments),
      cmocka_unit_test(load_tells_io_from_malformed),
      cmocka_unit_test(describe_by_hand),
      cmocka_unit_test(larger_structs_are_accepted),
      cmocka_unit_test(smaller_structs_are_refused),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(input_shape_by_capacity),
      cmocka_unit_test(layers_and_steps_by_hand),
      cmocka_unit_test(parameters_are_those_given),
      cmocka_unit_test(class_labels_may_be_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
