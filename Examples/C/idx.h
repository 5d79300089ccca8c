/* IDX, the format of the MNIST files: two zero bytes, a type, the number of axes, their lengths; all big-endian. */
#ifndef IDX_H
#define IDX_H

#include "array_file.h"

/** Whether the first four bytes of a file are those of an IDX file. */
bool idx_has_magic(const unsigned char magic[4]);

/** Reads the rest of the header. `magic` is the first four bytes of the file. */
bool idx_read_header(byte_stream *stream, const unsigned char magic[4], array_header *out);

#endif
