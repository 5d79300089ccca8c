/* NPY, the format of numpy.save, versions 1 to 3: magic, version, length, and a Python dictionary with descr,
 * fortran_order and shape. */
#ifndef NPY_H
#define NPY_H

#include "array_file.h"

/** Whether the first four bytes of a file are those of a NPY file. */
bool npy_has_magic(const unsigned char magic[4]);

/** Reads the rest of the header, behind the first four bytes. */
bool npy_read_header(byte_stream *stream, array_header *out);

#endif
