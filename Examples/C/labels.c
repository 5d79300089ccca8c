#include "labels.h"

#include "failure.h"

bool label_reader_open(label_reader *reader, const char *path, size_t classes) {
  if (!array_file_open(&reader->file, path)) {
    return false;
  }
  const array_header *header = &reader->file.header;
  if (header->type != ELEMENT_UINT8 && header->type != ELEMENT_INT32 && header->type != ELEMENT_INT64) {
    return failure("%s: the elements are %s; labels must be uint8, int32 or int64", path, header->type_name);
  }
  if (header->rank != 1) {
    return failure("%s: %zu axes; labels have one, a class index per row", path, header->rank);
  }
  reader->classes = classes;
  reader->next = 0;
  return reader->file.rows > 0 || byte_stream_expect_end(&reader->file.stream);
}

/* The number with these bits, in two's complement of `size` bytes; uint8 has no sign. */
static int64_t label_value(uint64_t bits, size_t size) {
  if (size == 4 && bits > INT32_MAX) {
    return (int64_t)bits - ((int64_t)1 << 32);
  }
  return bits > INT64_MAX ? -(int64_t)~bits - 1 : (int64_t)bits;
}

bool label_reader_read(label_reader *reader, int32_t *out, size_t count) {
  const array_header *header = &reader->file.header;
  size_t size = element_size(header->type);
  for (size_t i = 0; i < count; i++) {
    unsigned char bytes[8];
    if (!array_file_read(&reader->file, bytes, 1)) {
      return false;
    }
    int64_t label = label_value(element_bits(bytes, size, header->big_endian), size);
    if (label < 0 || (uint64_t)label >= reader->classes || label > INT32_MAX) {
      return failure("%s: row %llu (counted from 0) has the label %lld; the model's classes are 0 to %zu",
                     reader->file.stream.path, (unsigned long long)reader->next, (long long)label, reader->classes - 1);
    }
    out[i] = (int32_t)label;
    reader->next++;
  }
  return reader->next < reader->file.rows || byte_stream_expect_end(&reader->file.stream);
}

void label_reader_close(label_reader *reader) { array_file_close(&reader->file); }
