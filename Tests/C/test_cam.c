/* Class activation maps and dissection; figures worked out by hand. */
#include "networks.h"

/*
 * A 2 x 3 image x; channels A0 = relu(x), A1 = relu(-x), their means m; scores 2 m0 + m1 + 1 and m0 + 3 m1.
 *
 *   x  1 -2  3    A0  1 0 3    A1  0 2 0    means 1.5 and 2, scores 6 and 7.5
 *     -4  5 -6        0 5 0        4 0 6
 */
static const float image[] = {1, -2, 3, -4, 5, -6};

static ablate_builder *make_maps_builder(size_t hidden) {
  ablate_builder *builder;
  const size_t shape[] = {1, 2, 3};
  expect_ok(ablate_builder_create(shape, 3, &builder));
  ablate_convolution layer = ABLATE_CONVOLUTION_INIT;
  const float weights[] = {1, -1};
  layer.units = 2;
  layer.weights = weights;
  layer.activation = ABLATE_ACTIVATION_RELU;
  expect_ok(ablate_builder_add_convolution(builder, &layer));
  ablate_pooling mean = ABLATE_POOLING_INIT;
  mean.kind = ABLATE_POOLING_GLOBAL_AVERAGE;
  expect_ok(ablate_builder_add_pooling(builder, &mean));
  const float scores[] = {2, 1, 1, 3}, bias[] = {1, 0};
  for (size_t i = 0; i < hidden; i++)
    expect_ok(add_dense(builder, NULL, 2, scores, bias, ABLATE_ACTIVATION_RELU));
  expect_ok(add_dense(builder, NULL, 2, scores, bias, ABLATE_ACTIVATION_IDENTITY));
  return builder;
}

static ablate_model *make_maps(size_t hidden) { return finish_builder(make_maps_builder(hidden)); }

static void test_maps(void **state) {
  (void)state;
  ablate_model *model = make_maps(0);
  ablate_cam_info info = ABLATE_CAM_INFO_INIT;
  expect_ok(ablate_cam_describe(model, &info));
  expect_integers(((size_t[]){info.map_count, info.channels, info.layer, info.height, info.width, info.input_height,
                              info.input_width}),
                  2, 2, 0, 2, 3, 2, 3);
  float weights[2];
  expect_ok(ablate_cam_weights(model, 1, weights, 2));
  expect_floats(weights, 1, 3);
  expect_refused(ablate_cam_weights(model, 2, weights, 2), "class 2");
  expect_refused(ablate_cam_weights(model, -1, weights, 2), "class -1");
  expect_refused(ablate_cam_weights(model, 1, weights, 3), "count is 3");

  ablate_session *session;
  expect_ok(ablate_session_create(model, 2, &session));
  float rows[12], maps[12];
  memcpy(rows, image, sizeof image);
  memcpy(rows + 6, image, sizeof image);
  const int32_t classes[] = {0, 1};
  expect_ok(ablate_cam(session, NULL, rows, 2, classes, 0, maps));
  expect_floats(maps, 2, 2, 6, 4, 10, 6, 1, 6, 3, 12, 5, 18);
  expect_ok(ablate_cam(session, NULL, rows, 2, NULL, 1, maps));
  expect_floats(maps, 1, 6, 3, 12, 5, 18, 1, 6, 3, 12, 5, 18);
  expect_refused(ablate_cam(session, NULL, rows, 2, (const int32_t[]){0, 2}, 0, maps), "class 2");
  expect_refused(ablate_cam(session, NULL, rows, 2, (const int32_t[]){0, -1}, 0, maps), "class -1");
  expect_refused(ablate_cam(session, NULL, NULL, 2, NULL, 0, maps), "x is NULL");
  expect_refused(ablate_cam(session, NULL, rows, 2, NULL, 0, NULL), "out is NULL");
  expect_ok(ablate_cam(session, NULL, NULL, 0, NULL, 0, NULL));

  ablate_mask *mask;
  expect_ok(ablate_mask_create(model, &mask));
  expect_ok(ablate_mask_set_unit(mask, 0, 1, 1));
  expect_ok(ablate_cam(session, mask, image, 1, NULL, 0, maps));
  expect_floats(maps, 2, 0, 6, 0, 10, 0);
  ablate_mask_free(mask);
  ablate_session_free(session);
  ablate_model_free(model);
}

/* Classes are taken before maps are written: they may lie where the maps go. */
static void test_classes_under_the_maps(void **state) {
  (void)state;
  ablate_model *model = make_maps(0);
  ablate_session *session;
  expect_ok(ablate_session_create(model, 1, &session));
  enum { IMAGES = 40 };
  float rows[IMAGES * 6];
  union {
    int32_t classes[IMAGES];
    float maps[IMAGES * 6];
  } both;
  for (size_t row = 0; row < IMAGES; row++) {
    memcpy(rows + 6 * row, image, sizeof image);
    both.classes[row] = row % 2;
  }
  expect_ok(ablate_cam(session, NULL, rows, IMAGES, both.classes, 0, both.maps));
  for (size_t row = 0; row < IMAGES; row += 2)
    assert_memory_equal(both.maps + 6 * row, ((float[]){2, 2, 6, 4, 10, 6, 1, 6, 3, 12, 5, 18}), 12 * sizeof(float));
  ablate_session_free(session);
  ablate_model_free(model);
}

static void test_channels_go(void **state) {
  (void)state;
  ablate_model *model = make_maps(0);
  ablate_cam_step steps[4] = {ABLATE_CAM_STEP_INIT};
  int32_t top[8];
  float shares[8], maps[4 * 6];
  size_t count = 0;
  expect_ok(ablate_cam_remove(model, NULL, image, -1, steps, top, shares, maps, 4, &count));
  assert_int_equal(count, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(steps[i].removed, i);
    assert_int_equal(steps[i].shown_class, 1);
  }
  expect_floats(((float[]){steps[0].score, steps[1].score, steps[2].score}), 7.5f, 1.5f, 0);
  expect_integers(((int32_t[]){steps[0].prediction, steps[1].prediction, steps[2].prediction}), 1, 0, 0);
  expect_integers(top, 1, 0, 0, 1, 0, 1);
  /* Of scores 6 and 7.5, 4 and 1.5, 1 and 0. */
  expect_near(shares, 1e-6, 0.8175745f, 0.1824255f, 0.9241418f, 0.0758582f, 0.7310586f, 0.2689414f);
  expect_near(((float[]){steps[0].probability, steps[1].probability}), 1e-6, 0.8175745f, 0.0758582f);
  expect_floats(maps, 1, 6, 3, 12, 5, 18, 1, 0, 3, 0, 5, 0, 0, 0, 0, 0, 0, 0);

  const size_t points[] = {1};
  ablate_cam_options options = ABLATE_CAM_OPTIONS_INIT;
  options.points = points;
  options.point_count = 1;
  options.top_count = 1;
  options.order = ABLATE_CAM_LOWEST_WEIGHT;
  expect_ok(ablate_cam_remove(model, &options, image, 1, steps, top, NULL, maps, 1, &count));
  assert_int_equal(count, 1);
  expect_floats(&steps[0].score, 6);
  expect_floats(maps, 0, 6, 0, 12, 0, 18);

  /* The other class goes on reading the channel. */
  options.of_class_only = 1;
  expect_ok(ablate_cam_remove(model, &options, image, 1, steps, NULL, shares, NULL, 1, &count));
  expect_floats(&steps[0].score, 6);
  expect_near(shares, 1e-6, 0.5f);
  options.of_class_only = 0;

  ablate_replacement constant = ABLATE_REPLACEMENT_INIT;
  constant.kind = ABLATE_REPLACEMENT_CONSTANT;
  constant.constant = 4;
  options.replacement = &constant;
  expect_ok(ablate_cam_remove(model, &options, image, 1, steps, NULL, NULL, maps, 1, &count));
  expect_floats(&steps[0].score, 10);
  expect_floats(maps, 4, 10, 4, 16, 4, 22);
  ablate_model_free(model);
}

static void test_orders(void **state) {
  (void)state;
  ablate_model *model = make_maps(0);
  ablate_cam_options options = ABLATE_CAM_OPTIONS_INIT;
  size_t channels[2] = {9, 9}, count = 0;
  expect_ok(ablate_cam_channels(model, NULL, 1, channels, 2, &count));
  expect_integers(channels, 1, 0);
  options.order = ABLATE_CAM_OUTSIDE_WINDOW;
  options.low = 1;
  options.high = 2;
  expect_ok(ablate_cam_channels(model, &options, 1, channels, 2, &count));
  assert_int_equal(count, 1);
  expect_integers(channels, 1);
  options.high = 0;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 2, &count), "window");
  const size_t given[] = {0, 0};
  options.channels = given;
  options.channel_count = 1;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 2, &count), "ABLATE_CAM_GIVEN");
  options.order = ABLATE_CAM_GIVEN;
  expect_ok(ablate_cam_channels(model, &options, 1, channels, 2, &count));
  assert_int_equal(count, 1);
  options.channel_count = 2;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 2, &count), "channel 0");
  options.channel_count = 3;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 2, &count), "options.channel_count is 3");
  options.channel_count = 1;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 1, &count), "capacity is 1");
  expect_refused(ablate_cam_channels(model, &options, 2, channels, 2, &count), "class 2");
  expect_refused(ablate_cam_channels(model, &options, -1, channels, 2, &count), "class -1");
  options.order = (ablate_cam_order)8;
  options.channels = NULL;
  options.channel_count = 0;
  expect_refused(ablate_cam_channels(model, &options, 1, channels, 2, &count), "options.order is 8");
  ablate_model_free(model);
}

static int stop_at_two(uint64_t done, uint64_t total, void *user) {
  assert_int_equal(total, 3);
  *(uint64_t *)user = done;
  return done == 2;
}

static void test_refusals_and_cancelling(void **state) {
  (void)state;
  ablate_model *model = make_maps(0), *hidden = make_maps(1);
  ablate_cam_info info = ABLATE_CAM_INFO_INIT;
  ablate_cam_step steps[3] = {ABLATE_CAM_STEP_INIT};
  ablate_cam_options options = ABLATE_CAM_OPTIONS_INIT;
  size_t count;
  uint64_t done = 0;
  expect(ABLATE_UNSUPPORTED, ablate_cam_describe(hidden, &info), "global average pooling");
  expect(ABLATE_UNSUPPORTED, ablate_cam_remove(hidden, NULL, image, 0, steps, NULL, NULL, NULL, 3, &count),
         "global average pooling");
  expect_refused(ablate_cam_remove(model, NULL, NULL, 0, steps, NULL, NULL, NULL, 3, &count), "x is NULL");
  expect_refused(ablate_cam_remove(model, NULL, image, 0, NULL, NULL, NULL, NULL, 3, &count), "outSteps is NULL");
  expect_refused(ablate_cam_remove(model, NULL, image, 0, steps, NULL, NULL, NULL, 2, &count), "capacity is 2");
  expect_refused(ablate_cam_remove(model, NULL, image, 2, steps, NULL, NULL, NULL, 3, &count), "class 2");
  options.top_count = 3;
  expect_refused(ablate_cam_remove(model, &options, image, 0, steps, NULL, NULL, NULL, 3, &count), "top_count is 3");
  options.top_count = 0;
  options.progress = stop_at_two;
  options.user = &done;
  expect(ABLATE_CANCELLED, ablate_cam_remove(model, &options, image, 0, steps, NULL, NULL, NULL, 3, &count), NULL);
  assert_int_equal(done, 2);
  ablate_model_free(hidden);
  ablate_model_free(model);
}

/* Labels have maps, but no row is of one of them, so none can be looked at while channels go, named or not. */
static void test_labels(void **state) {
  (void)state;
  ablate_builder *builder = make_maps_builder(0);
  expect_ok(ablate_builder_set_head(builder, ABLATE_HEAD_MULTILABEL));
  ablate_model *model = finish_builder(builder);
  ablate_session *session;
  ablate_cam_step steps[3] = {ABLATE_CAM_STEP_INIT};
  float map[6];
  size_t count;
  expect_ok(ablate_session_create(model, 1, &session));
  expect(ABLATE_UNSUPPORTED, ablate_cam(session, NULL, image, 1, NULL, 0, map), "name it");
  expect_ok(ablate_cam(session, NULL, image, 1, (const int32_t[]){1}, 0, map));
  for (int32_t shown = -1; shown < 2; shown++)
    expect(ABLATE_UNSUPPORTED, ablate_cam_remove(model, NULL, image, shown, steps, NULL, NULL, NULL, 3, &count),
           "channels are removed from models that put each row into one class");
  ablate_session_free(session);
  ablate_model_free(model);
}

static void test_balanced_accuracies(void **state) {
  (void)state;
  /* Class 0: 8 of 10, and 20 - 3 of 20 others are not taken for it. No rows are of class 2. All are of class 3. */
  const int64_t matrices[] = {17, 3, 2, 8, 18, 2, 8, 12, 24, 6, 0, 0, 0, 0, 1, 4};
  double found[4];
  expect_ok(ablate_balanced_accuracies(matrices, 4, found));
  expect_double(found[0], (0.8 + 0.85) / 2, 1e-15);
  expect_double(found[1], (0.6 + 0.9) / 2, 1e-15);
  assert_true(found[2] != found[2] && found[3] != found[3]);
  expect_refused(ablate_balanced_accuracies((const int64_t[]){1, 1, 1, 1, 0, -1, 1, 1}, 2, found), "matrices[1]");
  expect_refused(ablate_balanced_accuracies(NULL, 3, found), "matrices is NULL");
  expect_refused(ablate_balanced_accuracies(matrices, 0, found), "classes is 0");
  expect_refused(ablate_balanced_accuracies(matrices, 3, NULL), "outAccuracies is NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_maps),
      cmocka_unit_test(test_classes_under_the_maps),
      cmocka_unit_test(test_channels_go),
      cmocka_unit_test(test_orders),
      cmocka_unit_test(test_refusals_and_cancelling),
      cmocka_unit_test(test_labels),
      cmocka_unit_test(test_balanced_accuracies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
