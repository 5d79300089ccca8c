/* The bytes of a file, front to back, unpacked on the way if it is gzipped. */
#ifndef BYTE_STREAM_H
#define BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

typedef struct byte_stream {
  gzFile file;
  const char *path;
} byte_stream;

/** Opens a file. `path` must outlive the stream. */
bool byte_stream_open(byte_stream *stream, const char *path);

/** Reads exactly `count` bytes. A file that ends before is a failure; `what` says in the message what was being read.
 */
bool byte_stream_read(byte_stream *stream, void *out, size_t count, const char *what);

/** Fails unless the file ends here. For gzipped files this is also where zlib checks the sum of the last bytes. */
bool byte_stream_expect_end(byte_stream *stream);

/** Closes the file. A stream that is all zeros is allowed. */
void byte_stream_close(byte_stream *stream);

#endif
