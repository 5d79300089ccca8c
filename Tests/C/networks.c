#include "networks.h"

const float tiny_rows[] = {1, 1, 2, 0, -1, 2, 0, -1};
const float tiny_hidden_weights[] = {1, 2, -1, 1, 2, -1};
const float tiny_hidden_bias[] = {0, 1, -1};
const float tiny_score_weights[] = {1, -1, 2, -1, 2, 1};
const float tiny_score_bias[] = {0, 1};

ablate_builder *start_builder(size_t inputs) {
  ablate_builder *builder = NULL;
  expect_ok(ablate_builder_create(&inputs, 1, &builder));
  assert_non_null(builder);
  return builder;
}

ablate_status add_dense(ablate_builder *builder, const char *name, size_t units, const float *weights,
                        const float *bias, ablate_activation activation) {
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.name = name;
  dense.units = units;
  dense.weights = weights;
  dense.bias = bias;
  dense.activation = activation;
  return ablate_builder_add_dense(builder, &dense);
}

ablate_model *finish_builder(ablate_builder *builder) {
  ablate_model *model = NULL;
  expect_ok(ablate_builder_build(builder, &model));
  assert_non_null(model);
  ablate_builder_free(builder);
  return model;
}

ablate_model *make_tiny(ablate_head head) {
  ablate_builder *builder = start_builder(2);
  expect_ok(add_dense(builder, "hidden", 3, tiny_hidden_weights, tiny_hidden_bias, ABLATE_ACTIVATION_RELU));
  expect_ok(add_dense(builder, "scores", 2, tiny_score_weights, tiny_score_bias, ABLATE_ACTIVATION_IDENTITY));
  expect_ok(ablate_builder_set_head(builder, head));
  return finish_builder(builder);
}

ablate_model *make_single(size_t inputs, size_t units, const float *weights, const float *bias,
                          ablate_activation activation, ablate_head head) {
  ablate_builder *builder = start_builder(inputs);
  expect_ok(add_dense(builder, NULL, units, weights, bias, activation));
  expect_ok(ablate_builder_set_head(builder, head));
  return finish_builder(builder);
}

void fill_random(float *values, size_t count, uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)((int32_t)(seed >> 8) - (1 << 23)) / (float)(1 << 23);
  }
}

ablate_model *make_random(const size_t *widths, size_t count, uint32_t seed) {
  ablate_builder *builder = start_builder(widths[0]);
  for (size_t layer = 1; layer < count; layer++) {
    const size_t weights = widths[layer] * widths[layer - 1];
    float *values = malloc((weights + widths[layer]) * sizeof(float));
    assert_non_null(values);
    fill_random(values, weights + widths[layer], seed + (uint32_t)layer);
    const ablate_activation activation = layer + 1 < count ? ABLATE_ACTIVATION_RELU : ABLATE_ACTIVATION_IDENTITY;
    expect_ok(add_dense(builder, NULL, widths[layer], values, values + weights, activation));
    free(values);
  }
  return finish_builder(builder);
}

handles make_handles(void) {
  handles live;
  live.builder = start_builder(2);
  live.model = make_tiny(ABLATE_HEAD_LOGITS);
  expect_ok(ablate_reference_create(live.model, tiny_rows, ROWS, 1, 1, &live.reference));
  expect_ok(ablate_mask_create(live.model, &live.mask));
  expect_ok(ablate_session_create(live.model, 1, &live.session));
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = 1;
  expect_ok(ablate_sweep_create(live.model, &options, &live.sweep));
  return live;
}

void free_handles(handles *live) {
  ablate_builder_free(live->builder);
  ablate_model_free(live->model);
  ablate_reference_free(live->reference);
  ablate_mask_free(live->mask);
  ablate_session_free(live->session);
  ablate_sweep_free(live->sweep);
}

size_t bad_handles(enum handle_type type, const handles *live, void *out[BAD_HANDLES]) {
  static int in_data;
  int on_the_stack = 0;
  size_t count = 0;
  out[count++] = NULL;
  out[count++] = (void *)(uintptr_t)1;
  out[count++] = (void *)(uintptr_t)0x1234;
  out[count++] = (void *)UINTPTR_MAX;
  out[count++] = (void *)(UINTPTR_MAX / 2);
  out[count++] = &on_the_stack;
  out[count++] = &in_data;
  handles freed = make_handles();
  free_handles(&freed);
  void *const alive[] = {live->builder, live->model, live->reference, live->mask, live->session, live->sweep};
  void *const stale[] = {freed.builder, freed.model, freed.reference, freed.mask, freed.session, freed.sweep};
  out[count++] = stale[type];
  for (size_t other = 0; other < COUNT(alive); other++)
    if (other != (size_t)type)
      out[count++] = alive[other];
  assert_true(count <= BAD_HANDLES);
  return count;
}
