/* Convolutional networks from raw weights, and pictures of bytes; figures worked out by hand. */
#include "networks.h"
#include <math.h>

static ablate_builder *start_image(size_t channels, size_t height, size_t width) {
  const size_t shape[] = {channels, height, width};
  ablate_builder *builder;
  expect_ok(ablate_builder_create(shape, 3, &builder));
  return builder;
}

static ablate_convolution convolution(size_t units, const float *weights) {
  ablate_convolution described = ABLATE_CONVOLUTION_INIT;
  described.units = units;
  described.weights = weights;
  return described;
}

static void expect_scores(ablate_model *model, const float *x, size_t count, const float *expected) {
  ablate_session *session;
  float scores[8];
  expect_ok(ablate_session_create(model, 1, &session));
  expect_ok(ablate_run(session, NULL, x, 1, ABLATE_OUTPUT_SCORES, scores));
  check_floats(scores, expected, count, __FILE__, __LINE__);
  ablate_session_free(session);
  ablate_model_free(model);
}

/* Channels 1 2 and 10 20. */
static const float pair[] = {1, 2, 10, 20};
static const float identity[] = {1, 0, 0, 1};

static void test_weights_are_units_channels_rows_columns(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  const float weights[] = {1, 2, 3, 4}, bias[] = {0.5f};
  ablate_convolution layer = convolution(1, weights);
  layer.name = "window";
  layer.bias = bias;
  layer.kernel_width = 2;
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  ablate_model *model = finish_builder(builder);
  ablate_layer_info info = ABLATE_LAYER_INFO_INIT;
  expect_ok(ablate_model_layer(model, 0, &info));
  assert_string_equal(info.kind, "convolution");
  assert_string_equal(info.name, "window");
  float copied[4];
  expect_ok(ablate_model_parameters(model, 0, copied, 4, NULL, 0));
  expect_floats(copied, 1, 2, 3, 4);
  expect_scores(model, pair, 1, (const float[]){1 + 4 + 30 + 80 + 0.5f});
}

static void test_a_dense_layer_reads_channels_rows_columns(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  ablate_convolution layer = convolution(2, identity);
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_ok(add_dense(builder, NULL, 1, (const float[]){1, 2, 3, 4}, NULL, ABLATE_ACTIVATION_IDENTITY));
  expect_scores(finish_builder(builder), pair, 1, (const float[]){1 + 4 + 30 + 80});
}

static void test_scores_of_images_are_channels_rows_columns(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  const float center[] = {1, 1, 10, 10}, scale[] = {1, 2, 3, 4}, shift[] = {-1, 1};
  ablate_convolution layer = convolution(2, identity);
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_ok(ablate_builder_add_affine(builder, NULL, center, scale, NULL));
  expect_ok(ablate_builder_add_channel_affine(builder, NULL, NULL, NULL, shift));
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_scores(finish_builder(builder), pair, 4, (const float[]){0 - 1, 2 - 1, 0 + 1, 40 + 1});
}

static void test_normalisations_in_front_of_a_convolution(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  const float scale[] = {1, 10, 100, 1000}, shift[] = {5, 7}, weights[] = {1, 0, 0, 1};
  ablate_convolution layer = convolution(2, weights);
  expect_ok(ablate_builder_add_affine(builder, NULL, NULL, scale, NULL));
  expect_ok(ablate_builder_add_channel_affine(builder, NULL, NULL, NULL, shift));
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_scores(finish_builder(builder), pair, 4, (const float[]){1 + 5, 20 + 5, 1000 + 7, 20000 + 7});
}

static void test_windows(void **state) {
  (void)state;
  /* 3 x 4, a window of 2 x 2 with strides 2 and 1, a row of padding above and a column behind. */
  const float image[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, weights[] = {1, 10, 100, 1000};
  ablate_builder *builder = start_image(1, 3, 4);
  ablate_convolution layer = convolution(1, weights);
  layer.kernel_height = layer.kernel_width = layer.stride_height = 2;
  layer.pad_top = layer.pad_right = 1;
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_scores(finish_builder(builder), image, 8, (const float[]){2100, 3200, 4300, 400, 10965, 12076, 13187, 1208});

  builder = start_image(1, 3, 4);
  ablate_pooling pooling = ABLATE_POOLING_INIT;
  pooling.kernel_height = pooling.kernel_width = pooling.stride_height = pooling.stride_width = 2;
  pooling.rounds_up = 1;
  expect_ok(ablate_builder_add_pooling(builder, &pooling));
  expect_scores(finish_builder(builder), image, 4, (const float[]){6, 8, 10, 12});
}

static void test_kinds_of_pooling(void **state) {
  (void)state;
  const float image[] = {1, 2, 3, 6};
  const struct {
    ablate_pooling_kind kind;
    float expected;
  } cases[] = {
      {ABLATE_POOLING_MAXIMUM, 6},
      {ABLATE_POOLING_AVERAGE, 3},
      {ABLATE_POOLING_AVERAGE_COUNTING_PADDING, 2},
      {ABLATE_POOLING_GLOBAL_MAXIMUM, 6},
      {ABLATE_POOLING_GLOBAL_AVERAGE, 3},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    ablate_builder *builder = start_image(1, 2, 2);
    ablate_pooling pooling = ABLATE_POOLING_INIT;
    pooling.kind = cases[i].kind;
    pooling.kernel_height = 3;
    pooling.kernel_width = 2;
    pooling.pad_bottom = 1;
    expect_ok(ablate_builder_add_pooling(builder, &pooling));
    expect_scores(finish_builder(builder), image, 1, &cases[i].expected);
  }
}

static void test_paths_part_and_join(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  const float swap[] = {0, 1, 1, 0};
  ablate_convolution layer = convolution(2, swap);
  assert_int_equal(ablate_builder_last_point(builder), 0);
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  const size_t swapped = ablate_builder_last_point(builder);
  expect_ok(ablate_builder_add_sum(builder, "sum", 0, swapped, ABLATE_ACTIVATION_RELU));
  const size_t sum = ablate_builder_last_point(builder);
  ablate_pooling mean = ABLATE_POOLING_INIT;
  mean.kind = ABLATE_POOLING_GLOBAL_AVERAGE;
  mean.source = swapped;
  expect_ok(ablate_builder_add_pooling(builder, &mean));
  expect_refused(ablate_builder_add_sum(builder, "x", sum, ablate_builder_last_point(builder), ABLATE_ACTIVATION_RELU),
                 "[2, 1, 2] and [2, 1, 1]");
  expect_ok(ablate_builder_add_product(builder, NULL, sum, ablate_builder_last_point(builder)));
  expect_refused(ablate_builder_add_product(builder, NULL, sum, 99), "point 99");
  expect_refused(ablate_builder_add_product(builder, "sum", sum, sum), "taken");
  /* Sums 11 22 in both channels, times 15 and 1.5. */
  expect_scores(finish_builder(builder), pair, 4, (const float[]){165, 330, 16.5f, 33});
}

static void test_what_a_layer_gives_leads_to_the_scores(void **state) {
  (void)state;
  ablate_builder *builder = start_image(2, 1, 2);
  ablate_convolution layer = convolution(2, identity);
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  ablate_pooling pooling = ABLATE_POOLING_INIT;
  pooling.kind = ABLATE_POOLING_GLOBAL_AVERAGE;
  const size_t first = ablate_builder_last_point(builder);
  layer.name = "aside";
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  expect_ok(ablate_builder_add_pooling(builder, &pooling));
  pooling.source = first;
  expect_ok(ablate_builder_add_pooling(builder, &pooling));
  ablate_model *model;
  expect_refused(ablate_builder_build(builder, &model), "layer 1 'aside'");
  ablate_builder_free(builder);
}

/* Steps of one path stand between those of another: a pooling behind the first convolution, the second one before it.
 */
static void test_a_sweep_of_channels_on_one_of_two_paths(void **state) {
  (void)state;
  ablate_builder *builder = start_image(1, 16, 16);
  ablate_convolution layer = convolution(2, (const float[]){1, 1});
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  const size_t first = ablate_builder_last_point(builder);
  layer = convolution(2, (const float[]){0.5f, 0.25f});
  layer.source = 0;
  layer.stride_height = layer.stride_width = 2;
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  const size_t second = ablate_builder_last_point(builder);
  ablate_pooling pooling = ABLATE_POOLING_INIT;
  pooling.kind = ABLATE_POOLING_MAXIMUM;
  pooling.source = first;
  pooling.kernel_height = pooling.kernel_width = pooling.stride_height = pooling.stride_width = 2;
  expect_ok(ablate_builder_add_pooling(builder, &pooling));
  expect_ok(
      ablate_builder_add_sum(builder, NULL, ablate_builder_last_point(builder), second, ABLATE_ACTIVATION_IDENTITY));
  layer = convolution(2, identity);
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  pooling = (ablate_pooling)ABLATE_POOLING_INIT;
  pooling.kind = ABLATE_POOLING_GLOBAL_AVERAGE;
  expect_ok(ablate_builder_add_pooling(builder, &pooling));
  ablate_model *model = finish_builder(builder);
  ablate_sweep *sweep;
  expect_ok(ablate_sweep_create(model, NULL, &sweep));
  float x[256];
  for (size_t index = 0; index < 256; index++)
    x[index] = 1;
  expect_ok(ablate_sweep_feed(sweep, x, 1, (const int32_t[]){0}));
  /* Scores 1.5 and 1.25; 0.5 and 1.25 without the first channel, 1.5 and 0.25 without the second. */
  for (size_t item = 0; item < 2; item++) {
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    expect_ok(ablate_sweep_read(sweep, item, &result));
    assert_int_equal(result.correct, item);
  }
  ablate_sweep_free(sweep);
  ablate_model_free(model);
}

static void test_what_is_wrong_adds_nothing(void **state) {
  (void)state;
  ablate_builder *builder = start_image(3, 4, 4);
  const float weights[3 * 3 * 9] = {0};
  ablate_convolution layer = convolution(3, weights);
  layer.kernel_height = layer.kernel_width = 5;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "4 x 4");
  layer.kernel_height = layer.kernel_width = 3;
  layer.groups = 2;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "2 groups over 3 channels");
  layer.groups = 0;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "0 groups");
  layer.groups = 1;
  layer.units = (size_t)-1;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "units");
  layer.units = (size_t)1 << 60;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "memory");
  layer.units = 3;
  layer.stride_height = 0;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "window");
  layer.stride_height = 1;
  layer.pad_top = (size_t)-1;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "window");
  layer.pad_top = 0;
  layer.source = 7;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "point 7");
  layer.source = ABLATE_NONE;
  layer.activation = (ablate_activation)77;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "convolution.activation is 77");
  layer.activation = ABLATE_ACTIVATION_CLIP;
  layer.beta = 6;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "convolution.beta");
  layer.parameter_count = 2;
  layer.weights = NULL;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "convolution.weights is NULL");
  layer.weights = weights;
  layer.size = 100;
  expect_refused(ablate_builder_add_convolution(builder, &layer), "size 100");
  expect_refused(ablate_builder_add_convolution(builder, NULL), "convolution is NULL");
  ablate_pooling pooling = ABLATE_POOLING_INIT;
  pooling.kind = (ablate_pooling_kind)9;
  expect_refused(ablate_builder_add_pooling(builder, &pooling), "pooling.kind is 9");
  assert_int_equal(ablate_builder_last_point(builder), 0);
  layer.size = sizeof layer;
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  /* The order of the input's values, and the convolution. */
  assert_int_equal(ablate_builder_last_point(builder), 2);
  ablate_builder_free(builder);
  assert_int_equal(ablate_builder_last_point(builder), 0);
}

static void test_pictures(void **state) {
  (void)state;
  ablate_builder *builder = start_image(3, 1, 2);
  expect_ok(add_dense(builder, NULL, 1, (const float[]){1, 1, 1, 1, 1, 1}, NULL, ABLATE_ACTIVATION_IDENTITY));
  ablate_model *model = finish_builder(builder);
  const uint8_t colours[] = {1, 2, 3, 4, 5, 255}, opaque[] = {1, 2, 3, 99, 4, 5, 255, 98}, grey[] = {7, 0};
  const float mean[] = {1, 0, 5}, scale[] = {1, 2, 0.5f};
  float x[7] = {0, 0, 0, 0, 0, 0, 777};
  expect_ok(ablate_rows_from_images(model, colours, 1, 1, 2, 3, mean, scale, x));
  expect_floats(x, 0, 3, 4, 10, -1, 125, 777);
  expect_ok(ablate_rows_from_images(model, opaque, 1, 1, 2, 4, NULL, NULL, x));
  expect_floats(x, 1, 4, 2, 5, 3, 255, 777);
  expect_ok(ablate_rows_from_images(model, grey, 1, 1, 2, 1, mean, NULL, x));
  expect_floats(x, 6, -1, 7, 0, 2, -5, 777);
  expect_ok(ablate_rows_from_images(model, NULL, 0, 1, 2, 3, NULL, NULL, NULL));
  const float wrong[] = {0, 1, NAN}, endless[] = {0, INFINITY, 1};
  expect_refused(ablate_rows_from_images(model, colours, 1, 1, 2, 3, wrong, scale, x), "mean of channel 2");
  expect_refused(ablate_rows_from_images(model, colours, 1, 1, 2, 3, mean, endless, x), "scale of channel 1");
  expect_refused(ablate_rows_from_images(model, NULL, 1, 1, 2, 3, NULL, NULL, x), "images is NULL");
  expect_refused(ablate_rows_from_images(model, colours, 1, 1, 2, 2, NULL, NULL, x), "2 channels");
  expect_refused(ablate_rows_from_images(model, colours, 1, 2, 1, 3, NULL, NULL, x), "[3, 1, 2]");
  expect_refused(ablate_rows_from_images(model, colours, 1, (size_t)-1, (size_t)-1, 3, NULL, NULL, x), "[3, 1, 2]");
  expect_refused(ablate_rows_from_images(model, colours, 1, 0, 2, 1, NULL, NULL, x), "[3, 1, 2]");
  expect_refused(ablate_rows_from_images(model, colours, (size_t)-1, 1, 2, 3, NULL, NULL, x), "rows");
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_weights_are_units_channels_rows_columns),
      cmocka_unit_test(test_a_dense_layer_reads_channels_rows_columns),
      cmocka_unit_test(test_scores_of_images_are_channels_rows_columns),
      cmocka_unit_test(test_normalisations_in_front_of_a_convolution),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_kinds_of_pooling),
      cmocka_unit_test(test_paths_part_and_join),
      cmocka_unit_test(test_what_a_layer_gives_leads_to_the_scores),
      cmocka_unit_test(test_a_sweep_of_channels_on_one_of_two_paths),
      cmocka_unit_test(test_what_is_wrong_adds_nothing),
      cmocka_unit_test(test_pictures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
