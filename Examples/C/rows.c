#include "rows.h"

#include "failure.h"
#include <stdio.h>
#include <string.h>

/* The shape as text: "[7000, 28, 28]". */
static void describe_shape(const array_header *header, char *out, size_t capacity) {
  size_t used = 0;
  for (size_t axis = 0; axis < header->rank && used < capacity; axis++) {
    int length = snprintf(out + used, capacity - used, "%s%llu", axis == 0 ? "[" : ", ",
                          (unsigned long long)header->shape[axis]);
    used += length > 0 ? (size_t)length : 0;
  }
  if (used < capacity) {
    snprintf(out + used, capacity - used, "]");
  }
}

bool row_reader_open(row_reader *reader, const char *path, size_t width, row_scale scale) {
  if (!array_file_open(&reader->file, path)) {
    return false;
  }
  const array_header *header = &reader->file.header;
  if (header->type != ELEMENT_UINT8 && header->type != ELEMENT_FLOAT32) {
    return failure("%s: the elements are %s; data must be uint8 or float32", path, header->type_name);
  }
  if (reader->file.width != width) {
    char shape[200];
    describe_shape(header, shape, sizeof shape);
    return failure("%s: the shape %s has %llu values per row, but the model takes %zu", path, shape,
                   (unsigned long long)reader->file.width, width);
  }
  reader->scale = scale;
  reader->left = reader->file.rows;
  return reader->left > 0 || byte_stream_expect_end(&reader->file.stream);
}

static float scaled(float value, row_scale scale) { return scale.divides ? value / scale.value : value * scale.value; }

bool row_reader_read(row_reader *reader, float *out, size_t count) {
  unsigned char bytes[4096];
  const array_header *header = &reader->file.header;
  size_t size = element_size(header->type);
  size_t left = count * (size_t)reader->file.width;
  while (left > 0) {
    size_t taken = left < sizeof bytes / size ? left : sizeof bytes / size;
    if (!array_file_read(&reader->file, bytes, taken)) {
      return false;
    }
    for (size_t i = 0; i < taken; i++) {
      float value = (float)bytes[i];
      if (header->type == ELEMENT_FLOAT32) {
        uint32_t bits = (uint32_t)element_bits(bytes + i * size, size, header->big_endian);
        memcpy(&value, &bits, sizeof value);
      }
      out[i] = scaled(value, reader->scale);
    }
    out += taken;
    left -= taken;
  }
  reader->left -= count;
  return reader->left > 0 || byte_stream_expect_end(&reader->file.stream);
}

void row_reader_close(row_reader *reader) { array_file_close(&reader->file); }
