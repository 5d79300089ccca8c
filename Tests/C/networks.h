/* Small networks whose figures can be worked out by hand, and one live handle of each type. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include "expect.h"

/*
 * The 2-3-2 network of most tests, layers "hidden" (ReLU) and "scores":
 *
 *   h0 = relu( x0 + 2 x1)        s0 =  h0 -   h1 + 2 h2
 *   h1 = relu(-x0 +   x1 + 1)    s1 = -h0 + 2 h1 +   h2 + 1
 *   h2 = relu(2 x0 -  x1 - 1)
 *
 *   row        pre-activations   h          scores    prediction
 *   ( 1,  1)   ( 3,  1,  0)      (3, 1, 0)  ( 2, 0)   0
 *   ( 2,  0)   ( 2, -1,  3)      (2, 0, 3)  ( 8, 2)   0
 *   (-1,  2)   ( 3,  4, -5)      (3, 4, 0)  (-1, 6)   1
 *   ( 0, -1)   (-2,  0,  0)      (0, 0, 0)  ( 0, 1)   1
 */
enum { ROWS = 4 };
extern const float tiny_rows[ROWS * 2];
extern const float tiny_hidden_weights[3 * 2];
extern const float tiny_hidden_bias[3];
extern const float tiny_score_weights[2 * 3];
extern const float tiny_score_bias[2];
ablate_model *make_tiny(ablate_head head);

/** A builder for rows of `inputs` values. */
ablate_builder *start_builder(size_t inputs);
/** Adds a dense layer with weights [units, inputs]; `name` and `bias` may be NULL. */
ablate_status add_dense(ablate_builder *builder, const char *name, size_t units, const float *weights,
                        const float *bias, ablate_activation activation);
/** Builds and frees the builder. */
ablate_model *finish_builder(ablate_builder *builder);
/** One dense layer. */
ablate_model *make_single(size_t inputs, size_t units, const float *weights, const float *bias,
                          ablate_activation activation, ablate_head head);
/** Dense ReLU layers of the given widths (widths[0] is the input's), small pseudo-random weights, logits. */
ablate_model *make_random(const size_t *widths, size_t count, uint32_t seed);
/** Pseudo-random values in -1 ..< 1; the same seed gives the same values. */
void fill_random(float *values, size_t count, uint32_t seed);

/** One handle of each type. */
typedef struct handles {
  ablate_builder *builder;
  ablate_model *model;
  ablate_reference *reference;
  ablate_mask *mask;
  ablate_session *session;
  ablate_sweep *sweep;
} handles;
handles make_handles(void);
void free_handles(handles *live);

enum handle_type { BUILDER, MODEL, REFERENCE, MASK, SESSION, SWEEP };
enum { BAD_HANDLES = 16 };
/**
 * Values that are no live handle of `type`: NULL, numbers, addresses of objects of the program, a freed handle of the
 * type, and live handles of the other types. Returns how many there are.
 */
size_t bad_handles(enum handle_type type, const handles *live, void *out[BAD_HANDLES]);

/** Asserts that `call`, which names the handle `bad`, refuses everything that is no live handle. */
#define expect_bad_handles_refused(type, live, argument, call)                                                         \
  do {                                                                                                                 \
    void *expect_bad[BAD_HANDLES];                                                                                     \
    const size_t expect_count = bad_handles((type), (live), expect_bad);                                               \
    for (size_t expect_h = 0; expect_h < expect_count; expect_h++) {                                                   \
      void *bad = expect_bad[expect_h];                                                                                \
      expect_refused(call, argument);                                                                                  \
    }                                                                                                                  \
  } while (0)

#endif
