// Prints how many milliseconds loading the library takes in a process that has just started.
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  double start = now();
  load_library(argc, argv);
  printf("%.3f\n", now() - start);
  return 0;
}
