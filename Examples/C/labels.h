/* Labels from an array file, as class indices. */
#ifndef LABELS_H
#define LABELS_H

#include "array_file.h"

typedef struct label_reader {
  array_file file;
  size_t classes;
  uint64_t next; /**< the row that is read next */
} label_reader;

/**
 * Opens a file of uint8, int32 or int64 labels, one per row, each in 0 to `classes` - 1. Zero the reader before; close
 * it in any case.
 */
bool label_reader_open(label_reader *reader, const char *path, size_t classes);

/** The next `count` labels, of at most as many as there are. After the last one the file must end. */
bool label_reader_read(label_reader *reader, int32_t *out, size_t count);

void label_reader_close(label_reader *reader);

#endif
