#include "connx_writer.h"

#include <string.h>

#include "connx_arena.h"

/* Enumerators of ONNX's own schema. */
enum {
  ELEMENT_FLOAT = 1,
  ELEMENT_INT32 = 6,
  ELEMENT_INT64 = 7,
  ATTRIBUTE_FLOAT = 1,
  ATTRIBUTE_INTEGER = 2,
  ATTRIBUTE_INTEGERS = 7
};

struct connx_writer {
  connx_arena *arena;
  Connx__Model model;
  Connx__Graph graph;
  Connx__OperatorSet opset;
  Connx__Node *node;
};

static ProtobufCBinaryData bytes_of(const char *text) {
  return (ProtobufCBinaryData){.data = (uint8_t *)text, .len = strlen(text)};
}

connx_text connx_writer_text(connx_writer *writer, const char *start, size_t count) {
  char *copy = connx_arena_take(writer->arena, count ? count : 1);
  if (copy && count)
    memcpy(copy, start, count);
  return (connx_text){copy, copy ? count : 0};
}

static ProtobufCBinaryData bytes_of_text(connx_text text) {
  return (ProtobufCBinaryData){.data = (uint8_t *)text.start, .len = text.count};
}

/* Makes room for one more element behind `count`: a new array, twice as long, whenever the count is a power of two. */
static void *grown(connx_writer *writer, void *array, size_t count, size_t element) {
  if (count & (count - 1))
    return array;
  void *larger = connx_arena_take(writer->arena, (count ? 2 * count : 1) * element);
  if (larger && count)
    memcpy(larger, array, count * element);
  return larger;
}

#define APPEND(writer, message, field, element)                                                                        \
  do {                                                                                                                 \
    void *append_array = grown((writer), (message)->field, (message)->n_##field, sizeof *(message)->field);            \
    if (!append_array)                                                                                                 \
      return;                                                                                                          \
    (message)->field = append_array;                                                                                   \
    (message)->field[(message)->n_##field++] = (element);                                                              \
  } while (0)

/* A message with its defaults, as a variable `name`. */
#define MAKE(writer, type, name, initial)                                                                              \
  type *name = connx_arena_take((writer)->arena, sizeof(type));                                                        \
  if (!name)                                                                                                           \
    return;                                                                                                            \
  *name = (type)initial

connx_writer *connx_writer_create(const char *producer, const char *graph, int64_t ir_version, int64_t opset) {
  connx_arena *arena = connx_arena_create(SIZE_MAX >> 1);
  if (!arena)
    return NULL;
  connx_writer *writer = connx_arena_take(arena, sizeof *writer);
  if (!writer) {
    connx_free(arena);
    return NULL;
  }
  *writer = (connx_writer){
      .arena = arena, .model = CONNX__MODEL__INIT, .graph = CONNX__GRAPH__INIT, .opset = CONNX__OPERATOR_SET__INIT};
  writer->opset.has_domain = writer->opset.has_version = 1;
  writer->opset.version = opset;
  writer->graph.has_name = 1;
  writer->graph.name = bytes_of(graph);
  writer->model.graph = &writer->graph;
  writer->model.has_ir_version = writer->model.has_producer_name = 1;
  writer->model.ir_version = ir_version;
  writer->model.producer_name = bytes_of(producer);
  Connx__OperatorSet **opsets = connx_arena_take(arena, sizeof *opsets);
  if (opsets) {
    *opsets = &writer->opset;
    writer->model.opset_import = opsets;
    writer->model.n_opset_import = 1;
  }
  return writer;
}

void connx_writer_free(connx_writer *writer) {
  if (writer)
    connx_free(writer->arena);
}

void connx_writer_node(connx_writer *writer, const char *type, connx_text name) {
  MAKE(writer, Connx__Node, node, CONNX__NODE__INIT);
  writer->node = node;
  node->has_op_type = 1;
  node->op_type = bytes_of(type);
  node->has_name = name.count > 0;
  node->name = bytes_of_text(name);
  APPEND(writer, &writer->graph, node, node);
}

void connx_writer_node_input(connx_writer *writer, connx_text value) {
  if (writer->node)
    APPEND(writer, writer->node, input, bytes_of_text(value));
}

void connx_writer_node_output(connx_writer *writer, connx_text value) {
  if (writer->node)
    APPEND(writer, writer->node, output, bytes_of_text(value));
}

static void add_attribute(connx_writer *writer, const char *name, int type, float f, const int64_t *integers,
                          size_t count) {
  if (!writer->node)
    return;
  MAKE(writer, Connx__Attribute, attribute, CONNX__ATTRIBUTE__INIT);
  attribute->has_name = attribute->has_type = 1;
  attribute->name = bytes_of(name);
  attribute->type = type;
  attribute->has_f = type == ATTRIBUTE_FLOAT;
  attribute->f = f;
  attribute->has_i = type == ATTRIBUTE_INTEGER;
  attribute->i = attribute->has_i ? *integers : 0;
  for (size_t index = 0; type == ATTRIBUTE_INTEGERS && index < count; index++)
    APPEND(writer, attribute, ints, integers[index]);
  APPEND(writer, writer->node, attribute, attribute);
}

void connx_writer_node_float(connx_writer *writer, const char *name, float value) {
  add_attribute(writer, name, ATTRIBUTE_FLOAT, value, NULL, 0);
}

void connx_writer_node_integer(connx_writer *writer, const char *name, int64_t value) {
  add_attribute(writer, name, ATTRIBUTE_INTEGER, 0, &value, 1);
}

void connx_writer_node_integers(connx_writer *writer, const char *name, const int64_t *values, size_t count) {
  add_attribute(writer, name, ATTRIBUTE_INTEGERS, 0, values, count);
}

static void add_tensor(connx_writer *writer, connx_text name, int element, const int64_t *dims, size_t rank,
                       const void *values, size_t bytes) {
  MAKE(writer, Connx__Tensor, tensor, CONNX__TENSOR__INIT);
  tensor->has_name = tensor->has_data_type = tensor->has_raw_data = 1;
  tensor->name = bytes_of_text(name);
  tensor->data_type = element;
  tensor->raw_data = (ProtobufCBinaryData){.data = (uint8_t *)values, .len = bytes};
  for (size_t axis = 0; axis < rank; axis++)
    APPEND(writer, tensor, dims, dims[axis]);
  APPEND(writer, &writer->graph, initializer, tensor);
}

void connx_writer_tensor(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank, const float *values,
                         size_t count) {
  add_tensor(writer, name, ELEMENT_FLOAT, dims, rank, values, count * sizeof *values);
}

void connx_writer_indices(connx_writer *writer, connx_text name, const int32_t *values, size_t count) {
  const int64_t length = (int64_t)count;
  add_tensor(writer, name, ELEMENT_INT32, &length, 1, values, count * sizeof *values);
}

void connx_writer_integers(connx_writer *writer, connx_text name, const int64_t *values, size_t count) {
  const int64_t length = (int64_t)count;
  const connx_text bytes = connx_writer_text(writer, (const char *)values, count * sizeof *values);
  add_tensor(writer, name, ELEMENT_INT64, &length, 1, bytes.start, bytes.count);
}

static void add_dimension(connx_writer *writer, Connx__Shape *shape, int64_t length) {
  MAKE(writer, Connx__Dimension, dimension, CONNX__DIMENSION__INIT);
  dimension->has_dim_value = length > 0;
  dimension->dim_value = length;
  dimension->has_dim_param = length == 0;
  dimension->dim_param = bytes_of("N");
  APPEND(writer, shape, dim, dimension);
}

static Connx__ValueInfo *make_value(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank) {
  struct whole {
    Connx__ValueInfo info;
    Connx__Type type;
    Connx__TensorType tensor;
    Connx__Shape shape;
  } *whole = connx_arena_take(writer->arena, sizeof *whole);
  if (!whole)
    return NULL;
  *whole = (struct whole){CONNX__VALUE_INFO__INIT, CONNX__TYPE__INIT, CONNX__TENSOR_TYPE__INIT, CONNX__SHAPE__INIT};
  whole->info.has_name = 1;
  whole->info.name = bytes_of_text(name);
  whole->info.type = &whole->type;
  whole->type.tensor_type = &whole->tensor;
  whole->tensor.has_elem_type = 1;
  whole->tensor.elem_type = ELEMENT_FLOAT;
  whole->tensor.shape = &whole->shape;
  add_dimension(writer, &whole->shape, 0);
  for (size_t axis = 0; axis < rank; axis++)
    add_dimension(writer, &whole->shape, dims[axis]);
  return &whole->info;
}

void connx_writer_input(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank) {
  Connx__ValueInfo *value = make_value(writer, name, dims, rank);
  if (value)
    APPEND(writer, &writer->graph, input, value);
}

void connx_writer_output(connx_writer *writer, connx_text name, const int64_t *dims, size_t rank) {
  Connx__ValueInfo *value = make_value(writer, name, dims, rank);
  if (value)
    APPEND(writer, &writer->graph, output, value);
}

void connx_writer_metadata(connx_writer *writer, connx_text key, connx_text value) {
  MAKE(writer, Connx__Entry, entry, CONNX__ENTRY__INIT);
  entry->has_key = entry->has_value = 1;
  entry->key = bytes_of_text(key);
  entry->value = bytes_of_text(value);
  APPEND(writer, &writer->model, metadata_props, entry);
}

size_t connx_writer_size(const connx_writer *writer) {
  if (connx_arena_failure(writer->arena) != CONNX_OK)
    return SIZE_MAX;
  return connx__model__get_packed_size(&writer->model);
}

void connx_writer_write(const connx_writer *writer, uint8_t *bytes) { connx__model__pack(&writer->model, bytes); }
