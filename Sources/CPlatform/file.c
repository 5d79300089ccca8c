#define _GNU_SOURCE
#include "cplatform_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file_status.h"

/* O_NONBLOCK: opening a named pipe must not wait for its other end. */
enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK };

static int require_regular(int file) {
  struct stat status;
  if (file < 0)
    return -errno;
  int failure = file_status(file, &status) ? errno
                : S_ISREG(status.st_mode)  ? 0
                : S_ISDIR(status.st_mode)  ? EISDIR
                                           : EINVAL;
  if (!failure)
    return file;
  close(file);
  return -failure;
}

int cplatform_file_open(const char *path) { return require_regular(open(path, READ_FLAGS)); }

int cplatform_file_open_beneath(const char *directory, const char *path) {
  int parent = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (parent < 0)
    return -errno;
  for (;;) {
    size_t length = strcspn(path, "/");
    char name[256];
    int valid = length > 0 && length < sizeof name;
    if (valid) {
      memcpy(name, path, length);
      name[length] = 0;
      valid = strcmp(name, "..") != 0;
    }
    int last = path[length] == 0;
    int child = -1;
    if (!valid)
      errno = EPERM;
    else
      child = openat(parent, name, last ? READ_FLAGS | O_NOFOLLOW : O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
    int failure = errno;
    close(parent);
    errno = failure;
    if (child < 0 || last)
      return require_regular(child);
    parent = child;
    path += length + 1;
  }
}

int64_t cplatform_file_size(int file) {
  struct stat status;
  return file_status(file, &status) ? -errno : (int64_t)status.st_size;
}

int cplatform_file_read(int file, void *bytes, size_t count, int64_t offset) {
  unsigned char *next = bytes;
  while (count > 0) {
    ssize_t got = pread(file, next, count, offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    if (got == 0)
      return ENODATA;
    next += got;
    offset += got;
    count -= (size_t)got;
  }
  return 0;
}

void cplatform_file_close(int file) { close(file); }

void cplatform_error_text(int code, char *text, size_t size) {
  const char *message = strerror_r(code, text, size);
  if (message == text || size == 0)
    return;
  strncpy(text, message, size - 1);
  text[size - 1] = 0;
}
