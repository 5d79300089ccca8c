#include "expect.h"

#include <math.h>
#include <stdio.h>

static const char planted[] = "planted \xe2\x80\x94 by the tests";

void plant_error(void) {
  static ablate_model *model;
  if (!model) {
    const size_t shape = 1;
    const float weight = 1;
    ablate_builder *builder = NULL;
    ablate_dense dense = ABLATE_DENSE_INIT;
    dense.units = 1;
    dense.weights = &weight;
    assert_int_equal(ablate_builder_create(&shape, 1, &builder), ABLATE_OK);
    assert_int_equal(ablate_builder_add_dense(builder, &dense), ABLATE_OK);
    assert_int_equal(ablate_builder_build(builder, &model), ABLATE_OK);
    ablate_builder_free(builder);
  }
  size_t layer;
  assert_int_equal(ablate_model_find_layer(model, planted, &layer), ABLATE_INVALID_ARGUMENT);
}

void check_status(ablate_status status, ablate_status expected, const char *needle, const char *call, const char *file,
                  int line) {
  const char *text = ablate_last_error();
  assert_non_null(text);
  if (status != expected) {
    print_error("%s\n  returned %s, expected %s: %s\n", call, ablate_status_name(status), ablate_status_name(expected),
                text);
    _fail(file, line);
  }
  const int is_planted = strstr(text, planted) != NULL;
  if (is_planted != (expected == ABLATE_OK)) {
    print_error("%s\n  %s the error text: %s\n", call, is_planted ? "left alone" : "changed", text);
    _fail(file, line);
  }
  if (needle && !strstr(text, needle)) {
    print_error("%s\n  the error text does not name '%s': %s\n", call, needle, text);
    _fail(file, line);
  }
}

void check_floats(const float *actual, const float *expected, size_t count, const char *file, int line) {
  for (size_t i = 0; i < count; i++) {
    if (isnan(expected[i]) ? isnan(actual[i]) : actual[i] == expected[i])
      continue;
    print_error("value %zu is %.9g, expected %.9g\n", i, (double)actual[i], (double)expected[i]);
    _fail(file, line);
  }
}

void check_near(const float *actual, const float *expected, size_t count, double tolerance, const char *file,
                int line) {
  for (size_t i = 0; i < count; i++) {
    if (fabs((double)actual[i] - (double)expected[i]) <= tolerance)
      continue;
    print_error("value %zu is %.9g, expected %.9g within %g\n", i, (double)actual[i], (double)expected[i], tolerance);
    _fail(file, line);
  }
}

void check_double(double actual, double expected, double tolerance, const char *file, int line) {
  if (fabs(actual - expected) <= tolerance)
    return;
  print_error("%.17g, expected %.17g within %g\n", actual, expected, tolerance);
  _fail(file, line);
}

void check_marked(const void *object, size_t size, const char *file, int line) {
  for (size_t i = 0; i < size; i++) {
    if (((const unsigned char *)object)[i] == 0x5A)
      continue;
    print_error("byte %zu of %zu was written\n", i, size);
    _fail(file, line);
  }
}
