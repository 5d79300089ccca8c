#include "report.h"

#include "failure.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNITS_SHOWN = 10 }; /* at each end */

bool report_csv(const ablate_sweep *sweep) {
  puts("layer,unit,rows,correct,lost,gained");
  for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
    ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
    if (ablate_sweep_read(sweep, i, &result) != ABLATE_OK) {
      return failure("%s", ablate_last_error());
    }
    printf("%zu,%zu,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "\n", result.layer, result.unit, result.rows,
           result.correct, result.lost, result.gained);
  }
  return true;
}

static double percent(int64_t part, int64_t whole) { return whole > 0 ? 100.0 * (double)part / (double)whole : 0; }

/* The unit whose ablation costs most first; the order of the network on ties. */
static int compare_effects(const void *left, const void *right) {
  const ablate_sweep_result *a = left, *b = right;
  int64_t difference = (a->gained - a->lost) - (b->gained - b->lost);
  if (difference != 0) {
    return difference < 0 ? -1 : 1;
  }
  if (a->layer != b->layer) {
    return a->layer < b->layer ? -1 : 1;
  }
  return (a->unit > b->unit) - (a->unit < b->unit);
}

static void print_units(const ablate_sweep_result *results, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    const ablate_sweep_result *result = &results[i];
    printf("%6zu %6zu %+12.3f %8" PRId64 " %8" PRId64 "\n", result->layer, result->unit, 100 * result->effect,
           result->lost, result->gained);
  }
}

static void print_share(const char *what, int64_t units, int64_t count) {
  printf("  %-24s %6" PRId64 "  (%.1f %%)\n", what, units, percent(units, count));
}

static void print_summary(const ablate_sweep_result *results, size_t count) {
  int64_t hurt = 0, help = 0;
  for (size_t i = 0; i < count; i++) {
    hurt += results[i].lost > results[i].gained;
    help += results[i].gained > results[i].lost;
  }
  int64_t all = (int64_t)count;
  printf("units whose ablation\n");
  print_share("hurts", hurt, all);
  print_share("changes no accuracy", all - hurt - help, all);
  print_share("helps", help, all);
}

static void print_table(ablate_sweep_result *results, size_t count) {
  qsort(results, count, sizeof *results, compare_effects);
  printf("\n layer   unit accuracy, pt     lost   gained\n");
  if (count <= 2 * UNITS_SHOWN) {
    print_units(results, 0, count);
    return;
  }
  print_units(results, 0, UNITS_SHOWN);
  printf("   ...    ...\n");
  print_units(results, count - UNITS_SHOWN, count);
}

bool report_table(const ablate_sweep *sweep, const char *model, const char *replacement) {
  size_t count = ablate_sweep_count(sweep);
  ablate_sweep_result intact = ABLATE_SWEEP_RESULT_INIT;
  if (ablate_sweep_read_intact(sweep, &intact) != ABLATE_OK) {
    return failure("%s", ablate_last_error());
  }
  ablate_sweep_result *results = calloc(count > 0 ? count : 1, sizeof *results);
  if (results == NULL) {
    return failure("out of memory");
  }
  bool read = true;
  for (size_t i = 0; i < count && read; i++) {
    results[i].size = sizeof results[i];
    read = ablate_sweep_read(sweep, i, &results[i]) == ABLATE_OK;
  }
  if (read) {
    printf("%s, intact: %.3f %% accuracy, %" PRId64 " of %" PRId64 " rows right\n", model,
           percent(intact.correct, intact.rows), intact.correct, intact.rows);
    printf("%zu units ablated one at a time, replacement %s\n\n", count, replacement);
    print_summary(results, count);
    print_table(results, count);
  } else {
    failure("%s", ablate_last_error());
  }
  free(results);
  return read;
}
