#include "npy.h"

#include "failure.h"
#include <stdio.h>
#include <string.h>

static const unsigned char npyMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

bool npy_has_magic(const unsigned char magic[4]) { return memcmp(magic, npyMagic, 4) == 0; }

/* NumPy itself reads no longer headers unless told to. */
enum { HEADER_MAX = 10000 };

/* Where the reading of the dictionary stands. The text ends with a zero byte. */
typedef struct cursor {
  const char *path;
  const char *first;
  const char *next;
} cursor;

static void skip_spaces(cursor *at) { at->next += strspn(at->next, " \t\n"); }

/* Takes `text` if it stands next, spaces before it aside. */
static bool take(cursor *at, const char *text) {
  skip_spaces(at);
  size_t length = strlen(text);
  if (strncmp(at->next, text, length) != 0) {
    return false;
  }
  at->next += length;
  return true;
}

static bool malformed(const cursor *at) {
  return failure("%s: damaged NPY header at its character %d", at->path, (int)(at->next - at->first));
}

/* A string of printable ASCII: it may come up in a message. */
static bool read_string(cursor *at, char *out, size_t capacity) {
  skip_spaces(at);
  char quote = *at->next;
  const char *end = quote == '\'' || quote == '"' ? strchr(at->next + 1, quote) : NULL;
  if (end == NULL || (size_t)(end - at->next) > capacity) {
    return malformed(at);
  }
  size_t length = (size_t)(end - at->next - 1);
  for (size_t i = 1; i <= length; i++) {
    if (at->next[i] < ' ' || at->next[i] > '~') {
      return malformed(at);
    }
  }
  memcpy(out, at->next + 1, length);
  out[length] = '\0';
  at->next = end + 1;
  return true;
}

static bool read_type(cursor *at, array_header *out) {
  skip_spaces(at);
  if (*at->next == '[') {
    return failure("%s: structured elements are not read; the elements must be numbers", at->path);
  }
  if (!read_string(at, out->type_name, sizeof out->type_name)) {
    return false;
  }
  static const struct {
    const char *name;
    element_type type;
  } types[] = {{"u1", ELEMENT_UINT8}, {"i4", ELEMENT_INT32}, {"i8", ELEMENT_INT64}, {"f4", ELEMENT_FLOAT32}};
  char order = out->type_name[0];
  out->type = ELEMENT_OTHER;
  out->big_endian = order == '>';
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    bool has_order = order == '<' || order == '>' || (order == '|' && types[i].type == ELEMENT_UINT8);
    if (has_order && strcmp(out->type_name + 1, types[i].name) == 0) {
      out->type = types[i].type;
    }
  }
  return true;
}

static bool read_length(cursor *at, uint64_t *out) {
  skip_spaces(at);
  const char *first = at->next;
  *out = 0;
  for (; *at->next >= '0' && *at->next <= '9'; at->next++) {
    uint64_t digit = (uint64_t)(*at->next - '0');
    if (*out > (UINT64_MAX - digit) / 10) {
      return failure("%s: the shape is too large", at->path);
    }
    *out = *out * 10 + digit;
  }
  return at->next != first || malformed(at);
}

static bool read_shape(cursor *at, array_header *out) {
  if (!take(at, "(")) {
    return malformed(at);
  }
  out->rank = 0;
  while (!take(at, ")")) {
    if (out->rank == ARRAY_RANK_MAX) {
      return failure("%s: more than %d axes; that is the most that is read", at->path, ARRAY_RANK_MAX);
    }
    if (!read_length(at, &out->shape[out->rank])) {
      return false;
    }
    out->rank++;
    skip_spaces(at);
    if (!take(at, ",") && *at->next != ')') {
      return malformed(at);
    }
  }
  return true;
}

static bool read_order(cursor *at) {
  if (take(at, "False")) {
    return true;
  }
  if (take(at, "True")) {
    return failure("%s: in Fortran order; save it as numpy.ascontiguousarray(array)", at->path);
  }
  return malformed(at);
}

static bool read_dictionary(cursor *at, array_header *out) {
  bool has_type = false, has_order = false, has_shape = false;
  if (!take(at, "{")) {
    return malformed(at);
  }
  while (!take(at, "}")) {
    char key[32];
    if (!read_string(at, key, sizeof key)) {
      return false;
    }
    if (!take(at, ":")) {
      return malformed(at);
    }
    bool read = false;
    if (strcmp(key, "descr") == 0) {
      read = has_type = read_type(at, out);
    } else if (strcmp(key, "fortran_order") == 0) {
      read = has_order = read_order(at);
    } else if (strcmp(key, "shape") == 0) {
      read = has_shape = read_shape(at, out);
    } else {
      return failure("%s: damaged NPY header: unknown key \"%s\"", at->path, key);
    }
    if (!read) {
      return false;
    }
    skip_spaces(at);
    if (!take(at, ",") && *at->next != '}') {
      return malformed(at);
    }
  }
  if (!has_type || !has_order || !has_shape) {
    return failure("%s: damaged NPY header: descr, fortran_order or shape is missing", at->path);
  }
  return true;
}

bool npy_read_header(byte_stream *stream, array_header *out) {
  unsigned char rest[4]; /* of the magic, and the version */
  if (!byte_stream_read(stream, rest, sizeof rest, "the header")) {
    return false;
  }
  if (memcmp(rest, npyMagic + 4, 2) != 0) {
    return failure("%s: not a NPY file: its magic bytes are wrong", stream->path);
  }
  if (rest[2] < 1 || rest[2] > 3) {
    return failure("%s: NPY version %d; 1 to 3 are read", stream->path, rest[2]);
  }
  unsigned char lengthBytes[4];
  size_t lengthSize = rest[2] == 1 ? 2 : 4;
  if (!byte_stream_read(stream, lengthBytes, lengthSize, "the header")) {
    return false;
  }
  uint64_t length = element_bits(lengthBytes, lengthSize, false);
  if (length > HEADER_MAX) {
    return failure("%s: a NPY header of %llu bytes; at most %d are read", stream->path, (unsigned long long)length,
                   HEADER_MAX);
  }
  char text[HEADER_MAX + 1];
  if (!byte_stream_read(stream, text, (size_t)length, "the header")) {
    return false;
  }
  text[length] = '\0';
  cursor at = {stream->path, text, text};
  return read_dictionary(&at, out);
}
