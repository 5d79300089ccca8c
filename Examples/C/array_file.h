/* An array in a file, IDX or NPY: its header, and its elements front to back. */
#ifndef ARRAY_FILE_H
#define ARRAY_FILE_H

#include "byte_stream.h"
#include <stdint.h>

typedef enum element_type { ELEMENT_UINT8, ELEMENT_INT32, ELEMENT_INT64, ELEMENT_FLOAT32, ELEMENT_OTHER } element_type;

enum { ARRAY_RANK_MAX = 8 };

/** What the header of an IDX or NPY file says. */
typedef struct array_header {
  element_type type;
  char type_name[32]; /**< as the file has it, for messages */
  bool big_endian;
  size_t rank;
  uint64_t shape[ARRAY_RANK_MAX];
} array_header;

typedef struct array_file {
  byte_stream stream;
  array_header header;
  uint64_t rows;  /**< the first length of the shape */
  uint64_t width; /**< the product of the others: elements per row */
} array_file;

/** Opens a file and reads its header. Zero the struct before; close it in any case. */
bool array_file_open(array_file *file, const char *path);

/** Bytes per element. 0 for ELEMENT_OTHER. */
size_t element_size(element_type type);

/** The next `count` elements as they are in the file. */
bool array_file_read(array_file *file, unsigned char *out, size_t count);

void array_file_close(array_file *file);

/** `size` bytes as one number, whatever the byte order of the machine. */
uint64_t element_bits(const unsigned char *bytes, size_t size, bool big_endian);

#endif
