// A program outside the project, built against the installed library.
#include <ablate.h>
#include <stdio.h>

int main(void) {
  if (ablate_version() != ABLATE_VERSION)
    return 1;
  size_t shape[] = {2};
  ablate_builder *builder;
  ablate_model *model;
  ablate_session *session;
  if (ablate_builder_create(shape, 1, &builder))
    return 1;
  const float weights[] = {1, 2, 3, 4}, bias[] = {10, 20};
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.units = 2;
  dense.weights = weights;
  dense.bias = bias;
  if (ablate_builder_add_dense(builder, &dense) || ablate_builder_build(builder, &model) ||
      ablate_session_create(model, 1, &session))
    return 1;

  const float x[] = {1, 1};
  float scores[2];
  if (ablate_run(session, NULL, x, 1, ABLATE_OUTPUT_SCORES, scores))
    return 1;
  // 1 + 2 + 10 and 3 + 4 + 20
  printf("%g %g\n", scores[0], scores[1]);
  ablate_session_free(session);
  ablate_model_free(model);
  ablate_builder_free(builder);
  return 0;
}
