#include "idx.h"

#include "failure.h"
#include <stdio.h>

bool idx_has_magic(const unsigned char magic[4]) { return magic[0] == 0 && magic[1] == 0; }

static bool read_type(const byte_stream *stream, unsigned char code, array_header *out) {
  const char *name;
  out->type = ELEMENT_OTHER;
  switch (code) {
  case 0x08:
    out->type = ELEMENT_UINT8;
    name = "uint8";
    break;
  case 0x09:
    name = "int8";
    break;
  case 0x0B:
    name = "int16";
    break;
  case 0x0C:
    out->type = ELEMENT_INT32;
    name = "int32";
    break;
  case 0x0D:
    out->type = ELEMENT_FLOAT32;
    name = "float32";
    break;
  case 0x0E:
    name = "float64";
    break;
  default:
    return failure("%s: not an IDX file: 0x%02x is no type of IDX", stream->path, code);
  }
  snprintf(out->type_name, sizeof out->type_name, "%s", name);
  return true;
}

bool idx_read_header(byte_stream *stream, const unsigned char magic[4], array_header *out) {
  if (!read_type(stream, magic[2], out)) {
    return false;
  }
  out->big_endian = true;
  out->rank = magic[3];
  if (out->rank > ARRAY_RANK_MAX) {
    return failure("%s: %zu axes; at most %d are read", stream->path, out->rank, ARRAY_RANK_MAX);
  }
  for (size_t axis = 0; axis < out->rank; axis++) {
    unsigned char length[4];
    if (!byte_stream_read(stream, length, sizeof length, "the header")) {
      return false;
    }
    out->shape[axis] = element_bits(length, sizeof length, true);
  }
  return true;
}
