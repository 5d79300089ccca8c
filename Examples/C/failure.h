/* How the sweep program says what went wrong. */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

#if defined(__GNUC__)
#define FAILURE_FORMAT __attribute__((format(printf, 1, 2)))
#else
#define FAILURE_FORMAT
#endif

/** Prints "sweep: ..." and a line end on stderr. Returns false, so that a function can end with `return failure(...)`.
 */
bool failure(const char *format, ...) FAILURE_FORMAT;

#endif
