/*
 * Runs and sweeps networks of random shapes and prints one hash per network: of all scores, probabilities, activations
 * and sweep figures. Two processors that compute the same bits print the same lines.
 *
 *     hashes [networks]
 */
#include <ablate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { max_width = 300, max_rows = 50, max_layers = 4, activation_count = 12 };
/* Fused multiply-adds a sweep may cost: emulated ones take some 30 ns each. */
static const size_t sweep_budget = 6000000;

typedef struct {
  size_t input_width, layer_count, rows, sweep_rows;
  size_t units[max_layers];
  ablate_activation activations[max_layers];
  ablate_head head;
  int has_affine;
} shape;

static float x[max_rows * max_width], out[max_rows * max_width], weights[max_width * max_width], bias[max_width];
static float center[max_width], scale[max_width];

static void check(ablate_status status, const char *call) {
  if (status == ABLATE_OK)
    return;
  printf("%s: %s: %s\n", call, ablate_status_name(status), ablate_last_error());
  exit(1);
}
#define CHECK(call) check(call, #call)

/* ---- random values: splitmix64, integer arithmetic up to one exact conversion ---- */

static uint64_t state;

static uint64_t draw(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static size_t draw_between(size_t low, size_t high) { return low + draw() % (high - low + 1); }

/* Half of the widths stay small, so that there are networks whose every layer is. */
static size_t draw_width(void) { return draw_between(1, draw() % 2 ? 40 : max_width); }

/* Uniform in [-range, range). */
static void draw_values(float *values, size_t count, float range) {
  for (size_t i = 0; i < count; i++)
    values[i] = range * ((float)(draw() >> 40) * 0x1p-23f - 1);
}

/* ---- hash: FNV-1a, 64 bits ---- */

static uint64_t hash;

static void hash_bytes(const void *bytes, size_t count) {
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < count; i++)
    hash = (hash ^ byte[i]) * 0x100000001b3u;
}

/* IEEE 754 leaves the sign and payload of a NaN open. */
static void hash_floats(const float *values, size_t count) {
  static const float one_nan = __builtin_nanf("");
  for (size_t i = 0; i < count; i++)
    hash_bytes(values[i] == values[i] ? &values[i] : &one_nan, sizeof(float));
}

static void hash_double(double value) {
  if (value != value)
    value = __builtin_nan("");
  hash_bytes(&value, sizeof value);
}

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

  size_t cost = 0, behind = 0;
  for (size_t layer = last; layer > 0; layer--) {
    behind += drawn.units[layer] * drawn.units[layer - 1];
    cost += drawn.units[layer - 1] * behind;
  }
  drawn.sweep_rows = sweep_budget / cost;
  if (drawn.sweep_rows < 1)
    drawn.sweep_rows = 1;
  if (drawn.sweep_rows > drawn.rows)
    drawn.sweep_rows = drawn.rows;
  return drawn;
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
  /* Every fourth network sees rare values, in some rows. */
  if (draw() % 4 == 0)
    for (size_t i = 0; i < 3; i++)
      x[draw() % count] = rare[draw() % 8];
}

static ablate_replacement draw_replacement(const ablate_reference *reference) {
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = (ablate_replacement_kind)(draw() % 5);
  replacement.constant = 0.75f;
  replacement.seed = 7;
  if (replacement.kind == ABLATE_REPLACEMENT_MEAN || replacement.kind == ABLATE_REPLACEMENT_RESAMPLE)
    replacement.reference = reference;
  return replacement;
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

static void hash_result(const ablate_sweep_result *result) {
  hash_bytes(&result->rows, sizeof result->rows);
  hash_bytes(&result->correct, sizeof result->correct);
  hash_bytes(&result->lost, sizeof result->lost);
  hash_bytes(&result->gained, sizeof result->gained);
  hash_bytes(&result->changed, sizeof result->changed);
  hash_double(result->effect);
  hash_double(result->log_loss);
  hash_double(result->label_probability);
}

static void hash_sweep(const ablate_model *model, const shape *shape, const ablate_replacement *replacement) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  CHECK(ablate_model_describe(model, &info));
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.metrics = ABLATE_METRIC_CONFUSION | ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY;
  options.replacement = replacement;
  options.threads = 1;
  int32_t labels[max_rows];
  for (size_t row = 0; row < shape->sweep_rows; row++)
    labels[row] = (int32_t)(draw() % info.class_count);
  ablate_sweep *sweep;
  CHECK(ablate_sweep_create(model, &options, &sweep));
  CHECK(ablate_sweep_feed(sweep, x, shape->sweep_rows, labels));
  static int64_t confusion[max_width * max_width];
  size_t cells = info.class_count * info.class_count;
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  CHECK(ablate_sweep_read_intact(sweep, &result));
  hash_result(&result);
  for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
    CHECK(ablate_sweep_read(sweep, i, &result));
    hash_result(&result);
    CHECK(ablate_sweep_confusion(sweep, i, confusion, cells));
    hash_bytes(confusion, cells * sizeof *confusion);
  }
  ablate_sweep_free(sweep);
}

int main(int argument_count, char **arguments) {
  size_t networks = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 120;
  printf("isa %s\n", ablate_isa());
  for (size_t index = 0; index < networks; index++) {
    state = index;
    hash = 0xcbf29ce484222325u;
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
    hash_sweep(model, &shape, &replacement);
    printf("net %zu: %016llx %016llx %016llx rows %zu %zu, head %d, %zu", index, (unsigned long long)intact,
           (unsigned long long)masked, (unsigned long long)hash, shape.rows, shape.sweep_rows, (int)shape.head,
           shape.input_width);
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
