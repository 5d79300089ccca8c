/* What every test asserts of a call: its status, and the error text of this thread. */
#ifndef EXPECT_H
#define EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ablate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Makes a call fail on purpose, so that the error text is a known one that no other call produces. */
void plant_error(void);

/** Asserts that the call in between returned `expected`. `needle` (may be NULL) must then be part of the error text. */
void check_status(ablate_status status, ablate_status expected, const char *needle, const char *call, const char *file,
                  int line);

/** The call succeeds and leaves the error text alone. */
#define expect_ok(call) expect(ABLATE_OK, call, NULL)

/** The call fails with `expected`; the error text is new and names `needle`. */
#define expect(expected, call, needle)                                                                                 \
  do {                                                                                                                 \
    plant_error();                                                                                                     \
    const ablate_status expect_status = (call);                                                                        \
    check_status(expect_status, (expected), (needle), #call, __FILE__, __LINE__);                                      \
  } while (0)

/** The call is refused; the error text names `needle`. */
#define expect_refused(call, needle) expect(ABLATE_INVALID_ARGUMENT, call, needle)

/** Asserts `count` floats, bit for bit but for the sign and payload of NaN. */
void check_floats(const float *actual, const float *expected, size_t count, const char *file, int line);
#define expect_floats(actual, ...)                                                                                     \
  do {                                                                                                                 \
    const float expect_values[] = {__VA_ARGS__};                                                                       \
    check_floats((actual), expect_values, COUNT(expect_values), __FILE__, __LINE__);                                   \
  } while (0)

/** The same within `tolerance`. */
void check_near(const float *actual, const float *expected, size_t count, double tolerance, const char *file, int line);
#define expect_near(actual, tolerance, ...)                                                                            \
  do {                                                                                                                 \
    const float expect_values[] = {__VA_ARGS__};                                                                       \
    check_near((actual), expect_values, COUNT(expect_values), (tolerance), __FILE__, __LINE__);                        \
  } while (0)

/** Asserts that a double is within `tolerance` of `expected`. */
void check_double(double actual, double expected, double tolerance, const char *file, int line);
#define expect_double(actual, expected, tolerance) check_double((actual), (expected), (tolerance), __FILE__, __LINE__)

#define expect_integers(actual, ...)                                                                                   \
  do {                                                                                                                 \
    const long long expect_values[] = {__VA_ARGS__};                                                                   \
    for (size_t expect_i = 0; expect_i < COUNT(expect_values); expect_i++)                                             \
      assert_int_equal((actual)[expect_i], expect_values[expect_i]);                                                   \
  } while (0)

/** Fills an out-parameter before a call that must leave it alone. */
#define mark(object) memset(&(object), 0x5A, sizeof(object))
/** Asserts that every byte of it is still as marked. */
void check_marked(const void *object, size_t size, const char *file, int line);
#define expect_marked(object) check_marked(&(object), sizeof(object), __FILE__, __LINE__)

#endif
