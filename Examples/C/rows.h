/* Rows of input from an array file, as the float32 values a model takes. */
#ifndef ROWS_H
#define ROWS_H

#include "array_file.h"

/** What is done with the values once they are float32. Both ways round once, but not always to the same number. */
typedef struct row_scale {
  bool divides; /**< x / value instead of x * value */
  float value;
} row_scale;

typedef struct row_reader {
  array_file file;
  row_scale scale;
  uint64_t left; /**< rows not yet read */
} row_reader;

/**
 * Opens a file of uint8 or float32 rows of `width` values each; the axes behind the first are flattened. Zero the
 * reader before; close it in any case.
 */
bool row_reader_open(row_reader *reader, const char *path, size_t width, row_scale scale);

/** The next `count` rows, at most `left` of them. After the last row the file must end. */
bool row_reader_read(row_reader *reader, float *out, size_t count);

void row_reader_close(row_reader *reader);

#endif
