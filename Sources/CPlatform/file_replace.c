#define _GNU_SOURCE
#include "cplatform_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_all(int file, const unsigned char *next, size_t count) {
  while (count > 0) {
    ssize_t put = write(file, next, count);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return errno;
    next += put;
    count -= (size_t)put;
  }
  return fsync(file) ? errno : 0;
}

int cplatform_file_replace(const char *path, const void *bytes, size_t count) {
  // The number of the process keeps two that save to the same name apart.
  size_t size = strlen(path) + 32;
  char *beside = malloc(size);
  if (!beside)
    return ENOMEM;
  snprintf(beside, size, "%s.%ld.partial", path, (long)getpid());
  int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  int failure = file < 0 ? errno : write_all(file, bytes, count);
  if (file >= 0 && close(file) && !failure)
    failure = errno;
  if (!failure && rename(beside, path))
    failure = errno;
  if (failure && file >= 0)
    unlink(beside);
  free(beside);
  return failure;
}
