// Loading the library and sweeping a network with it changes no signal handler and no signal mask of the host.
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <ablate.h>
#include <signal.h>
#include <string.h>

enum { SIGNALS = 65 };

// What the host would do about a signal. `known` is 0 for the numbers that libc keeps for itself.
typedef struct {
  int known, flags;
  void (*handler)(int);
} disposition;

static void read_dispositions(disposition *out) {
  for (int number = 1; number < SIGNALS; number++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    out[number].known = sigaction(number, NULL, &action) == 0;
    out[number].flags = action.sa_flags;
    out[number].handler = action.sa_handler;
  }
}

static int mask_bits(int *out) {
  sigset_t set;
  if (sigprocmask(SIG_BLOCK, NULL, &set))
    return -1;
  for (int number = 1; number < SIGNALS; number++)
    out[number] = sigismember(&set, number) == 1;
  return 0;
}

#define GET(name) __typeof__(&name) get_##name = (__typeof__(&name))dlsym(library, #name)
#define MUST(call)                                                                                                     \
  do {                                                                                                                 \
    if ((call) != ABLATE_OK) {                                                                                         \
      fprintf(stderr, "%s: %s\n", #call, get_ablate_last_error());                                                     \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

static void use_library(void *library) {
  GET(ablate_last_error);
  GET(ablate_builder_create);
  GET(ablate_builder_add_dense);
  GET(ablate_builder_build);
  GET(ablate_sweep_create);
  GET(ablate_sweep_feed);
  GET(ablate_sweep_read);

  size_t width = 2;
  ablate_builder *builder;
  ablate_model *model;
  MUST(get_ablate_builder_create(&width, 1, &builder));
  const float weights[4] = {1, 0, 0, 1};
  ablate_dense dense = ABLATE_DENSE_INIT;
  dense.units = 2;
  dense.weights = weights;
  MUST(get_ablate_builder_add_dense(builder, &dense));
  MUST(get_ablate_builder_add_dense(builder, &dense));
  MUST(get_ablate_builder_build(builder, &model));

  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.threads = 2;
  ablate_sweep *sweep;
  MUST(get_ablate_sweep_create(model, &options, &sweep));
  const float x[4] = {2, 1, 1, 2};
  const int32_t labels[2] = {0, 1};
  MUST(get_ablate_sweep_feed(sweep, x, 2, labels));

  // Without unit 0 the scores of the rows are (0, 1) and (0, 2): row 0 is lost, row 1 stays right.
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  MUST(get_ablate_sweep_read(sweep, 0, &result));
  if (result.rows != 2 || result.correct != 1 || result.lost != 1) {
    fprintf(stderr, "unexpected counts\n");
    exit(1);
  }
}

int main(int argc, char **argv) {
  disposition before[SIGNALS], after[SIGNALS];
  int mask_before[SIGNALS], mask_after[SIGNALS];
  read_dispositions(before);
  if (mask_bits(mask_before))
    return 1;
  use_library(load_library(argc, argv));
  read_dispositions(after);
  if (mask_bits(mask_after))
    return 1;

  int changed = 0;
  for (int number = 1; number < SIGNALS; number++) {
    if (before[number].known != after[number].known || before[number].flags != after[number].flags ||
        before[number].handler != after[number].handler || mask_before[number] != mask_after[number]) {
      fprintf(stderr, "signal %d (%s) was changed\n", number, strsignal(number));
      changed = 1;
    }
  }
  return changed;
}
