/*
 * Builds a network from raw weights, ablates a unit and a synapse, and sweeps.
 *
 * The network computes exclusive or: with inputs a and b, unit 0 is relu(a + b), unit 1 is relu(a + b - 1), and class 1
 * wins where unit 0 - 2 * unit 1 > 1/2. Unit 2 is there to be found useless.
 */
#include <ablate.h>
#include <stdio.h>
#include <stdlib.h>

static void check(ablate_status status) {
  if (status != ABLATE_OK) {
    fprintf(stderr, "build: %s\n", ablate_last_error());
    exit(1);
  }
}

static ablate_model *build(void) {
  static const float hiddenWeights[3][2] = {{1, 1}, {1, 1}, {1, -1}}; /* [units, inputs] */
  static const float hiddenBias[3] = {0, -1, 0};
  static const float outputWeights[2][3] = {{0, 0, 0}, {1, -2, 0}};
  static const float outputBias[2] = {0, -0.5f};
  const size_t shape[1] = {2};

  ablate_dense hidden = ABLATE_DENSE_INIT;
  hidden.name = "hidden";
  hidden.units = 3;
  hidden.weights = &hiddenWeights[0][0];
  hidden.bias = hiddenBias;
  hidden.activation = ABLATE_ACTIVATION_RELU;

  ablate_dense output = ABLATE_DENSE_INIT;
  output.name = "output";
  output.units = 2;
  output.weights = &outputWeights[0][0];
  output.bias = outputBias;

  ablate_builder *builder;
  ablate_model *model;
  check(ablate_builder_create(shape, 1, &builder));
  check(ablate_builder_add_dense(builder, &hidden));
  check(ablate_builder_add_dense(builder, &output));
  check(ablate_builder_build(builder, &model));
  ablate_builder_free(builder);
  return model;
}

static const float rows[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
static const int32_t labels[4] = {0, 1, 1, 0};

static void print_predictions(ablate_session *session, const ablate_mask *mask, const char *what) {
  int32_t predicted[4];
  check(ablate_predict(session, mask, &rows[0][0], 4, predicted));
  printf("%-32s", what);
  for (int i = 0; i < 4; i++) {
    printf(" %d", (int)predicted[i]);
  }
  printf("\n");
}

static void run(const ablate_model *model) {
  ablate_session *session;
  ablate_mask *mask;
  check(ablate_session_create(model, 1, &session));
  check(ablate_mask_create(model, &mask));
  print_predictions(session, NULL, "intact");
  check(ablate_mask_set_unit(mask, 0, 1, 1));
  print_predictions(session, mask, "without unit 1");
  check(ablate_mask_clear(mask));
  check(ablate_mask_set_synapse(mask, 0, 0, 1, 1));
  print_predictions(session, mask, "without the synapse b to unit 0");
  ablate_mask_free(mask);
  ablate_session_free(session);
}

static void sweep(const ablate_model *model) {
  ablate_sweep *sweep;
  check(ablate_sweep_create(model, NULL, &sweep));
  check(ablate_sweep_feed(sweep, &rows[0][0], 4, labels));
  for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    check(ablate_sweep_read(sweep, i, &result));
    printf("unit %zu: %d right, %d lost, %d gained\n", result.unit, (int)result.correct, (int)result.lost,
           (int)result.gained);
  }
  ablate_sweep_free(sweep);
}

int main(void) {
  ablate_model *model = build();
  run(model);
  sweep(model);
  ablate_model_free(model);
}
