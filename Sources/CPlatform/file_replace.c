#define _GNU_SOURCE
#include "cplatform_file.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_status.h"

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

// A new file beside `path`, whose name is written to `beside`. Numbers keep processes, threads and what a crash left
// behind apart.
static int create_beside(const char *path, char *beside, size_t size) {
  static atomic_uint saves;
  int file;
  do {
    snprintf(beside, size, "%s.%ld.%u.partial", path, (long)getpid(), atomic_fetch_add(&saves, 1));
    file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file < 0 && errno == EEXIST);
  return file;
}

static int replace(const char *path, const void *bytes, size_t count) {
  size_t size = strlen(path) + 48;
  char *beside = malloc(size);
  if (!beside)
    return ENOMEM;
  int file = create_beside(path, beside, size);
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

int cplatform_file_replace(const char *path, const void *bytes, size_t count) {
  int file = open(path, O_PATH | O_CLOEXEC);
  if (file < 0)
    return errno == ENOENT ? replace(path, bytes, count) : errno;
  struct stat status;
  int unknown = file_status(file, &status) ? errno : 0;
  close(file);
  if (unknown)
    return unknown;
  // Nobody wants a device gone.
  if (!S_ISREG(status.st_mode))
    return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  // The file itself, not a link to it.
  char *target = realpath(path, NULL);
  if (!target)
    return errno;
  int failure = replace(target, bytes, count);
  free(target);
  return failure;
}
