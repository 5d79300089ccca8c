/*
 * Runs and sweeps networks of random shapes, every third of convolutions, and prints one hash per network: of all
 * scores, probabilities, activations and sweep figures. Two processors that compute the same bits print the same lines.
 *
 *     hashes [networks]
 */
#include "hashing.h"
#include "image_hashes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { max_width = 300, max_rows = 50, max_layers = 4, activation_count = 12 };
/* Multiply-adds a sweep may cost if all is run, and if bounds settle most of it: emulated ones take some 30 ns. */
static const size_t run_budget = 2000000, bounded_budget = 5000000;
/* Layers with more synapses, or more pairs, are not swept for them. */
static const size_t most_items = 4000;

typedef struct {
  size_t input_width, layer_count, rows;
  size_t units[max_layers];
  ablate_activation activations[max_layers];
  ablate_head head;
  int has_affine;
  /* Wide enough, and with enough zeros shared by rows, for the kernels to leave zeros out. */
  int is_sparse;
} shape;

static float x[max_rows * max_width], out[max_rows * max_width], weights[max_width * max_width], bias[max_width];
static float center[max_width], scale[max_width];

/* Half of the widths stay small, so that there are networks whose every layer is. */
static size_t draw_width(void) { return draw_between(1, draw() % 2 ? 40 : max_width); }

/* ---- networks ---- */

static shape draw_shape(size_t index) {
  static const ablate_head heads[] = {ABLATE_HEAD_LOGITS, ABLATE_HEAD_SOFTMAX, ABLATE_HEAD_LOG_SOFTMAX,
                                      ABLATE_HEAD_BINARY};
  shape drawn = {0};
  drawn.input_width = draw_width();
  drawn.layer_count = draw_between(2, max_layers);
  drawn.head = heads[draw() % 4];
  drawn.has_affine = draw() % 2;
  for (size_t layer = 0; layer < drawn.layer_count; layer++) {
    drawn.units[layer] = draw_width();
    drawn.activations[layer] = (ablate_activation)((index + 5 * layer) % activation_count);
  }
  size_t last = drawn.layer_count - 1;
  drawn.activations[last] = ABLATE_ACTIVATION_IDENTITY;
  drawn.units[last] = drawn.head == ABLATE_HEAD_BINARY ? 1 : draw_between(2, 40);
  drawn.rows = draw_between(1, max_rows);
  drawn.is_sparse = index % 3 == 1;
  if (drawn.is_sparse) {
    drawn.has_affine = 0;
    drawn.input_width = draw_between(64, max_width);
    drawn.units[0] = draw_between(128, max_width);
    drawn.rows = draw_between(12, max_rows);
    /* ReLU units that are off for all rows are zeros of the layer behind. */
    if (draw() % 2) {
      drawn.activations[0] = ABLATE_ACTIVATION_RELU;
      if (drawn.layer_count > 2)
        drawn.units[1] = draw_between(128, max_width);
    }
  }
  return drawn;
}

/* Units that are often off, and units all of whose terms are zeros of either sign, which can sum up to -0. */
static void draw_zeros_of_units(const shape *shape, size_t layer, size_t inputs, ablate_layout layout) {
  size_t units = shape->units[layer];
  for (size_t unit = 0; unit < units; unit++) {
    if (draw() % 2)
      bias[unit] = -3;
    if (draw() % 16)
      continue;
    bias[unit] = draw() % 4 ? -0.0f : 0;
    uint64_t kind = draw() % 3;
    for (size_t input = 0; input < inputs; input++) {
      size_t place = layout == ABLATE_LAYOUT_OUT_IN ? unit * inputs + input : input * units + unit;
      weights[place] = kind == 0 || (kind == 1 && draw() % 2) ? -0.0f : 0;
    }
  }
}

static ablate_model *make_model(const shape *shape) {
  ablate_builder *builder;
  CHECK(ablate_builder_create(&shape->input_width, 1, &builder));
  if (shape->has_affine) {
    draw_values(center, shape->input_width, 1);
    draw_values(scale, shape->input_width, 2);
    CHECK(ablate_builder_add_affine(builder, NULL, center, scale, NULL));
  }
  size_t inputs = shape->input_width;
  for (size_t layer = 0; layer < shape->layer_count; layer++) {
    size_t units = shape->units[layer];
    /* Ranges from tame to saturating. */
    draw_values(weights, units * inputs, (float)draw_between(1, 8) / (float)(1 + inputs / 16));
    draw_values(bias, units, 1);
    ablate_dense dense = ABLATE_DENSE_INIT;
    dense.units = units;
    dense.layout = draw() % 2 ? ABLATE_LAYOUT_OUT_IN : ABLATE_LAYOUT_IN_OUT;
    dense.weights = weights;
    dense.bias = bias;
    if (shape->is_sparse && layer + 1 < shape->layer_count)
      draw_zeros_of_units(shape, layer, inputs, dense.layout);
    dense.activation = shape->activations[layer];
    CHECK(ablate_builder_add_dense(builder, &dense));
    inputs = units;
  }
  CHECK(ablate_builder_set_head(builder, shape->head));
  ablate_model *model;
  CHECK(ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

static void draw_input(const shape *shape) {
  static const float rare[] = {
      0, -0.0f, 1e-40f, 3e38f, -1e20f, __builtin_inff(), -__builtin_inff(), __builtin_nanf("")};
  size_t count = shape->rows * shape->input_width;
  draw_values(x, count, 3);
  if (shape->is_sparse) {
    uint64_t percent = draw_between(35, 95);
    for (size_t input = 0; input < shape->input_width; input++) {
      int is_shared = draw() % 100 < percent;
      for (size_t row = 0; row < shape->rows; row++)
        if (is_shared || draw() % 3 == 0)
          x[row * shape->input_width + input] = draw() % 2 ? 0 : -0.0f;
    }
  }
  /* Every fourth network sees rare values, in some rows. */
  if (draw() % 4 == 0)
    for (size_t i = 0; i < 3; i++)
      x[draw() % count] = rare[draw() % 8];
}

static ablate_mask *draw_mask(const ablate_model *model, const shape *shape, const ablate_replacement *replacement) {
  ablate_mask *mask;
  CHECK(ablate_mask_create(model, &mask));
  CHECK(ablate_mask_set_replacement(mask, replacement));
  for (size_t layer = 0; layer + 1 < shape->layer_count; layer++)
    for (size_t unit = 0; unit < shape->units[layer]; unit += draw_between(1, 6))
      CHECK(ablate_mask_set_unit(mask, layer, unit, 1));
  for (size_t i = 0; i < 5; i++)
    CHECK(ablate_mask_set_synapse(mask, 0, draw() % shape->units[0], draw() % shape->input_width, 1));
  return mask;
}

/* ---- what is hashed ---- */

static void hash_runs(const ablate_model *model, const shape *shape, const ablate_mask *mask) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  ablate_session *session;
  CHECK(ablate_session_create(model, 1, &session));
  CHECK(ablate_run(session, mask, x, shape->rows, ABLATE_OUTPUT_SCORES, out));
  hash_floats(out, shape->rows * info.output_width);
  CHECK(ablate_run(session, mask, x, shape->rows, ABLATE_OUTPUT_PROBABILITIES, out));
  hash_floats(out, shape->rows * info.probability_width);
  CHECK(ablate_run(session, mask, x, shape->rows, ABLATE_OUTPUT_MODEL, out));
  hash_floats(out, shape->rows * info.class_count);
  int32_t labels[max_rows];
  CHECK(ablate_predict(session, mask, x, shape->rows, labels));
  hash_bytes(labels, shape->rows * sizeof *labels);
  size_t layer = draw() % (shape->layer_count - 1);
  for (int point = ABLATE_POINT_ACTIVATION; point <= ABLATE_POINT_PRE_ACTIVATION; point++) {
    CHECK(ablate_activations(session, mask, x, shape->rows, layer, (ablate_point)point, out));
    hash_floats(out, shape->rows * shape->units[layer]);
  }
  ablate_session_free(session);
}

/* Feeds as many rows as the budget allows for, and hashes all results. */
static void hash_sweep(const ablate_model *model, const shape *shape, const ablate_sweep_options *options,
                       size_t cost) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  size_t budget = options->metrics & ABLATE_METRIC_LOG_LOSS ? run_budget : bounded_budget;
  size_t rows = budget / (cost + 1);
  rows = rows < 1 ? 1 : rows > shape->rows ? shape->rows : rows;
  int32_t labels[max_rows];
  for (size_t row = 0; row < rows; row++)
    labels[row] = (int32_t)(draw() % info.class_count);
  ablate_sweep *sweep;
  CHECK(ablate_sweep_create(model, options, &sweep));
  CHECK(ablate_sweep_feed(sweep, x, rows, labels));
  static int64_t confusion[max_width * max_width];
  size_t cells = info.class_count * info.class_count;
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  CHECK(ablate_sweep_read_intact(sweep, &result));
  hash_result(&result);
  for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
    CHECK(ablate_sweep_read(sweep, i, &result));
    hash_result(&result);
    if (options->metrics & ABLATE_METRIC_CONFUSION) {
      CHECK(ablate_sweep_confusion(sweep, i, confusion, cells));
      hash_bytes(confusion, cells * sizeof *confusion);
    }
  }
  ablate_sweep_free(sweep);
}

/* Every kind of sweep; of units, with metrics that need every score as well as without. */
static void hash_sweeps(const ablate_model *model, const shape *shape, const ablate_replacement *replacement,
                        const ablate_mask *mask) {
  size_t behind[max_layers] = {0}, all_units = 0, inputs[max_layers];
  for (size_t layer = shape->layer_count; layer-- > 0;) {
    inputs[layer] = layer == 0 ? shape->input_width : shape->units[layer - 1];
    if (layer + 1 < shape->layer_count)
      behind[layer] = behind[layer + 1] + shape->units[layer] * shape->units[layer + 1];
    all_units += shape->units[layer] * behind[layer];
  }
  size_t whole = behind[0] + shape->input_width * shape->units[0];

  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = 1;
  options.replacement = replacement;
  options.metrics = ABLATE_METRIC_CONFUSION | ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY |
                    ABLATE_METRIC_KL_DIVERGENCE | ABLATE_METRIC_MARGIN;
  hash_sweep(model, shape, &options, all_units);
  options.metrics = ABLATE_METRIC_CONFUSION;
  hash_sweep(model, shape, &options, all_units);

  options.metrics = 0;
  for (size_t layer = 0; layer < shape->layer_count; layer++) {
    size_t layers[] = {layer, layer + 1}, units = shape->units[layer];
    size_t synapses = units * inputs[layer], pairs = units * (units - 1) / 2;
    options.layers = layers;
    options.kind = ABLATE_SWEEP_PAIRS;
    options.replacement = replacement;
    options.layer_count = 1;
    if (layer + 1 < shape->layer_count && pairs <= most_items)
      hash_sweep(model, shape, &options, pairs * behind[layer] / 8);
    options.layer_count = 2;
    if (layer + 2 < shape->layer_count && units * shape->units[layer + 1] <= most_items)
      hash_sweep(model, shape, &options, units * shape->units[layer + 1] * behind[layer] / 8);
    options.kind = ABLATE_SWEEP_SYNAPSES;
    options.replacement = NULL;
    options.layer_count = 1;
    if (synapses <= most_items)
      hash_sweep(model, shape, &options, synapses * (behind[layer] + inputs[layer]) / 8);
  }
  options.layers = NULL;
  options.layer_count = 0;

  options.kind = ABLATE_SWEEP_INPUTS;
  options.replacement = replacement->kind == ABLATE_REPLACEMENT_RESAMPLE || replacement->kind == ABLATE_REPLACEMENT_DEAD
                            ? NULL
                            : replacement;
  hash_sweep(model, shape, &options, shape->input_width * whole);

  ablate_unit order[12];
  options.kind = ABLATE_SWEEP_CUMULATIVE;
  options.replacement = replacement;
  options.order = order;
  for (size_t place = 0; place < shape->layer_count - 1; place++)
    order[options.order_count++] = (ablate_unit){place, draw() % shape->units[place]};
  for (size_t unit = 0; unit < shape->units[0] && options.order_count < 12; unit++)
    if (unit != order[0].unit)
      order[options.order_count++] = (ablate_unit){0, unit};
  options.metrics = ABLATE_METRIC_LOG_LOSS;
  hash_sweep(model, shape, &options, options.order_count * whole);

  ablate_mask *other = draw_mask(model, shape, replacement);
  const ablate_mask *masks[] = {mask, other, mask};
  options.kind = ABLATE_SWEEP_MASKS;
  options.replacement = NULL;
  options.order = NULL;
  options.order_count = 0;
  options.masks = masks;
  options.mask_count = 3;
  hash_sweep(model, shape, &options, 3 * whole);
  ablate_mask_free(other);
}

int main(int argument_count, char **arguments) {
  size_t networks = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 120;
  printf("isa %s\n", ablate_isa());
  for (size_t index = 0; index < networks; index++) {
    state = index;
    hash = 0xcbf29ce484222325u;
    if (index % 3 == 2) {
      hash_image_network(index);
      continue;
    }
    shape shape = draw_shape(index);
    ablate_model *model = make_model(&shape);
    draw_input(&shape);
    ablate_reference *reference;
    CHECK(ablate_reference_create(model, x, shape.rows, 1, 1, &reference));
    ablate_replacement replacement = draw_replacement(reference);
    ablate_mask *mask = draw_mask(model, &shape, &replacement);
    hash_runs(model, &shape, NULL);
    uint64_t intact = hash;
    hash_runs(model, &shape, mask);
    uint64_t masked = hash;
    hash_sweeps(model, &shape, &replacement, mask);
    printf("net %zu: %016llx %016llx %016llx rows %zu, head %d, %s, %zu", index, (unsigned long long)intact,
           (unsigned long long)masked, (unsigned long long)hash, shape.rows, (int)shape.head,
           shape.is_sparse ? "sparse" : "dense", shape.input_width);
    for (size_t layer = 0; layer < shape.layer_count; layer++)
      printf(" %zu/%d", shape.units[layer], (int)shape.activations[layer]);
    printf("\n");
    fflush(stdout);
    ablate_mask_free(mask);
    ablate_reference_free(reference);
    ablate_model_free(model);
  }
  return 0;
}
