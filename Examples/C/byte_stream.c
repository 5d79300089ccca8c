#include "byte_stream.h"

#include "failure.h"
#include <errno.h>
#include <string.h>

bool byte_stream_open(byte_stream *stream, const char *path) {
  stream->path = path;
  errno = 0;
  stream->file = gzopen(path, "rb"); /* gzopen reads files that are not gzipped as they are */
  if (stream->file == NULL) {
    return failure("%s: %s", path, errno != 0 ? strerror(errno) : "out of memory");
  }
  return true;
}

/* Reads up to `count` bytes. Returns how many there were, or -1 after a failure that it has reported. */
static int read_some(byte_stream *stream, void *out, unsigned count) {
  int length = gzread(stream->file, out, count);
  int code = Z_OK;
  const char *message = gzerror(stream->file, &code);
  if (code == Z_ERRNO) {
    failure("%s: %s", stream->path, strerror(errno));
    return -1;
  }
  if (code == Z_BUF_ERROR) { /* what zlib calls the end of the file amid compressed data */
    failure("%s: truncated: the gzipped data end too early", stream->path);
    return -1;
  }
  if (length < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    failure("%s: damaged gzip file: %s", stream->path, message);
    return -1;
  }
  return length;
}

bool byte_stream_read(byte_stream *stream, void *out, size_t count, const char *what) {
  const unsigned most = 1u << 20; /* gzread counts in int */
  unsigned char *bytes = out;
  while (count > 0) {
    int length = read_some(stream, bytes, count < most ? (unsigned)count : most);
    if (length < 0) {
      return false;
    }
    if (length == 0) {
      return failure("%s: truncated: the file ends within %s", stream->path, what);
    }
    bytes += length;
    count -= (size_t)length;
  }
  return true;
}

bool byte_stream_expect_end(byte_stream *stream) {
  unsigned char byte;
  int length = read_some(stream, &byte, 1);
  if (length > 0) {
    return failure("%s: there are more bytes than the header announces", stream->path);
  }
  return length == 0;
}

void byte_stream_close(byte_stream *stream) {
  if (stream->file != NULL) {
    gzclose(stream->file);
    stream->file = NULL;
  }
}
