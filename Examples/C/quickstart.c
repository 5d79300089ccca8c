/* Loads a network, ablates one unit and prints the scores before and after: quickstart mnist.onnx */
#include <ablate.h>
#include <stdio.h>
#include <stdlib.h>

static void check(ablate_status status) {
  if (status == ABLATE_OK)
    return;
  fprintf(stderr, "quickstart: %s\n", ablate_last_error());
  exit(1);
}

int main(int words, char **word) {
  ablate_model *model;
  ablate_session *session;
  ablate_mask *mask;
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  check(ablate_model_load(words > 1 ? word[1] : "model.onnx", &model));
  check(ablate_model_describe(model, &info));
  check(ablate_session_create(model, 0, &session));
  check(ablate_mask_create(model, &mask));
  check(ablate_mask_set_unit(mask, 0, 0, 1)); /* layer 0, unit 0 */

  size_t width = info.input_width, count = info.output_width;
  float *row = calloc(width + 2 * count, sizeof *row), *intact = row + width, *ablated = intact + count;
  for (size_t i = 0; row != NULL && i < width; i++)
    row[i] = 0.5f; /* your data */
  check(ablate_run(session, NULL, row, 1, ABLATE_OUTPUT_SCORES, intact));
  check(ablate_run(session, mask, row, 1, ABLATE_OUTPUT_SCORES, ablated));
  for (size_t i = 0; i < count; i++)
    printf("score %zu: %9.4f intact, %9.4f without unit 0\n", i, intact[i], ablated[i]);
  free(row);
  ablate_mask_free(mask);
  ablate_session_free(session);
  ablate_model_free(model);
}
