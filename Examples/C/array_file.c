#include "array_file.h"

#include "failure.h"
#include "idx.h"
#include "npy.h"

static bool read_header(array_file *file) {
  unsigned char magic[4];
  if (!byte_stream_read(&file->stream, magic, sizeof magic, "the header")) {
    return false;
  }
  if (idx_has_magic(magic)) {
    return idx_read_header(&file->stream, magic, &file->header);
  }
  if (npy_has_magic(magic)) {
    return npy_read_header(&file->stream, &file->header);
  }
  return failure("%s: neither an IDX nor a NPY file: it starts with the bytes %02x %02x %02x %02x", file->stream.path,
                 magic[0], magic[1], magic[2], magic[3]);
}

bool array_file_open(array_file *file, const char *path) {
  if (!byte_stream_open(&file->stream, path) || !read_header(file)) {
    return false;
  }
  const array_header *header = &file->header;
  if (header->rank == 0) {
    return failure("%s: a single number, not an array of rows", path);
  }
  file->rows = header->shape[0];
  file->width = 1;
  for (size_t axis = 1; axis < header->rank; axis++) {
    if (header->shape[axis] != 0 && file->width > SIZE_MAX / sizeof(uint64_t) / header->shape[axis]) {
      return failure("%s: the shape is too large: a row has no size that fits in memory", path);
    }
    file->width *= header->shape[axis];
  }
  return true;
}

size_t element_size(element_type type) {
  switch (type) {
  case ELEMENT_UINT8:
    return 1;
  case ELEMENT_INT32:
  case ELEMENT_FLOAT32:
    return 4;
  case ELEMENT_INT64:
    return 8;
  case ELEMENT_OTHER:
    break;
  }
  return 0;
}

bool array_file_read(array_file *file, unsigned char *out, size_t count) {
  return byte_stream_read(&file->stream, out, count * element_size(file->header.type), "the data");
}

void array_file_close(array_file *file) { byte_stream_close(&file->stream); }

uint64_t element_bits(const unsigned char *bytes, size_t size, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) {
    bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
  }
  return bits;
}
