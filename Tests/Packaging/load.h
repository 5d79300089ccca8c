// Loads the library the way a host does that knows only its path.
#ifndef PACKAGING_LOAD_H
#define PACKAGING_LOAD_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static inline void *load_library(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s LIBRARY\n", argv[0]);
    exit(2);
  }
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return library;
}

#endif
