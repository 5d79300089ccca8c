/* Kinds of sweeps against masked runs, one by one, and the state of sweeps: merged, saved, loaded. */
#include "expect.h"
#include "networks.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 37, WIDTH = 5, HIDDEN = 6, DEEP = 4, CLASSES = 3 };
static const size_t widths[] = {WIDTH, HIDDEN, DEEP, CLASSES};

typedef struct data {
  ablate_model *model;
  ablate_session *session;
  float x[N * WIDTH];
  int32_t intact[N];
  int32_t labels[N];
} data;

static data make_data(void) {
  data made = {.model = make_random(widths, COUNT(widths), 3)};
  expect_ok(ablate_session_create(made.model, 1, &made.session));
  fill_random(made.x, COUNT(made.x), 8);
  expect_ok(ablate_predict(made.session, NULL, made.x, N, made.intact));
  for (size_t row = 0; row < N; row++)
    made.labels[row] = row % 4 ? made.intact[row] : (int32_t)(row % CLASSES);
  return made;
}

static void free_data(data *made) {
  ablate_session_free(made->session);
  ablate_model_free(made->model);
}

static ablate_sweep *start(const data *made, const ablate_sweep_options *options) {
  ablate_sweep *sweep = NULL;
  expect_ok(ablate_sweep_create(made->model, options, &sweep));
  return sweep;
}

static ablate_sweep *run(const data *made, const ablate_sweep_options *options) {
  ablate_sweep *sweep = start(made, options);
  expect_ok(ablate_sweep_feed(sweep, made->x, N, made->labels));
  return sweep;
}

/* Predictions with a mask against the counts of an item. */
static void expect_predictions(const data *made, const int32_t *predictions, const ablate_sweep_result *result) {
  int64_t lost = 0, gained = 0, changed = 0;
  for (size_t row = 0; row < N; row++) {
    changed += predictions[row] != made->intact[row];
    lost += made->intact[row] == made->labels[row] && predictions[row] != made->labels[row];
    gained += made->intact[row] != made->labels[row] && predictions[row] == made->labels[row];
  }
  assert_int_equal(result->lost, lost);
  assert_int_equal(result->gained, gained);
  assert_int_equal(result->changed, changed);
}

static void expect_mask(const data *made, const ablate_mask *mask, const ablate_sweep_result *result) {
  int32_t predictions[N];
  expect_ok(ablate_predict(made->session, mask, made->x, N, predictions));
  expect_predictions(made, predictions, result);
}

static ablate_sweep_result read_result(const ablate_sweep *sweep, size_t index) {
  ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read(sweep, index, &result));
  return result;
}

static void synapses(void **state) {
  (void)state;
  data made = make_data();
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.kind = ABLATE_SWEEP_SYNAPSES;
  ablate_sweep *sweep = run(&made, &options);
  assert_int_equal(ablate_sweep_count(sweep), WIDTH * HIDDEN + HIDDEN * DEEP + DEEP * CLASSES);
  size_t index = 0;
  for (size_t layer = 0; layer + 1 < COUNT(widths); layer++)
    for (size_t unit = 0; unit < widths[layer + 1]; unit++)
      for (size_t input = 0; input < widths[layer]; input++, index++) {
        ablate_sweep_result result = read_result(sweep, index);
        assert_true(result.layer == layer && result.unit == unit && result.input == input);
        assert_true(result.second_unit == ABLATE_NONE);
        ablate_mask *mask;
        expect_ok(ablate_mask_create(made.model, &mask));
        expect_ok(ablate_mask_set_synapse(mask, layer, unit, input, 1));
        expect_mask(&made, mask, &result);
        ablate_mask_free(mask);
      }
  ablate_sweep_cost cost = ABLATE_SWEEP_COST_INIT;
  expect_ok(ablate_sweep_read_cost(sweep, &cost));
  assert_int_equal(cost.pairs, N * (int64_t)ablate_sweep_count(sweep));
  assert_true(cost.examined > 0 && cost.examined < cost.pairs && cost.rerun < cost.examined);
  ablate_sweep_free(sweep);
  free_data(&made);
}

static void synapses_of_units(void **state) {
  (void)state;
  data made = make_data();
  const ablate_unit units[] = {{1, 2}, {0, 4}};
  for (int outgoing = 0; outgoing < 2; outgoing++) {
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
    options.kind = outgoing ? ABLATE_SWEEP_OUTGOING_SYNAPSES : ABLATE_SWEEP_SYNAPSES;
    options.order = units;
    options.order_count = 2;
    ablate_sweep *sweep = run(&made, &options);
    const size_t first = outgoing ? CLASSES : HIDDEN, second = outgoing ? DEEP : WIDTH;
    assert_int_equal(ablate_sweep_count(sweep), first + second);
    for (size_t index = 0; index < first + second; index++) {
      const ablate_unit own = units[index >= first];
      const size_t other = index < first ? index : index - first;
      ablate_sweep_result result = read_result(sweep, index);
      assert_int_equal(result.layer, own.layer + (outgoing ? 1 : 0));
      assert_int_equal(outgoing ? result.input : result.unit, own.unit);
      assert_int_equal(outgoing ? result.unit : result.input, other);
      ablate_mask *mask;
      expect_ok(ablate_mask_create(made.model, &mask));
      expect_ok(ablate_mask_set_synapse(mask, result.layer, result.unit, result.input, 1));
      expect_mask(&made, mask, &result);
      ablate_mask_free(mask);
    }
    ablate_sweep_free(sweep);
  }
  free_data(&made);
}

static void inputs(void **state) {
  (void)state;
  data made = make_data();
  ablate_replacement replacement = ABLATE_REPLACEMENT_INIT;
  replacement.kind = ABLATE_REPLACEMENT_CONSTANT;
  replacement.constant = 0.5f;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.kind = ABLATE_SWEEP_INPUTS;
  options.replacement = &replacement;
  ablate_sweep *sweep = run(&made, &options);
  assert_int_equal(ablate_sweep_count(sweep), WIDTH);
  for (size_t input = 0; input < WIDTH; input++) {
    ablate_sweep_result result = read_result(sweep, input);
    assert_true(result.layer == ABLATE_NONE && result.unit == ABLATE_NONE && result.input == input);
    float x[N * WIDTH];
    memcpy(x, made.x, sizeof x);
    for (size_t row = 0; row < N; row++)
      x[row * WIDTH + input] = 0.5f;
    int32_t predictions[N];
    expect_ok(ablate_predict(made.session, NULL, x, N, predictions));
    expect_predictions(&made, predictions, &result);
  }
  ablate_sweep_free(sweep);
  free_data(&made);
}

static void pairs(void **state) {
  (void)state;
  data made = make_data();
  const size_t layer = 0;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.kind = ABLATE_SWEEP_PAIRS;
  options.layers = &layer;
  options.layer_count = 1;
  ablate_sweep *sweep = run(&made, &options);
  enum { PAIRS = HIDDEN * (HIDDEN - 1) / 2 };
  assert_int_equal(ablate_sweep_count(sweep), HIDDEN + PAIRS);
  double interactions[HIDDEN + PAIRS];
  size_t index = HIDDEN;
  for (size_t first = 0; first < HIDDEN; first++)
    for (size_t second = first + 1; second < HIDDEN; second++, index++) {
      ablate_sweep_result result = read_result(sweep, index);
      assert_true(result.unit == first && result.second_unit == second);
      ablate_mask *mask;
      expect_ok(ablate_mask_create(made.model, &mask));
      expect_ok(ablate_mask_set_units(mask, 0, (size_t[]){first, second}, 2, 1));
      expect_mask(&made, mask, &result);
      ablate_mask_free(mask);
      const ablate_sweep_result one = read_result(sweep, first), other = read_result(sweep, second);
      interactions[index] = result.interaction;
      assert_true(result.interaction - (result.effect - one.effect - other.effect) < 1e-12);
      assert_true(result.interaction - (result.effect - one.effect - other.effect) > -1e-12);
      assert_true(one.interaction != one.interaction);
    }
  size_t order[PAIRS];
  expect_ok(ablate_sweep_strongest(sweep, order, PAIRS));
  for (size_t i = 0; i + 1 < PAIRS; i++) {
    const double here = interactions[order[i]], next = interactions[order[i + 1]];
    const double strength = here < 0 ? -here : here, weaker = next < 0 ? -next : next;
    assert_true(strength > weaker || (strength == weaker && order[i] < order[i + 1]));
  }
  expect_refused(ablate_sweep_strongest(sweep, order, PAIRS + 1), "count");
  expect_refused(ablate_sweep_strongest(sweep, NULL, 1), "outIndices");
  ablate_sweep_free(sweep);
  free_data(&made);
}

static void orders_and_masks(void **state) {
  (void)state;
  data made = make_data();
  const ablate_unit order[] = {{1, 3}, {0, 0}, {0, 5}, {2, 1}};
  const ablate_mask *masks[COUNT(order)];
  ablate_mask *own[COUNT(order)];
  for (size_t i = 0; i < COUNT(order); i++) {
    expect_ok(ablate_mask_create(made.model, &own[i]));
    for (size_t k = 0; k <= i; k++)
      expect_ok(ablate_mask_set_unit(own[i], order[k].layer, order[k].unit, 1));
    masks[i] = own[i];
  }
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.kind = ABLATE_SWEEP_CUMULATIVE;
  options.order = order;
  options.order_count = COUNT(order);
  ablate_sweep *curve = run(&made, &options);
  options.kind = ABLATE_SWEEP_MASKS;
  options.order_count = 0;
  options.masks = masks;
  options.mask_count = COUNT(order);
  ablate_sweep *list = run(&made, &options);
  for (size_t i = 0; i < COUNT(order); i++) {
    ablate_sweep_result step = read_result(curve, i), item = read_result(list, i);
    assert_true(step.layer == order[i].layer && step.unit == order[i].unit && item.layer == ABLATE_NONE);
    expect_mask(&made, masks[i], &step);
    expect_mask(&made, masks[i], &item);
    ablate_mask_free(own[i]);
  }
  ablate_sweep_free(curve);
  ablate_sweep_free(list);
  free_data(&made);
}

static void bad_lists_are_refused(void **state) {
  (void)state;
  data made = make_data();
  const size_t layers[] = {0, 1};
  const ablate_unit twice[] = {{0, 1}, {0, 1}}, beyond[] = {{0, HIDDEN}};
  ablate_mask *empty;
  expect_ok(ablate_mask_create(made.model, &empty));
  const ablate_mask *nothing[] = {empty}, *missing[] = {NULL};
  ablate_sweep *sweep;
#define REFUSED(needle, ...)                                                                                           \
  do {                                                                                                                 \
    ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;                                                          \
    __VA_ARGS__;                                                                                                       \
    expect_refused(ablate_sweep_create(made.model, &options, &sweep), needle);                                         \
  } while (0)
  REFUSED("kind", options.kind = (ablate_sweep_kind)7);
  const size_t three[] = {0, 1, 2}, backwards[] = {1, 0};
  REFUSED("one layer or two", options.kind = ABLATE_SWEEP_PAIRS);
  REFUSED("one layer or two", options.kind = ABLATE_SWEEP_PAIRS, options.layers = three, options.layer_count = 3);
  REFUSED("earlier one first", options.kind = ABLATE_SWEEP_PAIRS, options.layers = backwards, options.layer_count = 2);
  REFUSED("layers", options.kind = ABLATE_SWEEP_INPUTS, options.layers = layers, options.layer_count = 1);
  REFUSED("order", options.kind = ABLATE_SWEEP_CUMULATIVE);
  REFUSED("order_count", options.kind = ABLATE_SWEEP_CUMULATIVE, options.order = twice);
  REFUSED("order_count", options.kind = ABLATE_SWEEP_CUMULATIVE, options.order = twice, options.order_count = SIZE_MAX);
  REFUSED("twice", options.kind = ABLATE_SWEEP_CUMULATIVE, options.order = twice, options.order_count = 2);
  REFUSED("unit", options.kind = ABLATE_SWEEP_CUMULATIVE, options.order = beyond, options.order_count = 1);
  REFUSED("order", options.order = twice, options.order_count = 1);
  const ablate_unit last[] = {{2, 0}};
  REFUSED("no weights leave", options.kind = ABLATE_SWEEP_OUTGOING_SYNAPSES, options.order = last,
          options.order_count = 1);
  REFUSED("order", options.kind = ABLATE_SWEEP_OUTGOING_SYNAPSES);
  REFUSED("layers", options.kind = ABLATE_SWEEP_OUTGOING_SYNAPSES, options.layers = layers, options.layer_count = 1);
  REFUSED("exclude", options.kind = ABLATE_SWEEP_SYNAPSES, options.order = last, options.order_count = 1,
          options.layers = layers, options.layer_count = 1);
  REFUSED("masks", options.kind = ABLATE_SWEEP_MASKS);
  REFUSED("mask_count", options.kind = ABLATE_SWEEP_MASKS, options.masks = nothing);
  REFUSED("mask_count", options.kind = ABLATE_SWEEP_MASKS, options.masks = nothing, options.mask_count = SIZE_MAX);
  REFUSED("nothing", options.kind = ABLATE_SWEEP_MASKS, options.masks = nothing, options.mask_count = 1);
  REFUSED("masks", options.kind = ABLATE_SWEEP_MASKS, options.masks = missing, options.mask_count = 1);
  REFUSED("masks", options.masks = nothing, options.mask_count = 1);
#undef REFUSED
  ablate_mask_free(empty);
  free_data(&made);
}

static void expect_same(const ablate_sweep *one, const ablate_sweep *other) {
  ablate_sweep_result a = ABLATE_SWEEP_RESULT_INIT, b = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(one, &a));
  expect_ok(ablate_sweep_read_intact(other, &b));
  assert_memory_equal(&a.rows, &b.rows, (size_t)((char *)&a.input - (char *)&a.rows));
  for (size_t i = 0; i < ablate_sweep_count(one); i++) {
    a = read_result(one, i);
    b = read_result(other, i);
    assert_memory_equal(&a.layer, &b.layer, (size_t)((char *)&a.interaction - (char *)&a.layer));
    int64_t mine[CLASSES * CLASSES], theirs[CLASSES * CLASSES];
    expect_ok(ablate_sweep_confusion(one, i, mine, COUNT(mine)));
    expect_ok(ablate_sweep_confusion(other, i, theirs, COUNT(theirs)));
    assert_memory_equal(mine, theirs, sizeof mine);
  }
}

static ablate_sweep_options all_metrics(void) {
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.metrics = ABLATE_METRIC_CONFUSION | ABLATE_METRIC_LOG_LOSS | ABLATE_METRIC_LABEL_PROBABILITY;
  return options;
}

static void shards_merge_in_any_order(void **state) {
  (void)state;
  data made = make_data();
  const ablate_sweep_options options = all_metrics();
  ablate_sweep *whole = run(&made, &options), *shards[3];
  const size_t cuts[] = {0, 5, 30, N};
  for (size_t i = 0; i < COUNT(shards); i++) {
    shards[i] = start(&made, &options);
    expect_ok(ablate_sweep_feed(shards[i], made.x + cuts[i] * WIDTH, cuts[i + 1] - cuts[i], made.labels + cuts[i]));
  }
  const size_t orders[][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
  for (size_t o = 0; o < COUNT(orders); o++) {
    ablate_sweep *merged = start(&made, &options);
    for (size_t i = 0; i < COUNT(shards); i++)
      expect_ok(ablate_sweep_merge(merged, shards[orders[o][i]]));
    expect_same(merged, whole);
    ablate_sweep_free(merged);
  }
  expect_refused(ablate_sweep_merge(whole, whole), "itself");
  expect_refused(ablate_sweep_merge(NULL, whole), "sweep");
  expect_refused(ablate_sweep_merge(whole, NULL), "other");
  ablate_sweep *without = start(&made, NULL);
  expect_refused(ablate_sweep_merge(whole, without), "plan");
  ablate_sweep_free(without);
  for (size_t i = 0; i < COUNT(shards); i++)
    ablate_sweep_free(shards[i]);
  ablate_sweep_free(whole);
  free_data(&made);
}

static void write_file(const char *path, const unsigned char *bytes, size_t count) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, count, file), count);
  assert_int_equal(fclose(file), 0);
}

static void a_saved_sweep_goes_on(void **state) {
  (void)state;
  data made = make_data();
  const ablate_sweep_options options = all_metrics();
  char directory[] = "/tmp/ablate-sweep-XXXXXX", path[64];
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/state", directory);
  ablate_sweep *whole = run(&made, &options), *first = start(&made, &options), *resumed = start(&made, &options);
  expect_ok(ablate_sweep_feed(first, made.x, 20, made.labels));
  expect_ok(ablate_sweep_save(first, path));
  expect_ok(ablate_sweep_save(first, path));
  expect_ok(ablate_sweep_load(resumed, path));
  expect_same(resumed, first);
  ablate_sweep_result intact = ABLATE_SWEEP_RESULT_INIT;
  expect_ok(ablate_sweep_read_intact(resumed, &intact));
  assert_int_equal(intact.rows, 20);
  expect_ok(ablate_sweep_feed(resumed, made.x + 20 * WIDTH, N - 20, made.labels + 20));
  expect_same(resumed, whole);

  unsigned char bytes[65536];
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_in_range(size, 100, sizeof bytes - 1);
  for (size_t length = 0; length < size; length += length < 64 ? 1 : 37) {
    write_file(path, bytes, length);
    expect(ABLATE_MALFORMED, ablate_sweep_load(resumed, path), "state");
  }
  for (size_t place = 0; place < size; place += place < 64 ? 1 : 37) {
    bytes[place] ^= 16;
    write_file(path, bytes, size);
    assert_true(ablate_sweep_load(resumed, path) != ABLATE_OK);
    bytes[place] ^= 16;
  }
  expect_same(resumed, whole);
  write_file(path, bytes, size);
  ablate_sweep *other = start(&made, NULL);
  expect_refused(ablate_sweep_load(other, path), "plan");
  ablate_sweep_free(other);
  assert_int_equal(unlink(path), 0);
  expect(ABLATE_IO, ablate_sweep_load(resumed, path), "state");
  expect(ABLATE_IO, ablate_sweep_load(resumed, directory), directory);
  expect(ABLATE_IO, ablate_sweep_save(resumed, directory), directory);
  expect(ABLATE_IO, ablate_sweep_save(resumed, "/nowhere/at/all"), "nowhere");
  expect_refused(ablate_sweep_save(resumed, NULL), "path");
  expect_refused(ablate_sweep_load(resumed, NULL), "path");
  assert_int_equal(rmdir(directory), 0);
  ablate_sweep_free(whole);
  ablate_sweep_free(first);
  ablate_sweep_free(resumed);
  free_data(&made);
}

static void bad_handles_are_refused(void **state) {
  (void)state;
  handles live = make_handles();
  size_t index;
  ablate_sweep_cost cost = ABLATE_SWEEP_COST_INIT;
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_strongest(bad, &index, 1));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_read_cost(bad, &cost));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_merge(bad, live.sweep));
  expect_bad_handles_refused(SWEEP, &live, "other", ablate_sweep_merge(live.sweep, bad));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_save(bad, "state"));
  expect_bad_handles_refused(SWEEP, &live, "sweep", ablate_sweep_load(bad, "state"));
  expect_refused(ablate_sweep_read_cost(live.sweep, NULL), "outCost");
  cost.size = sizeof cost - 1;
  expect_refused(ablate_sweep_read_cost(live.sweep, &cost), "size");
  free_handles(&live);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(synapses),
      cmocka_unit_test(synapses_of_units),
      cmocka_unit_test(inputs),
      cmocka_unit_test(pairs),
      cmocka_unit_test(orders_and_masks),
      cmocka_unit_test(bad_lists_are_refused),
      cmocka_unit_test(shards_merge_in_any_order),
      cmocka_unit_test(a_saved_sweep_goes_on),
      cmocka_unit_test(bad_handles_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
