/* Writes ONNX files through the structs of onnx_subset.proto. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/** A file that is put together. Functions without a result remember that memory ran out. */
typedef struct connx_writer connx_writer;

/** UTF-8 that a writer keeps. */
typedef struct connx_text {
  const char *start;
  size_t count;
} connx_text;

/** An empty graph, or NULL when memory ran out. `producer` and `graph` are kept. */
connx_writer *connx_writer_create(const char *producer, const char *graph, int64_t ir_version, int64_t opset);

/** Frees a writer. NULL is allowed. */
void connx_writer_free(connx_writer *writer);

/** A copy of `count` bytes, for the functions below. */
connx_text connx_writer_text(connx_writer *writer, const char *start, size_t count);

/** Starts a node, to which the calls below it add. `type` is kept. */
void connx_writer_node(connx_writer *writer, const char *type, connx_text name);
void connx_writer_node_input(connx_writer *writer, connx_text value);
void connx_writer_node_output(connx_writer *writer, connx_text value);
/** `name` is kept. */
void connx_writer_node_float(connx_writer *writer, const char *name, float value);
void connx_writer_node_integer(connx_writer *writer, const char *name, int64_t value);
void connx_writer_node_integers(connx_writer *writer, const char *name, const int64_t *values, size_t count);

/** Adds a tensor of float32. `values`, the product of `dims`, are kept until the file is written. */
void connx_writer_tensor(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank, const float *values,
                         size_t count);

/** Adds a vector of int32. `values` are kept until the file is written. */
void connx_writer_indices(connx_writer *writer, connx_text name, const int32_t *values, size_t count);

/** Adds a vector of int64. */
void connx_writer_integers(connx_writer *writer, connx_text name, const int64_t *values, size_t count);

/** Adds an input or output of float32 whose shape is [N, dims]. */
void connx_writer_input(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank);
void connx_writer_output(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank);

void connx_writer_metadata(connx_writer *writer, connx_text key, connx_text value);

/** The size of the file in bytes; SIZE_MAX when memory ran out. */
size_t connx_writer_size(const connx_writer *writer);

/** Writes the file to `bytes`, connx_writer_size() of them. */
void connx_writer_write(const connx_writer *writer, uint8_t *bytes);
