#include "image_hashes.h"

#include "hashing.h"

#include <stdio.h>
#include <stdlib.h>

enum { most_channels = 96, most_kernel = 5, most_side = 14, most_rows = 6, most_layers = 12 };
/* Multiply-adds that sweeps of a network may cost: emulated ones take some 30 ns. */
static const size_t budget = 20000000;

/* Of the point behind the last step. */
typedef struct {
  size_t channels, height, width;
} image;

static float weights[most_channels * most_channels * most_kernel * most_kernel], bias[most_channels];
static float x[most_rows * 8 * most_side * most_side], out[most_rows * most_channels * most_side * most_side];

/* Positions of windows along an axis. */
static size_t positions(size_t length, size_t before, size_t after, size_t kernel, size_t dilation, size_t stride) {
  return (length + before + after - dilation * (kernel - 1) - 1) / stride + 1;
}

/* The largest kernel along an axis that fits without padding. */
static size_t draw_kernel(size_t length, size_t most) { return draw_between(1, length < most ? length : most); }

static void add_convolution(ablate_builder *builder, image *at, size_t units, size_t groups, int is_pointwise,
                            ablate_activation activation) {
  ablate_convolution step = ABLATE_CONVOLUTION_INIT;
  step.units = units;
  step.groups = groups;
  if (!is_pointwise) {
    step.kernel_height = draw_kernel(at->height, most_kernel);
    step.kernel_width = draw_kernel(at->width, most_kernel);
    step.stride_height = draw_between(1, 2);
    step.stride_width = draw_between(1, 2);
    if (2 * step.kernel_height - 1 <= at->height && draw() % 3 == 0)
      step.dilation_height = 2;
    if (2 * step.kernel_width - 1 <= at->width && draw() % 3 == 0)
      step.dilation_width = 2;
    /* No more than makes the image as large as it was. */
    step.pad_top = draw_between(0, step.kernel_height - 1);
    step.pad_bottom = draw_between(0, step.dilation_height * (step.kernel_height - 1) - step.pad_top);
    step.pad_left = draw_between(0, step.kernel_width - 1);
    step.pad_right = draw_between(0, step.dilation_width * (step.kernel_width - 1) - step.pad_left);
  }
  size_t terms = at->channels / groups * step.kernel_height * step.kernel_width;
  draw_values(weights, units * terms, (float)draw_between(1, 4) / (float)(1 + terms / 8));
  draw_values(bias, units, 1);
  step.weights = weights;
  step.bias = bias;
  step.activation = activation;
  CHECK(ablate_builder_add_convolution(builder, &step));
  at->channels = units;
  at->height = positions(at->height, step.pad_top, step.pad_bottom, step.kernel_height, step.dilation_height,
                         step.stride_height);
  at->width =
      positions(at->width, step.pad_left, step.pad_right, step.kernel_width, step.dilation_width, step.stride_width);
}

static void add_pooling(ablate_builder *builder, image *at, ablate_pooling_kind kind) {
  ablate_pooling step = ABLATE_POOLING_INIT;
  step.kind = kind;
  if (kind >= ABLATE_POOLING_GLOBAL_MAXIMUM) {
    at->height = at->width = 1;
  } else {
    step.kernel_height = draw_kernel(at->height, 3);
    step.kernel_width = draw_kernel(at->width, 3);
    step.stride_height = draw_between(1, step.kernel_height);
    step.stride_width = draw_between(1, step.kernel_width);
    step.pad_top = draw_between(0, step.kernel_height - 1);
    step.pad_left = draw_between(0, step.kernel_width - 1);
    at->height = positions(at->height, step.pad_top, 0, step.kernel_height, 1, step.stride_height);
    at->width = positions(at->width, step.pad_left, 0, step.kernel_width, 1, step.stride_width);
  }
  CHECK(ablate_builder_add_pooling(builder, &step));
}

static ablate_activation draw_activation(void) { return (ablate_activation)(draw() % 12); }

static void add_block(ablate_builder *builder, image *at) {
  size_t source = ablate_builder_last_point(builder);
  switch (draw() % 7) {
  case 0:
    add_convolution(builder, at, draw_between(1, 40), 1, 0, draw_activation());
    break;
  case 1:
    add_convolution(builder, at, draw_between(1, most_channels), 1, 1, draw_activation());
    break;
  case 2: /* depthwise */
    add_convolution(builder, at, at->channels, at->channels, 0, draw_activation());
    break;
  case 3: { /* groups */
    size_t groups = at->channels % 3 == 0 ? 3 : at->channels % 2 == 0 ? 2 : 1;
    add_convolution(builder, at, groups * draw_between(1, 20), groups, 0, draw_activation());
    break;
  }
  case 4: /* residual */
    add_convolution(builder, at, at->channels, 1, 1, draw() % 2 ? ABLATE_ACTIVATION_IDENTITY : draw_activation());
    CHECK(ablate_builder_add_sum(builder, NULL, ablate_builder_last_point(builder), source, ABLATE_ACTIVATION_RELU));
    break;
  case 5: { /* squeeze and excite */
    image squeezed = *at;
    add_pooling(builder, &squeezed, ABLATE_POOLING_GLOBAL_AVERAGE);
    add_convolution(builder, &squeezed, at->channels, 1, 1, ABLATE_ACTIVATION_SIGMOID);
    CHECK(ablate_builder_add_product(builder, NULL, source, ablate_builder_last_point(builder)));
    break;
  }
  default:
    add_pooling(builder, at, (ablate_pooling_kind)(draw() % 3));
  }
}

static ablate_model *make_model(const size_t *input) {
  ablate_builder *builder;
  CHECK(ablate_builder_create(input, 3, &builder));
  image at = {input[0], input[1], input[2]};
  add_convolution(builder, &at, draw_between(1, 40), 1, 0, draw_activation());
  for (size_t left = draw_between(1, 4); left > 0; left--)
    add_block(builder, &at);
  if (draw() % 2)
    add_pooling(builder, &at, draw() % 2 ? ABLATE_POOLING_GLOBAL_AVERAGE : ABLATE_POOLING_GLOBAL_MAXIMUM);
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.units = draw_between(2, 12);
  size_t inputs = at.channels * at.height * at.width;
  float *dense_weights = malloc(dense.units * inputs * sizeof *dense_weights);
  if (dense_weights == NULL)
    check(ABLATE_OUT_OF_MEMORY, "malloc");
  draw_values(dense_weights, dense.units * inputs, 1);
  draw_values(bias, dense.units, 1);
  dense.weights = dense_weights;
  dense.bias = bias;
  CHECK(ablate_builder_add_dense(builder, &dense));
  free(dense_weights);
  ablate_model *model;
  CHECK(ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

/* Units of all hidden layers, and kernel slices of the first. */
static ablate_mask *draw_mask(const ablate_model *model, const ablate_replacement *replacement) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  ablate_mask *mask;
  CHECK(ablate_mask_create(model, &mask));
  CHECK(ablate_mask_set_replacement(mask, replacement));
  for (size_t layer = 0; layer + 1 < info.layer_count; layer++) {
    ablate_layer_info own = ABLATE_LAYER_INFO_INIT;
    CHECK(ablate_model_layer(model, layer, &own));
    for (size_t unit = draw() % 4; unit < own.units; unit += draw_between(1, 8))
      CHECK(ablate_mask_set_unit(mask, layer, unit, 1));
    if (layer == 0)
      for (size_t i = 0; i < 5; i++)
        CHECK(ablate_mask_set_synapse(mask, 0, draw() % own.units, draw() % own.inputs, 1));
  }
  return mask;
}

static void hash_runs(const ablate_model *model, const ablate_mask *mask, size_t rows) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  ablate_session *session;
  CHECK(ablate_session_create(model, 1, &session));
  CHECK(ablate_run(session, mask, x, rows, ABLATE_OUTPUT_SCORES, out));
  hash_floats(out, rows * info.output_width);
  for (size_t layer = 0; layer < info.layer_count; layer++) {
    ablate_layer_info own = ABLATE_LAYER_INFO_INIT;
    CHECK(ablate_model_layer(model, layer, &own));
    CHECK(ablate_activations(session, mask, x, rows, layer, ABLATE_POINT_ACTIVATION, out));
    hash_floats(out, rows * own.units * own.height * own.width);
  }
  ablate_session_free(session);
}

/* Units of as many layers, the last first, and for as many rows as the budget allows. */
static void hash_sweep(const ablate_model *model, const ablate_replacement *replacement, uint64_t metrics,
                       size_t rows) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  size_t layers[most_layers], count = 0, cost = 0, whole = 0;
  for (size_t layer = 0; layer < info.layer_count; layer++) {
    ablate_layer_info own = ABLATE_LAYER_INFO_INIT;
    CHECK(ablate_model_layer(model, layer, &own));
    whole += own.units * own.inputs * own.kernel_height * own.kernel_width * own.height * own.width;
  }
  for (size_t layer = info.layer_count - 1; layer-- > 0;) {
    ablate_layer_info own = ABLATE_LAYER_INFO_INIT;
    CHECK(ablate_model_layer(model, layer, &own));
    cost += own.units * whole;
    if (count > 0 && cost > budget)
      break;
    layers[count++] = layer;
  }
  if (rows * cost > budget)
    rows = cost > budget ? 1 : budget / cost;
  int32_t labels[most_rows];
  for (size_t row = 0; row < rows; row++)
    labels[row] = (int32_t)(draw() % info.class_count);
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = 1;
  options.layers = layers;
  options.layer_count = count;
  options.replacement = replacement;
  options.metrics = metrics;
  ablate_sweep *sweep;
  CHECK(ablate_sweep_create(model, &options, &sweep));
  CHECK(ablate_sweep_feed(sweep, x, rows, labels));
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
    CHECK(ablate_sweep_read(sweep, i, &result));
    hash_result(&result);
  }
  ablate_sweep_free(sweep);
}

void hash_image_network(size_t index) {
  size_t input[3] = {draw_between(1, 8), draw_between(3, most_side), draw_between(3, most_side)};
  size_t rows = draw_between(1, most_rows);
  ablate_model *model = make_model(input);
  draw_values(x, rows * input[0] * input[1] * input[2], 2);
  ablate_reference *reference;
  CHECK(ablate_reference_create(model, x, rows, 1, 1, &reference));
  ablate_replacement replacement = draw_replacement(reference);
  ablate_mask *mask = draw_mask(model, &replacement);
  hash_runs(model, NULL, rows);
  uint64_t intact = hash;
  hash_runs(model, mask, rows);
  uint64_t masked = hash;
  hash_sweep(model, &replacement, 0, rows);
  hash_sweep(model, &replacement, ABLATE_METRIC_LOG_LOSS, rows);
  printf("net %zu: %016llx %016llx %016llx rows %zu, image %zu %zu %zu\n", index, (unsigned long long)intact,
         (unsigned long long)masked, (unsigned long long)hash, rows, input[0], input[1], input[2]);
  fflush(stdout);
  ablate_mask_free(mask);
  ablate_reference_free(reference);
  ablate_model_free(model);
}
