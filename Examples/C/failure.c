#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

bool failure(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("sweep: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  return false;
}
