/*
 * libablate: what does each unit of a trained network do?
 *
 * A trained network goes in; you choose units (neurons) or synapses, replace their values during a run, and read what
 * changes. Every figure equals what you would get by making the same change and running the network again with this
 * library, bit for bit.
 *
 * The whole library in ten lines:
 *
 *     ablate_model *model;
 *     ablate_model_load("mnist.onnx", &model);
 *
 *     ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
 *     ablate_sweep *sweep;
 *     ablate_sweep_create(model, &options, &sweep);
 *     ablate_sweep_feed(sweep, x, rows, labels);          // as often as there are batches
 *     for (size_t i = 0; i < ablate_sweep_count(sweep); i++) {
 *       ablate_sweep_result result = ABLATE_SWEEP_RESULT_INIT;
 *       ablate_sweep_read(sweep, i, &result);             // rows, correct, lost, gained, ...
 *     }
 *
 * WORDS
 *   layer        a set of units that can be ablated together with their activation function. Layers are numbered from 0
 *                in the order they run; the last one is the output layer, unless another step gives the scores. Steps
 *                that have no units of their own (an input scaler, a normalisation between layers) are not layers;
 *                ablate_model_step() lists them.
 *   unit         a neuron of a layer, numbered from 0 in the order of the file it came from.
 *   pre-activation, activation
 *                the value of a unit before and after its activation function.
 *   synapse      one weight: (layer, unit, input). Ablating it means weight = 0. Of a convolution, all weights from one
 *                input channel to one unit, a slice of the kernel; with groups, inputs are numbered within the unit's.
 *   ablation     replacing a unit's value during a run. The model itself never changes.
 *   replacement  what takes the value's place, see ablate_replacement.
 *   intact run   a run without a mask.
 *   scores       the values of the output layer: logits, or the predicted values of a regression.
 *   prediction   the class with the largest score, the lowest index on ties.
 *   effect       ablated minus intact.
 *   flip         a row whose prediction an ablation makes wrong (lost) or right (gained).
 *   order        distinct units, the first to be removed in front.
 *
 * ARRAYS
 *   Rows of float32, row-major, without padding: x is [rows, input_width]. Images are flattened in the order the model
 * declares (ablate_model_input_shape; channels before rows before columns for PyTorch models). Every array comes with
 * its row count; the library reads and writes exactly that many elements, and keeps no pointer of yours after the call
 * returns. Zero rows are allowed and do nothing. NaN and infinite inputs are not errors: they pass through as IEEE
 * arithmetic has it, and a NaN score counts as the largest when a class is chosen (the first NaN wins), as in NumPy.
 *
 * HANDLES
 *   ablate_builder, ablate_model, ablate_reference, ablate_mask and the workers ablate_session, ablate_sweep,
 * ablate_profile, ablate_diff and ablate_shapley are opaque. A function that makes one stores it through its last
 * argument, and the caller frees it with the matching _free function, which accepts NULL. A model may be freed while
 * references, masks or workers made from it are alive: they keep what they need. A handle is never dereferenced: one
 * that was freed, belongs to another type or was never made is reported as ABLATE_INVALID_ARGUMENT.
 *
 * ERRORS
 *   Functions that can fail return ablate_status. On anything but ABLATE_OK the out-parameters are untouched unless
 * their comment says otherwise, and ablate_last_error() tells what was wrong, with the argument, or the file and node,
 * by name. The library never prints, never exits, and installs no signal handler.
 *
 * THREADS
 *   ablate_model and ablate_reference are immutable: any number of threads may use one. An ablate_builder, an
 * ablate_mask or a worker (ablate_session, ablate_sweep, ablate_profile, ablate_diff, ablate_shapley) belongs to one
 * thread at a time; a second thread that enters a worker in use gets ABLATE_BUSY. Workers spread their work over
 * threads of their own. When a worker is freed, or a call that takes `threads` returns, its model keeps these asleep,
 * one set at most, for the next of as many threads on the same processors; they end when the model and all that was
 * made from it are freed. While a call is at work its threads wait for each other busily, for 20 ms at most, before
 * they sleep. After fork() the child may go on using all of them, but for a worker that another thread was inside: in
 * the child it stays ABLATE_BUSY, and can only be freed. In a child that a progress callback forks, the call that it
 * is in ends as if the callback had cancelled it.
 *
 * NUMBERS
 *   Each value of a dense layer is one chain of fused multiply-adds over its inputs in ascending order, starting from
 * the bias. So the bits of a row depend on the row and the mask alone: not on the batch, the thread count or the
 * processor, among those with fused multiply-add (x86-64-v3, x86-64-v4, arm64). Older x86-64 processors multiply and
 * add separately and agree within rounding.
 *   Averages over positions are summed in parts of 256, row by row, and these sums in parts of 256 again, and then in
 * one chain.
 *   Weights that a model comes in with and that are subnormal, less than 2^-126 = 1.18e-38 in magnitude, count as 0:
 * training with decay leaves many where inputs are always 0, and processors take tens of times as long over them.
 *
 * This file is the whole interface: what is not here is not API. Functions are never removed and enumerators never
 * renumbered within a major version. "Since" is the version that added a function; those without it have been there
 * since 0.1.
 */
#ifndef ABLATE_H
#define ABLATE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ABLATE_VERSION_MAJOR 0
#define ABLATE_VERSION_MINOR 1
#define ABLATE_VERSION_PATCH 0
/** The version of this header as one number: major * 1000000 + minor * 1000 + patch. */
#define ABLATE_VERSION (ABLATE_VERSION_MAJOR * 1000000 + ABLATE_VERSION_MINOR * 1000 + ABLATE_VERSION_PATCH)

#if defined(__GNUC__) || defined(__clang__)
#define ABLATE_API __attribute__((visibility("default")))
#else
#define ABLATE_API
#endif
#if defined(__clang__)
#define ABLATE_ENUM __attribute__((enum_extensibility(open)))
#else
#define ABLATE_ENUM
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * Status, version, processor
 * --------------------------------------------------------------------------------------------------------------- */

/** What a call came to. */
typedef enum ABLATE_ENUM ablate_status {
  ABLATE_OK = 0,
  /** An argument is NULL, out of range, of another model, or no live handle. */
  ABLATE_INVALID_ARGUMENT = 1,
  /**
   * A buffer could not be had. Nothing is lost: free something and call again. (Where not even some hundred bytes can
   * be had, the process ends.)
   */
  ABLATE_OUT_OF_MEMORY = 2,
  /** A file could not be opened, read or written. */
  ABLATE_IO = 3,
  /** A file is damaged or contradicts itself. */
  ABLATE_MALFORMED = 4,
  /** A model, or a question asked of it, is valid but beyond this version. */
  ABLATE_UNSUPPORTED = 5,
  /** A progress callback asked to stop. */
  ABLATE_CANCELLED = 6,
  /** Another thread is inside this session, sweep, profile, diff or estimate of Shapley values. */
  ABLATE_BUSY = 7
} ablate_status;

/** An index that does not apply. */
#define ABLATE_NONE ((size_t)-1)

/**
 * The name of a status, such as "ABLATE_OUT_OF_MEMORY"; "unknown status" for other values. A static string, never
 * NULL.
 */
ABLATE_API const char *ablate_status_name(ablate_status status);

/**
 * What went wrong in the last failing call of this thread: one sentence, UTF-8, at most 1,023 bytes. Never NULL; ""
 * before the first failure. Successful calls leave it alone. The pointer is valid until the next failing call of the
 * same thread.
 */
ABLATE_API const char *ablate_last_error(void);

/** The version of the library that is running, to compare with ABLATE_VERSION of the header you compiled with. */
ABLATE_API uint32_t ablate_version(void);

/**
 * The instruction set the kernels use: "v4" (AVX-512), "v3" (AVX2 and FMA), "neon" (arm64) or "baseline". Chosen once
 * per process: the best the processor has, or a lower one named by the environment variable ABLATE_ISA; other names
 * there, and higher ones, change nothing. A static string.
 */
ABLATE_API const char *ablate_isa(void);

/* ------------------------------------------------------------------------------------------------------------------
 * Activation functions and heads
 * --------------------------------------------------------------------------------------------------------------- */

/**
 * Activation functions, with x the pre-activation. alpha and beta are parameters of the layer. Definitions are those of
 * the ONNX operators of the same names; GELU and SiLU are Hendrycks and Gimpel 2016 (arXiv 1606.08415), SELU Klambauer
 * et al. 2017 (arXiv 1706.02515).
 */
typedef enum ABLATE_ENUM ablate_activation {
  ABLATE_ACTIVATION_IDENTITY = 0,
  /** max(x, 0) */
  ABLATE_ACTIVATION_RELU = 1,
  /** x < 0 ? alpha * x : x; alpha 0.01 by default */
  ABLATE_ACTIVATION_LEAKY_RELU = 2,
  /** x < 0 ? alpha * (exp(x) - 1) : x; alpha 1 by default */
  ABLATE_ACTIVATION_ELU = 3,
  /** beta * (x < 0 ? alpha * (exp(x) - 1) : x); alpha 1.67326319, beta 1.05070102 by default */
  ABLATE_ACTIVATION_SELU = 4,
  /** tanh(x) */
  ABLATE_ACTIVATION_TANH = 5,
  /** 1 / (1 + exp(-x)) */
  ABLATE_ACTIVATION_SIGMOID = 6,
  /** log(1 + exp(x)) */
  ABLATE_ACTIVATION_SOFTPLUS = 7,
  /** x / 2 * (1 + erf(x / sqrt(2))) */
  ABLATE_ACTIVATION_GELU = 8,
  /** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) */
  ABLATE_ACTIVATION_GELU_TANH = 9,
  /** max(0, min(1, alpha * x + beta)); alpha 0.2, beta 0.5 by default */
  ABLATE_ACTIVATION_HARD_SIGMOID = 10,
  /** x * max(0, min(1, x / 6 + 0.5)) */
  ABLATE_ACTIVATION_HARD_SWISH = 11,
  /** min(max(x, alpha), beta), NaN stays; alpha -FLT_MAX, beta FLT_MAX by default */
  ABLATE_ACTIVATION_CLIP = 12,
  /** x / (1 + exp(-x)), also called swish */
  ABLATE_ACTIVATION_SILU = 13
} ablate_activation;

/** What the scores of a model mean, and so what its predictions and probabilities are. */
typedef enum ABLATE_ENUM ablate_head {
  /** Classification: logits. Probabilities are their softmax. The model's own output is the logits. */
  ABLATE_HEAD_LOGITS = 0,
  /** Classification: the model's own output is softmax(scores). */
  ABLATE_HEAD_SOFTMAX = 1,
  /** Classification: the model's own output is log(softmax(scores)). */
  ABLATE_HEAD_LOG_SOFTMAX = 2,
  /**
   * Two classes from one logit z: P(class 1) = sigmoid(z), prediction 1 if z > 0. The model's own output is
   * [P(class 0), P(class 1)].
   */
  ABLATE_HEAD_BINARY = 3,
  /** Independent labels: P(label k) = sigmoid(score k), predicted if the score is > 0. */
  ABLATE_HEAD_MULTILABEL = 4,
  /** Scores are the predicted values. No classes, no probabilities. */
  ABLATE_HEAD_REGRESSION = 5
} ablate_head;

/* ------------------------------------------------------------------------------------------------------------------
 * Models
 *
 * A model is immutable and may be used by any number of threads at once.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_model ablate_model;

/**
 * Loads a model from an ONNX file. Tensors stored outside the file are read from its directory, and from nowhere else.
 *
 * Dense networks as scikit-learn (skl2onnx), PyTorch and Keras export them are understood; their softmax, argmax, label
 * and ZipMap tails become the model's head and class labels. A Linear layer followed by BatchNormalization becomes one
 * layer. Inputs with positions ([batch, positions, features] through dense layers alone) take each position as a row.
 * So are convolutional networks: convolutions and pooling over one or two axes, paths that part and join, parts of
 * rows, padding, other orders of axes, resizing, means. The first axis is that of the rows; what works across it is
 * ABLATE_UNSUPPORTED.
 *
 * ABLATE_IO: the file cannot be read. ABLATE_MALFORMED: it is not valid ONNX. ABLATE_UNSUPPORTED: an operator is
 * unknown, or known but not in this use; the error names it, with its node, opset and, of an unknown one, the operators
 * that are known. ABLATE_OUT_OF_MEMORY.
 */
ABLATE_API ablate_status ablate_model_load(const char *path, ablate_model **outModel);

/**
 * The same from memory. `bytes` is not kept. `directory` (may be NULL) is where tensors stored outside are looked for;
 * with NULL such a model is ABLATE_UNSUPPORTED.
 */
ABLATE_API ablate_status ablate_model_load_memory(const void *bytes, size_t count, const char *directory,
                                                  ablate_model **outModel);

/** Frees a model. NULL is allowed. */
ABLATE_API void ablate_model_free(ablate_model *model);

/** Set `size` with the INIT macro before the call; the rest is filled in. */
typedef struct ablate_model_info {
  size_t size;
  size_t input_width;       /**< values in a row of input */
  size_t output_width;      /**< scores in a row: the units of the output layer */
  size_t class_count;       /**< classes a row can be predicted as; 0 for multilabel and regression */
  size_t prediction_width;  /**< labels ablate_predict writes per row: 1; the number of labels for multilabel; 0 for
                               regression */
  size_t probability_width; /**< probabilities per row: class_count, or the number of labels; 0 for regression */
  size_t layer_count;       /**< layers, the output layer included */
  size_t step_count;        /**< steps, see ablate_model_step */
  int64_t parameter_count;  /**< weights and biases of all steps */
  ablate_head head;
} ablate_model_info;
#define ABLATE_MODEL_INFO_INIT                                                                                         \
  { sizeof(ablate_model_info), 0, 0, 0, 0, 0, 0, 0, 0, ABLATE_HEAD_LOGITS }

/** What a model is. */
ABLATE_API ablate_status ablate_model_describe(const ablate_model *model, ablate_model_info *outInfo);

/**
 * The shape of one row of input as the model declares it, without the batch axis: {784}, or {1, 28, 28}. At most
 * `capacity` lengths are written to `outShape` (may be NULL when capacity is 0); `outRank` receives how many there are.
 */
ABLATE_API ablate_status ablate_model_input_shape(const ablate_model *model, size_t *outShape, size_t capacity,
                                                  size_t *outRank);

/** What a layer is. Strings belong to the model and live as long as it. */
typedef struct ablate_layer_info {
  size_t size;
  const char *name; /**< from the model file or the builder; "" if it has none */
  const char *kind; /**< "dense" or "convolution", whose units are its output channels */
  size_t units;
  size_t inputs; /**< values, of a convolution channels, that each unit reads */
  int64_t parameter_count;
  ablate_activation activation;
  float alpha; /**< parameters of the activation function */
  float beta;
  int is_output; /**< 1 for the output layer */
  size_t height; /**< positions at which each unit has a value are [height, width]: 1 and 1 in a dense layer */
  size_t width;
  size_t kernel_height; /**< a unit has kernel_height * kernel_width weights for each of its inputs: 1 if dense */
  size_t kernel_width;
  size_t groups; /**< units and input channels fall into as many parts, each of which reads its own */
} ablate_layer_info;
#define ABLATE_LAYER_INFO_INIT                                                                                         \
  { sizeof(ablate_layer_info), NULL, NULL, 0, 0, 0, ABLATE_ACTIVATION_IDENTITY, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Describes layer `layer`, 0 to layer_count - 1. All layers can be ablated. */
ABLATE_API ablate_status ablate_model_layer(const ablate_model *model, size_t layer, ablate_layer_info *outInfo);

/** The layer of that name. ABLATE_INVALID_ARGUMENT if there is none; the error lists the names there are. */
ABLATE_API ablate_status ablate_model_find_layer(const ablate_model *model, const char *name, size_t *outLayer);

/** What a step of the computation is. Strings belong to the model. */
typedef struct ablate_step_info {
  size_t size;
  const char *name;
  /** "dense", "convolution", "affine" (a scaler or normalisation), "activation" (one that follows no layer), or of a
   * convolutional network "max pooling", "average pooling", "global max pooling", "global average pooling", "sum",
   * "product", "concatenation", "arrangement" (another order of the same values), "interpolation", "response
   * normalization" */
  const char *kind;
  size_t width; /**< values per row after the step */
  int64_t parameter_count;
  int can_ablate; /**< 1 if the step is a layer */
  size_t layer;   /**< its layer number if it is one, else 0 */
} ablate_step_info;
#define ABLATE_STEP_INFO_INIT                                                                                          \
  { sizeof(ablate_step_info), NULL, NULL, 0, 0, 0, 0 }

/** Describes step `step`, 0 to step_count - 1, in the order of execution, steps that are not layers included. */
ABLATE_API ablate_status ablate_model_step(const ablate_model *model, size_t step, ablate_step_info *outInfo);

/**
 * The name of a class (or label, for multilabel) as the model file has it, as text: "7", "ankle boot". *outLabel is
 * NULL if the model has no names. The string belongs to the model. `index` counts from 0 to class_count - 1 (for
 * multilabel: prediction_width - 1).
 */
ABLATE_API ablate_status ablate_model_class_label(const ablate_model *model, size_t index, const char **outLabel);

/**
 * Makes a model of `model` with other class labels: `count` strings, UTF-8, copied, as many as it has class labels or
 * could have. Both share their weights, `model` stays as it is, and each is freed by itself; a mask of one is none of
 * the other.
 */
ABLATE_API ablate_status ablate_model_with_class_labels(const ablate_model *model, const char *const *labels,
                                                        size_t count, ablate_model **outModel);

/**
 * Copies a layer's parameters. `outWeights` is [units, inputs], whatever layout the model came in, of a convolution
 * [units, inputs, kernel_height, kernel_width]; `outBias` is [units]. Either may be NULL. The counts are what the
 * caller has room for, in floats, and must be exactly the product of these axes and units.
 *
 * These are the weights that runs use: subnormal ones are 0, see NUMBERS.
 */
ABLATE_API ablate_status ablate_model_parameters(const ablate_model *model, size_t layer, float *outWeights,
                                                 size_t weightCount, float *outBias, size_t biasCount);

/* ------------------------------------------------------------------------------------------------------------------
 * Building a model from raw weights
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_builder ablate_builder;

/** The order of a weight matrix in memory, slowest axis first. */
typedef enum ABLATE_ENUM ablate_layout {
  /** [units, inputs]: PyTorch */
  ABLATE_LAYOUT_OUT_IN = 0,
  /** [inputs, units]: scikit-learn, Keras */
  ABLATE_LAYOUT_IN_OUT = 1
} ablate_layout;

/** A dense layer: activation(W x + b). */
typedef struct ablate_dense {
  size_t size;
  const char *name; /**< may be NULL; names must differ from each other */
  size_t units;
  ablate_layout layout;
  /** units * inputs values in `layout`; inputs = the width of the step before. Must be finite. */
  const float *weights;
  const float *bias; /**< [units], or NULL for zeros. Must be finite. */
  ablate_activation activation;
  float alpha;
  float beta;
  /** how many of alpha, beta are given: 0, 1 (alpha) or 2. Others are the activation's defaults, and must be 0 here. */
  int parameter_count;
} ablate_dense;
#define ABLATE_DENSE_INIT                                                                                              \
  { sizeof(ablate_dense), NULL, 0, ABLATE_LAYOUT_OUT_IN, NULL, NULL, ABLATE_ACTIVATION_IDENTITY, 0, 0, 0 }

/**
 * Starts a model whose rows have `rank` axes of the given lengths: {784} or {1, 28, 28}. Free with
 * ablate_builder_free.
 */
ABLATE_API ablate_status ablate_builder_create(const size_t *inputShape, size_t rank, ablate_builder **outBuilder);

/** Frees a builder. NULL is allowed. Models it built live on. */
ABLATE_API void ablate_builder_free(ablate_builder *builder);

/**
 * Adds a dense layer behind the last step. The weights are copied. Its inputs are the values in front of it in the
 * order [channels, height, width], as a flattened image has them in PyTorch.
 */
ABLATE_API ablate_status ablate_builder_add_dense(ablate_builder *builder, const ablate_dense *dense);

/**
 * Adds y = (x - center) * scale + shift, elementwise: a scaler in front, or a normalisation between layers. Each array
 * is [width], width being that of the step before (of an image [channels, height, width]), and is copied; NULL means
 * center 0, scale 1, shift 0. `name` may be NULL. Not a layer: it cannot be ablated.
 */
ABLATE_API ablate_status ablate_builder_add_affine(ablate_builder *builder, const char *name, const float *center,
                                                   const float *scale, const float *shift);

/*
 * Convolutional networks. The input is an image if the builder's shape is {channels, height, width} or {channels,
 * width}; steps that read images give images. What comes in and goes out is [channels, height, width] everywhere, a
 * dense layer reads it so, too. One-dimensional data has height 1. A point is the input (0) or what a step gives: see
 * ablate_builder_last_point. Steps read the last one unless they name another, so that paths part and join.
 */

/** A convolution: activation(W x + b) at each position of a window. Its units are its output channels. */
typedef struct ablate_convolution {
  size_t size;
  const char *name; /**< may be NULL; names must differ from each other */
  size_t units;
  /** [units, channels / groups, kernel_height, kernel_width], channels being those of what it reads. Must be finite. */
  const float *weights;
  const float *bias; /**< [units], or NULL for zeros. Must be finite. */
  size_t kernel_height;
  size_t kernel_width;
  size_t stride_height;
  size_t stride_width;
  size_t dilation_height;
  size_t dilation_width;
  size_t pad_top; /**< rows of zeros around the image */
  size_t pad_left;
  size_t pad_bottom;
  size_t pad_right;
  size_t groups; /**< units and channels fall into as many parts, each of which reads its own */
  size_t source; /**< the point it reads; ABLATE_NONE for the last */
  ablate_activation activation;
  float alpha;
  float beta;
  int parameter_count; /**< as in ablate_dense */
} ablate_convolution;
#define ABLATE_CONVOLUTION_INIT                                                                                        \
  {                                                                                                                    \
    sizeof(ablate_convolution), NULL, 0, NULL, NULL, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, ABLATE_NONE,                     \
        ABLATE_ACTIVATION_IDENTITY, 0, 0, 0                                                                            \
  }

/** What pooling makes of each channel. */
typedef enum ABLATE_ENUM ablate_pooling_kind {
  /** the largest value of a window */
  ABLATE_POOLING_MAXIMUM = 0,
  /** the mean of the values of a window that are inside the image */
  ABLATE_POOLING_AVERAGE = 1,
  /** the mean of a window, the padding counted as zeros: ONNX's count_include_pad */
  ABLATE_POOLING_AVERAGE_COUNTING_PADDING = 2,
  /** the largest value of all positions; windows and pads do not matter */
  ABLATE_POOLING_GLOBAL_MAXIMUM = 3,
  /** the mean of all positions */
  ABLATE_POOLING_GLOBAL_AVERAGE = 4
} ablate_pooling_kind;

typedef struct ablate_pooling {
  size_t size;
  const char *name; /**< may be NULL; names must differ from each other */
  size_t kernel_height;
  size_t kernel_width;
  size_t stride_height;
  size_t stride_width;
  size_t dilation_height;
  size_t dilation_width;
  size_t pad_top;
  size_t pad_left;
  size_t pad_bottom;
  size_t pad_right;
  size_t source; /**< the point it reads; ABLATE_NONE for the last */
  ablate_pooling_kind kind;
  int rounds_up; /**< not 0: a last window that reaches beyond the padding counts, too: ONNX's ceil_mode */
} ablate_pooling;
#define ABLATE_POOLING_INIT                                                                                            \
  { sizeof(ablate_pooling), NULL, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, ABLATE_NONE, ABLATE_POOLING_MAXIMUM, 0 }

/** Adds a convolution. The weights are copied. */
ABLATE_API ablate_status ablate_builder_add_convolution(ablate_builder *builder, const ablate_convolution *convolution);

/** Adds a pooling. Not a layer. ABLATE_INVALID_ARGUMENT if a window lies in padding that does not count. */
ABLATE_API ablate_status ablate_builder_add_pooling(ablate_builder *builder, const ablate_pooling *pooling);

/**
 * The point behind the last step, to be named later; 0 before the first, and if `builder` is no live builder. Points
 * are taken from here, not counted: where channels come first, the first step that goes over an image has one in front
 * of it that puts them last.
 */
ABLATE_API size_t ablate_builder_last_point(const ablate_builder *builder);

/** Adds activation(a + b) of two points of one shape; the activation function has its default parameters. */
ABLATE_API ablate_status ablate_builder_add_sum(ablate_builder *builder, const char *name, size_t first, size_t second,
                                                ablate_activation activation);

/** Adds a * b of two points of one shape, or of an image and a point with one value for each of its channels. */
ABLATE_API ablate_status ablate_builder_add_product(ablate_builder *builder, const char *name, size_t first,
                                                    size_t second);

/** As ablate_builder_add_affine, with [channels] values each for an image: the same at all positions. */
ABLATE_API ablate_status ablate_builder_add_channel_affine(ablate_builder *builder, const char *name,
                                                           const float *center, const float *scale, const float *shift);

/** Says what the scores mean. Without it: ABLATE_HEAD_LOGITS for two or more scores, ABLATE_HEAD_REGRESSION for one. */
ABLATE_API ablate_status ablate_builder_set_head(ablate_builder *builder, ablate_head head);

/** Names the classes: `count` strings, UTF-8, copied. The count must fit the head when the model is built. */
ABLATE_API ablate_status ablate_builder_set_class_labels(ablate_builder *builder, const char *const *labels,
                                                         size_t count);

/**
 * Makes the model from what was added so far. The builder can be used further. The last step must be a layer, a
 * pooling, a sum or a product, and what each layer gives must lead to it; scores of an image are [channels, height,
 * width].
 */
ABLATE_API ablate_status ablate_builder_build(const ablate_builder *builder, ablate_model **outModel);

/* ------------------------------------------------------------------------------------------------------------------
 * Reference rows: what mean and resample replacements draw from
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_reference ablate_reference;

/**
 * Called between blocks of long work (of sweeps that run channels again: between items), on the thread that started it,
 * with how much is done. A return value other than 0 cancels: the call returns ABLATE_CANCELLED, also when all was done
 * (done == total). What then stands is said where the work is. Sweeps and profiles take no more rows after that, so
 * that a loop over batches leaves no gap in what was counted; a diff takes the same rows again, and Shapley values go
 * on. It must not call back into the object that is working.
 */
typedef int (*ablate_progress)(uint64_t done, uint64_t total, void *user);

/**
 * Runs `rows` rows of x ([rows, input_width], at least one) through the intact model and keeps, for each unit, its mean
 * activation, and, if `keepRows` is not 0, every row's activations (rows * units * positions * 4 bytes over all
 * layers), which resample needs. Means are summed in float64 in row order and rounded once. `threads`: 0 for one per
 * processor, at most 256.
 */
ABLATE_API ablate_status ablate_reference_create(const ablate_model *model, const float *x, size_t rows, int keepRows,
                                                 size_t threads, ablate_reference **outReference);

/** Frees a reference. NULL is allowed. Masks and sweeps that use it live on. */
ABLATE_API void ablate_reference_free(ablate_reference *reference);

/** Copies the mean activations of a layer: [units]. `count` must be the layer's units. */
ABLATE_API ablate_status ablate_reference_means(const ablate_reference *reference, size_t layer, float *outMeans,
                                                size_t count);

/* ------------------------------------------------------------------------------------------------------------------
 * Masks
 *
 * One byte per unit, 1 = ablated, and any number of synapses. A mask belongs to one thread at a time; reading it from a
 * run does not change it.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_mask ablate_mask;

/** What takes the place of an ablated unit's activation. */
typedef enum ABLATE_ENUM ablate_replacement_kind {
  /** 0, after the activation function */
  ABLATE_REPLACEMENT_ZERO = 0,
  /**
   * the unit's incoming weights and bias, with a normalisation that is part of the layer, become 0: activation(0). 0
   * for ReLU and tanh, 1/2 for sigmoid; on the output layer the score becomes activation(0) and its class can still be
   * predicted
   */
  ABLATE_REPLACEMENT_DEAD = 1,
  /** the unit's mean activation over the reference rows, of a channel over all positions, too */
  ABLATE_REPLACEMENT_MEAN = 2,
  /** a given value */
  ABLATE_REPLACEMENT_CONSTANT = 3,
  /**
   * the unit's activation in another row: row i of the run (of the whole stream, for a sweep) takes reference row
   * p(i mod n), with p a permutation of the n reference rows drawn from `seed` (the same for all units)
   */
  ABLATE_REPLACEMENT_RESAMPLE = 4
} ablate_replacement_kind;

typedef struct ablate_replacement {
  size_t size;
  ablate_replacement_kind kind;
  float constant; /**< for CONSTANT; any value, NaN and infinities included */
  uint64_t seed;  /**< for RESAMPLE */
  /** for MEAN and RESAMPLE (which needs keepRows); of the same model. What uses it keeps it alive. */
  const ablate_reference *reference;
} ablate_replacement;
#define ABLATE_REPLACEMENT_INIT                                                                                        \
  { sizeof(ablate_replacement), ABLATE_REPLACEMENT_ZERO, 0, 0, NULL }

/** Makes an empty mask for a model; it ablates nothing, and a run with it equals the intact run bit for bit. */
ABLATE_API ablate_status ablate_mask_create(const ablate_model *model, ablate_mask **outMask);

/** Frees a mask. NULL is allowed. */
ABLATE_API void ablate_mask_free(ablate_mask *mask);

/** Empties a mask: no units, no synapses. Replacements stay. */
ABLATE_API ablate_status ablate_mask_clear(ablate_mask *mask);

/** Ablates one unit (`ablated` not 0) or restores it (0). */
ABLATE_API ablate_status ablate_mask_set_unit(ablate_mask *mask, size_t layer, size_t unit, int ablated);

/** The same for `count` units of one layer. Either all indices are valid or nothing changes. */
ABLATE_API ablate_status ablate_mask_set_units(ablate_mask *mask, size_t layer, const size_t *units, size_t count,
                                               int ablated);

/** The same for every unit of a layer. */
ABLATE_API ablate_status ablate_mask_fill_layer(ablate_mask *mask, size_t layer, int ablated);

/** Sets a layer's mask from bytes, one per unit: 0 or 1. `count` must be the layer's units. */
ABLATE_API ablate_status ablate_mask_set_layer(ablate_mask *mask, size_t layer, const uint8_t *bytes, size_t count);

/** Reads a layer's mask, one byte per unit. `count` must be the layer's units. */
ABLATE_API ablate_status ablate_mask_get_layer(const ablate_mask *mask, size_t layer, uint8_t *outBytes, size_t count);

/** Ablates (or restores) the synapse from input `input` to unit `unit` of layer `layer`: its weight counts as 0. */
ABLATE_API ablate_status ablate_mask_set_synapse(ablate_mask *mask, size_t layer, size_t unit, size_t input,
                                                 int ablated);

/** How many units and synapses a mask ablates. Either pointer may be NULL. */
ABLATE_API ablate_status ablate_mask_count(const ablate_mask *mask, size_t *outUnits, size_t *outSynapses);

/** The replacement for every unit that has none of its own. ZERO in a new mask. */
ABLATE_API ablate_status ablate_mask_set_replacement(ablate_mask *mask, const ablate_replacement *replacement);

/** A replacement for one unit, or back to the mask's own with NULL. Does not ablate the unit by itself. */
ABLATE_API ablate_status ablate_mask_set_unit_replacement(ablate_mask *mask, size_t layer, size_t unit,
                                                          const ablate_replacement *replacement);

/* ------------------------------------------------------------------------------------------------------------------
 * Runs
 *
 * A session is a model plus scratch memory and threads. One thread at a time may use it.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_session ablate_session;

/**
 * Makes a session that spreads its work over `threads` threads, the caller's included; 0 for one per processor, at
 * most 256.
 */
ABLATE_API ablate_status ablate_session_create(const ablate_model *model, size_t threads, ablate_session **outSession);

/** Frees a session. NULL is allowed. */
ABLATE_API void ablate_session_free(ablate_session *session);

/** What ablate_run writes. */
typedef enum ABLATE_ENUM ablate_output {
  /** [rows, output_width]: the values of the output layer */
  ABLATE_OUTPUT_SCORES = 0,
  /** [rows, probability_width]; ABLATE_UNSUPPORTED for a regression */
  ABLATE_OUTPUT_PROBABILITIES = 1,
  /**
   * what the model file itself computes, see ablate_head: [rows, output_width], or [rows, 2] for
   * ABLATE_HEAD_BINARY
   */
  ABLATE_OUTPUT_MODEL = 2
} ablate_output;

/**
 * Runs x ([rows, input_width]) with the units and synapses of `mask` ablated (NULL: intact) and writes `out`, whose
 * width `output` decides. The mask must be of the session's model. An output buffer must not overlap x: this is not
 * checked, and what is written then is undefined. On an error `out` may be partly written.
 */
ABLATE_API ablate_status ablate_run(ablate_session *session, const ablate_mask *mask, const float *x, size_t rows,
                                    ablate_output output, float *out);

/**
 * The predictions: [rows, prediction_width] class indices, or 0 and 1 per label for multilabel. ABLATE_UNSUPPORTED for
 * a regression.
 */
ABLATE_API ablate_status ablate_predict(ablate_session *session, const ablate_mask *mask, const float *x, size_t rows,
                                        int32_t *outLabels);

/** Which value of a unit. */
typedef enum ABLATE_ENUM ablate_point {
  /** after the activation function and after any ablation */
  ABLATE_POINT_ACTIVATION = 0,
  /**
   * before the activation function. A dead unit has 0; other replacements act behind this point and leave it as it
   * was
   */
  ABLATE_POINT_PRE_ACTIVATION = 1
} ablate_point;

/** The values of a layer: [rows, units], of a convolution [rows, units, height, width]. */
ABLATE_API ablate_status ablate_activations(ablate_session *session, const ablate_mask *mask, const float *x,
                                            size_t rows, size_t layer, ablate_point point, float *out);

/* ------------------------------------------------------------------------------------------------------------------
 * Pictures
 * --------------------------------------------------------------------------------------------------------------- */

/**
 * Makes rows of a model from pictures of bytes: outX = (byte - mean) * scale of each channel, float32 [rows,
 * input_width] in the order that the model declares ([channels, height, width], [height, width, channels], [height,
 * width] or a flat [height * width]), with 1 or 3 channels. `images` is [rows, height, width, channels]: 1 channel is
 * grey and goes into each of the model's, 3 are red, green and blue, 4 these and an opacity, which is left out; these
 * take a model of 3 channels. `mean`, on the scale of bytes, and `scale` are [channels of the model]; NULL for 0 and 1.
 * Sizes are not changed: cutting and scaling pictures, and which mean and scale a model was trained with, are up to the
 * caller.
 *
 * ABLATE_INVALID_ARGUMENT: pictures of that size are no rows of the model, or mean or scale is not finite.
 */
ABLATE_API ablate_status ablate_rows_from_images(const ablate_model *model, const uint8_t *images, size_t rows,
                                                 size_t height, size_t width, size_t channels, const float *mean,
                                                 const float *scale, float *outX);

/* ------------------------------------------------------------------------------------------------------------------
 * Class activation maps
 *
 * Which places of an image speak for a class. For models that end in the mean of each channel A_k over all positions
 * (global average pooling) and an output layer that reads these means, dense or a 1 x 1 convolution without an
 * activation function; others are ABLATE_UNSUPPORTED. The map of class c is
 *
 *     CAM_c(y, x) = sum over k of w_ck A_k(y, x),
 *
 * and the score of c is its bias plus the mean of the map (Zhou et al. 2016, arXiv 1512.04150). It is summed in float64
 * in ascending order of k and rounded once. Of a binary model, the map of class 0 is minus that of class 1; of
 * multilabel models and regressions, labels and outputs are the classes here.
 *
 * A map has the height and width of the channels, or on request of the input: bilinear interpolation with half-pixel
 * centres, place i of n lying at max(0, (i + 1/2) * length / n - 1/2) of `length` places (PyTorch's
 * align_corners=False).
 * --------------------------------------------------------------------------------------------------------------- */

/** Where a model's maps come from. */
typedef struct ablate_cam_info {
  size_t size;
  size_t map_count; /**< classes that have a map */
  size_t channels;
  size_t layer; /**< the layer whose units the channels are; ABLATE_NONE if another step computes them, as a sum does */
  size_t height; /**< of the channels */
  size_t width;
  size_t input_height; /**< of the input, whichever of its axes the channels are; 0 if it is no image of known size */
  size_t input_width;
} ablate_cam_info;
#define ABLATE_CAM_INFO_INIT                                                                                           \
  { sizeof(ablate_cam_info), 0, 0, 0, 0, 0, 0, 0 }

/** Describes a model's maps. ABLATE_UNSUPPORTED if it has none. */
ABLATE_API ablate_status ablate_cam_describe(const ablate_model *model, ablate_cam_info *outInfo);

/** Copies w_ck, the weights by which a class reads each channel: [channels]. `count` must be the channels. */
ABLATE_API ablate_status ablate_cam_weights(const ablate_model *model, int32_t shownClass, float *outWeights,
                                            size_t count);

/**
 * The maps of x ([rows, input_width]), run with `mask` (NULL: intact): out is [rows, height, width], those of the input
 * if `upsampled` is not 0. `classes` is [rows], or NULL for the prediction of each row with the mask. What the mask
 * replaces shows in the channels, synapses of the output layer that it ablates have weight 0.
 */
ABLATE_API ablate_status ablate_cam(ablate_session *session, const ablate_mask *mask, const float *x, size_t rows,
                                    const int32_t *classes, int upsampled, float *out);

/** Which channels go, and in which order: by the weight by which the class reads them, the lower channel first among
 * equals. */
typedef enum ABLATE_ENUM ablate_cam_order {
  /** all, the largest weight first */
  ABLATE_CAM_HIGHEST_WEIGHT = 0,
  /** all, the smallest (most negative) weight first */
  ABLATE_CAM_LOWEST_WEIGHT = 1,
  /** those with weights below `low` or above `high`, the farthest from the window first */
  ABLATE_CAM_OUTSIDE_WINDOW = 2,
  /** those of `channels`, in that order */
  ABLATE_CAM_GIVEN = 3
} ablate_cam_order;

typedef struct ablate_cam_options {
  size_t size;
  const ablate_mask *mask;               /**< ablated all the time; NULL for nothing */
  const ablate_replacement *replacement; /**< NULL for ZERO; not RESAMPLE. Where the channels are no units of a layer,
                                            ZERO and CONSTANT only */
  const size_t *channels;                /**< for GIVEN, each channel at most once */
  size_t channel_count;
  const size_t *points; /**< the numbers of channels removed at which to look, ascending; NULL for all from 0 */
  size_t point_count;
  size_t top_count;         /**< classes to list at each point; 0 for 5, or all if there are fewer */
  ablate_progress progress; /**< gets the points, done and in all; may be NULL */
  void *user;               /**< passed to progress */
  ablate_cam_order order;   /**< HIGHEST_WEIGHT unless set */
  float low;                /**< the window of weights, for OUTSIDE_WINDOW */
  float high;
  int of_class_only; /**< not 0: only the weight goes by which the class reads a channel; others go on reading it */
  int upsampled;     /**< not 0: maps are as large as the input */
} ablate_cam_options;
#define ABLATE_CAM_OPTIONS_INIT                                                                                        \
  { sizeof(ablate_cam_options), NULL, NULL, NULL, 0, NULL, 0, 0, NULL, NULL, ABLATE_CAM_HIGHEST_WEIGHT, 0, 0, 0, 0 }

/**
 * The channels that ablate_cam_remove() would remove for a class, in their order: at most as many as ablate_cam_info
 * says, which `capacity` must leave room for. `outCount` receives how many there are.
 */
ABLATE_API ablate_status ablate_cam_channels(const ablate_model *model, const ablate_cam_options *options,
                                             int32_t shownClass, size_t *outChannels, size_t capacity,
                                             size_t *outCount);

/** What is left at a point. */
typedef struct ablate_cam_step {
  size_t size;
  size_t removed;      /**< channels that are gone */
  int32_t shown_class; /**< the class that is looked at, at all points the same */
  int32_t prediction;
  float score; /**< of the class; of a binary model, minus the score for class 0 */
  float probability;
} ablate_cam_step;
#define ABLATE_CAM_STEP_INIT                                                                                           \
  { sizeof(ablate_cam_step), 0, 0, 0, 0, 0 }

/**
 * Removes channels of one row, x [input_width], one after the other, and tells at each point what is left of a class
 * and where it comes from. All figures are those of a run in which the channels are replaced at all their positions, or
 * the weights of the class ablated. `shownClass` -1 is the prediction with nothing removed.
 *
 * `capacity` is how many points there is room for; `outCount` receives how many there are. `outSteps` is [capacity],
 * each element as large as the size of the first says. These may be NULL: `outTopClasses` and `outTopProbabilities`,
 * [capacity, top_count], the classes with the largest scores, largest first, the lower class first among equals;
 * `outMaps`, [capacity, height, width]. For models that put each row into one class. On anything but ABLATE_OK the
 * arrays may be partly written.
 */
ABLATE_API ablate_status ablate_cam_remove(const ablate_model *model, const ablate_cam_options *options, const float *x,
                                           int32_t shownClass, ablate_cam_step *outSteps, int32_t *outTopClasses,
                                           float *outTopProbabilities, float *outMaps, size_t capacity,
                                           size_t *outCount);

/* ------------------------------------------------------------------------------------------------------------------
 * Sweeps
 *
 * A sweep ablates one item after the other - units, synapses, values of the input, pairs, or whatever masks say - over
 * any number of labelled rows, and counts. Rows are fed in batches of any size; memory does not grow with them; the
 * batches, their order and the number of threads change no bit of the result (RESAMPLE and CHANGED_ROWS go by the
 * number of a row in the stream, so with these its order matters). The model must be a classifier with one
 * class per row or a regression (not multilabel: ABLATE_UNSUPPORTED). Of a regression, the squared errors and the
 * changes of the outputs are found, and no other metrics; its counts are 0.
 *
 * Each figure is that of a masked run, yet few are run: a row whose prediction leads by more than an ablation can reach
 * keeps it, and many others are carried on from the next pre-activations. ablate_sweep_read_cost() tells how many.
 *
 * Memory: 12 bytes per item and thread, as many once for all (24 from 2^31 rows on), classes^2 * 8 in the same way, and
 * what the metrics say; of pairs in one layer without metrics, 24 * units^2 bytes more per thread; of a regression, 144
 * bytes per item, in the same way; the values of two blocks of rows per thread, each as in a session. The model keeps
 * bounds for its other sweeps until it and all that was made from it are freed: about 144 * classes bytes per unit of
 * the dense layers from the first one swept on, and up to 64 * classes more per unit of this one (16 and 8 * classes
 * where there are more than 16 classes). Where channels are swept for counts and confusion alone, each swept layer
 * keeps the kernels of the convolutions that read it again, twice and a little more (of 1 x 1 kernels four times, of g
 * groups g times; of more than 4 groups not at all).
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_sweep ablate_sweep;

/** Metrics on top of the counts, to be or-ed. */
enum {
  /** the confusion matrix of each item: items * classes^2 * 8 bytes per thread, and once for all; not of regressions */
  ABLATE_METRIC_CONFUSION = 1,
  /** mean of -ln P(label), natural logarithm: items * 72 bytes per thread, and once for all, as of each mean below */
  ABLATE_METRIC_LOG_LOSS = 2,
  /** mean of P(label) */
  ABLATE_METRIC_LABEL_PROBABILITY = 4,
  /**
   * mean of the Kullback-Leibler divergence of the intact class probabilities P from those with the item ablated, Q:
   * sum over classes of P ln (P / Q), natural logarithm
   */
  ABLATE_METRIC_KL_DIVERGENCE = 8,
  /** mean of the score of the label less the best other score; of a binary model, z for label 1 and -z for label 0 */
  ABLATE_METRIC_MARGIN = 16,
  /** mean of P(class) over the rows of each label: items * classes^2 * 72 bytes, in the same way */
  ABLATE_METRIC_CLASS_PROBABILITIES = 32,
  /** which rows the prediction of changed, the first changed_row_limit of them: items * (changed_row_limit + 1) * 8
      bytes, in the same way */
  ABLATE_METRIC_CHANGED_ROWS = 64,
  /** the confusion matrix of each class against all others: items * classes * 16 bytes, in the same way */
  ABLATE_METRIC_ONE_VS_REST = 128
};

/** What the items of a sweep are, in their order. */
typedef enum ABLATE_ENUM ablate_sweep_kind {
  /** each unit of the layers, in the order of the list; all hidden layers without one */
  ABLATE_SWEEP_UNITS = 0,
  /**
   * each synapse into each unit of the layers, by unit and then by input; all layers without a list. With `order`
   * instead of layers, those of these units, in that order
   */
  ABLATE_SWEEP_SYNAPSES = 1,
  /** each value of the input, replaced by zero, a constant or its mean; no layer list */
  ABLATE_SWEEP_INPUTS = 2,
  /**
   * with one layer in the list: each unit of it, then each pair (i, j), i < j, ordered by i and then by j; with two:
   * each unit of the first, each unit of the second, then each pair of one of the first (i) and one of the second (j),
   * ordered by i and then by j. The second of them must be behind the first.
   */
  ABLATE_SWEEP_PAIRS = 3,
  /** the first unit of `order`, the first two, and so on; no layer list */
  ABLATE_SWEEP_CUMULATIVE = 4,
  /** each mask of `masks`, with the replacements of the masks; no layer list */
  ABLATE_SWEEP_MASKS = 5,
  /**
   * each synapse that leaves the hidden units of `order`, in that order and then by the layer, input and unit it goes
   * to, which are those of the result: of all layers that read the unit's values, or what steps without weights
   * (pooling, sums, concatenations and so on; of a response normalization, the unit's own channel) make of them. Each
   * once, with the first of its units. Where dense layers follow each other, the unit is the `input`. No layer list
   */
  ABLATE_SWEEP_OUTGOING_SYNAPSES = 6
} ablate_sweep_kind;

/** A unit of a layer. */
typedef struct ablate_unit {
  size_t layer;
  size_t unit;
} ablate_unit;

typedef struct ablate_sweep_options {
  size_t size;
  const size_t *layers; /**< the layers to sweep, each at most once; NULL for the default of the kind */
  size_t layer_count;
  const ablate_replacement *replacement; /**< of units and input values; NULL for ZERO. Synapses become 0, and masks
                                            have their own. */
  uint32_t metrics;                      /**< ABLATE_METRIC_*; ABLATE_METRIC_CONFUSION unless set */
  size_t threads;                        /**< 0 for one per processor, at most 256 */
  ablate_progress progress;              /**< gets the (row, item) pairs of a feed, done and in all; may be NULL */
  void *user;                            /**< passed to progress */
  ablate_sweep_kind kind;                /**< UNITS unless set */
  const ablate_unit *order;              /**< for CUMULATIVE and synapses, each unit at most once */
  size_t order_count;
  const ablate_mask *const *masks; /**< for MASKS; each ablates something. They can be freed after the call. */
  size_t mask_count;
  size_t changed_row_limit; /**< for ABLATE_METRIC_CHANGED_ROWS: row numbers per item, at most 2^20; 0 for 16 */
  uint64_t first_row;       /**< the number in the whole stream of the first row fed here; at most 2^62. A
                               sweep of rows 5,000 to 9,999 sets it to 5,000, so that RESAMPLE and CHANGED_ROWS
                               number them as a sweep of all rows does. */
} ablate_sweep_options;
#define ABLATE_SWEEP_OPTIONS_INIT                                                                                      \
  {                                                                                                                    \
    sizeof(ablate_sweep_options), NULL, 0, NULL, ABLATE_METRIC_CONFUSION, 0, NULL, NULL, ABLATE_SWEEP_UNITS, NULL, 0,  \
        NULL, 0, 0, 0                                                                                                  \
  }

/**
 * Makes a sweep. `options` may be NULL for the defaults. Lists are copied. ABLATE_UNSUPPORTED for multilabel models,
 * for metrics but CONFUSION of a regression, and for INPUTS with DEAD or RESAMPLE; ABLATE_INVALID_ARGUMENT for lists
 * that do not go with the kind, and for a mask that ablates nothing.
 */
ABLATE_API ablate_status ablate_sweep_create(const ablate_model *model, const ablate_sweep_options *options,
                                             ablate_sweep **outSweep);

/** Frees a sweep. NULL is allowed. */
ABLATE_API void ablate_sweep_free(ablate_sweep *sweep);

/**
 * Adds rows: x is [rows, input_width], labels [rows] in 0 to class_count - 1. Labels are copied, and all are checked
 * before anything is counted. A call that does not return ABLATE_OK has counted nothing. After ABLATE_CANCELLED the
 * results of the feeds before it can be read, and no more rows can be fed: every further feed is ABLATE_CANCELLED.
 */
ABLATE_API ablate_status ablate_sweep_feed(ablate_sweep *sweep, const float *x, size_t rows, const int32_t *labels);

/** The same for regressions: targets is [rows, output_width], the values that x should give, finite. */
ABLATE_API ablate_status ablate_sweep_feed_targets(ablate_sweep *sweep, const float *x, size_t rows,
                                                   const float *targets);

/** How many results there are: one for each item, see ablate_sweep_kind. 0 if `sweep` is no live sweep. */
ABLATE_API size_t ablate_sweep_count(const ablate_sweep *sweep);

/** What ablating one item did. Indices that do not apply are ABLATE_NONE. */
typedef struct ablate_sweep_result {
  size_t size;
  size_t layer;
  size_t unit; /**< of a cumulative sweep, the last one added */
  int64_t rows;
  int64_t correct; /**< rows predicted as their label while the item is ablated */
  int64_t lost;    /**< right when intact, wrong when ablated */
  int64_t gained;  /**< wrong when intact, right when ablated; correct = intact correct - lost + gained */
  int64_t changed; /**< rows whose prediction changed, from one wrong class to another included */
  /**
   * accuracy when ablated minus accuracy when intact: (gained - lost) / rows; of a regression, squared_error when
   * ablated minus that when intact; 0 for no rows
   */
  double effect;
  double log_loss; /**< NaN unless ABLATE_METRIC_LOG_LOSS was asked for, and for no rows. Infinite or NaN rows make it
                      so. */
  double label_probability; /**< NaN unless ABLATE_METRIC_LABEL_PROBABILITY was asked for, and for no rows */
  size_t input;             /**< of a synapse, the input of its unit; of INPUTS, the value */
  size_t second_unit;       /**< of a pair (i, j), j */
  double interaction;       /**< of a pair (i, j): effect of both - effect of i - effect of j; NaN for others,
                               and for no rows */
  size_t second_layer;      /**< of a pair, the layer of second_unit */
  double kl_divergence;     /**< NaN unless ABLATE_METRIC_KL_DIVERGENCE was asked for, and for no rows */
  double margin;            /**< NaN unless ABLATE_METRIC_MARGIN was asked for, and for no rows */
  /**
   * Of a regression: mean over rows and outputs of (output - target)^2; NaN for others, and for no rows. The mean over
   * a row's outputs is rounded to float32 (so squares beyond 3.4e38 count as infinite), their sum over rows is exact.
   */
  double squared_error;
  /** The same of |output - intact output|. */
  double absolute_change;
} ablate_sweep_result;
#define ABLATE_SWEEP_RESULT_INIT                                                                                       \
  { sizeof(ablate_sweep_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Reads result `index`, 0 to ablate_sweep_count() - 1. May be called between feeds. */
ABLATE_API ablate_status ablate_sweep_read(const ablate_sweep *sweep, size_t index, ablate_sweep_result *outResult);

/** The figures of the intact model on the same rows; lost, gained, changed and effect are 0, and all indices
 * ABLATE_NONE. */
ABLATE_API ablate_status ablate_sweep_read_intact(const ablate_sweep *sweep, ablate_sweep_result *outResult);

/**
 * The `count` results with the largest |effect|, of a PAIRS sweep the pairs with the largest |interaction|: their
 * indices, largest first, the lower index first among equals; NaN counts as infinite. `count` must not be more than
 * there are.
 */
ABLATE_API ablate_status ablate_sweep_strongest(const ablate_sweep *sweep, size_t *outIndices, size_t count);

/** How much of a sweep's work had to be done. */
typedef struct ablate_sweep_cost {
  size_t size;
  int64_t pairs;    /**< (row, item) pairs so far */
  int64_t examined; /**< of these, not settled by a bound */
  int64_t rerun;    /**< of these, run ablated, from the layer or a pooling behind it on */
} ablate_sweep_cost;
#define ABLATE_SWEEP_COST_INIT                                                                                         \
  { sizeof(ablate_sweep_cost), 0, 0, 0 }

/** Reads how much of the work so far had to be done. */
ABLATE_API ablate_status ablate_sweep_read_cost(const ablate_sweep *sweep, ablate_sweep_cost *outCost);

/**
 * Adds the counts of another sweep with the same plan (model, kind, items, replacements, metrics, changed_row_limit),
 * as if its rows had been fed here. `other` stays as it is. Shards of the rows can be merged in any order, with the
 * same bits, if each was made with the first_row of its shard. Rows that are fed here later go on after those fed here
 * before: feed all of a shard, then merge.
 *
 * Plans are compared, rows are not: counts do not tell which rows they are of, and first_row, which shards need not
 * have, takes no part in it. So rows that both have, and a sweep that is merged twice, count twice without an error.
 * ablate_sweep_read_intact() tells how many rows there are, to be compared with how many there should be. More than
 * 2^63 - 1 rows cannot be counted: ABLATE_INVALID_ARGUMENT.
 */
ABLATE_API ablate_status ablate_sweep_merge(ablate_sweep *sweep, const ablate_sweep *other);

/**
 * Writes the counts to a file, in place of the one that is there: whole, or not at all. They may be those before a
 * cancelled feed. ablate_sweep_read_intact() tells how many rows they are of, merged ones included: without merges,
 * that is where to go on after a load. Rows that are fed again, from before that place, count twice.
 */
ABLATE_API ablate_status ablate_sweep_save(const ablate_sweep *sweep, const char *path);

/**
 * Replaces the counts by those of a file that a sweep with the same plan saved. Rows fed later are numbered as that
 * sweep would have numbered them. ABLATE_MALFORMED for a file that is truncated, altered or no such file,
 * ABLATE_INVALID_ARGUMENT for one of another plan, ABLATE_UNSUPPORTED for one of a later version of the library; the
 * sweep is then as it was. A cancelled sweep stays cancelled.
 */
ABLATE_API ablate_status ablate_sweep_load(ablate_sweep *sweep, const char *path);

/**
 * The confusion matrix of result `index`: [class_count, class_count], row = label, column = prediction. `count` must be
 * class_count squared. ABLATE_INVALID_ARGUMENT if ABLATE_METRIC_CONFUSION was not asked for.
 */
ABLATE_API ablate_status ablate_sweep_confusion(const ablate_sweep *sweep, size_t index, int64_t *outMatrix,
                                                size_t count);

/** The confusion matrix of the intact model. Always there; of a regression, `count` is 0. */
ABLATE_API ablate_status ablate_sweep_confusion_intact(const ablate_sweep *sweep, int64_t *outMatrix, size_t count);

/**
 * The confusion matrices of each class against all others, of result `index`: [class_count, 2, 2], row = whether the
 * label is the class, column = whether the prediction is, so {{TN, FP}, {FN, TP}}. `count` must be 4 * class_count.
 * ABLATE_INVALID_ARGUMENT if ABLATE_METRIC_ONE_VS_REST was not asked for.
 */
ABLATE_API ablate_status ablate_sweep_one_vs_rest(const ablate_sweep *sweep, size_t index, int64_t *outMatrices,
                                                  size_t count);

/** Those of the intact model. Always there; of a regression, `count` is 0. */
ABLATE_API ablate_status ablate_sweep_one_vs_rest_intact(const ablate_sweep *sweep, int64_t *outMatrices, size_t count);

/**
 * How well each class is told from all others, whatever their sizes: (TPR + TNR) / 2 of "predicted as the class" (Bau
 * et al. 2020, arXiv 2009.05041), from matrices [classes, 2, 2] as ablate_sweep_one_vs_rest() gives them. outAccuracies
 * is [classes]; NaN for a class without rows, and for one that all rows are of.
 */
ABLATE_API ablate_status ablate_balanced_accuracies(const int64_t *matrices, size_t classes, double *outAccuracies);

/**
 * The mean probabilities of result `index`: [class_count, class_count], row = label, column = class, the mean of
 * P(class) over the rows of the label; NaN for labels without rows. `count` must be class_count squared.
 * ABLATE_INVALID_ARGUMENT if ABLATE_METRIC_CLASS_PROBABILITIES was not asked for.
 */
ABLATE_API ablate_status ablate_sweep_class_probabilities(const ablate_sweep *sweep, size_t index, double *outMatrix,
                                                          size_t count);

/** The mean probabilities of the intact model. */
ABLATE_API ablate_status ablate_sweep_class_probabilities_intact(const ablate_sweep *sweep, double *outMatrix,
                                                                 size_t count);

/**
 * The rows whose prediction result `index` changes: their numbers in the stream, the lowest ones, ascending. `capacity`
 * must be changed_row_limit of the options (16 unless set) or more; `outCount` gets how many there are. Of each item,
 * the rows changed in all are `changed` of its result. ABLATE_INVALID_ARGUMENT if ABLATE_METRIC_CHANGED_ROWS was not
 * asked for.
 */
ABLATE_API ablate_status ablate_sweep_changed_rows(const ablate_sweep *sweep, size_t index, int64_t *outRows,
                                                   size_t capacity, size_t *outCount);

/* ------------------------------------------------------------------------------------------------------------------
 * Greedy elimination
 *
 * Removes, again and again, the unit of a layer without which the others do best. Each step is a whole sweep of the
 * units that are left, so all rows are there at once: rows * units * 5 bytes are kept. Of layers that a convolution or
 * a pooling follows, convolutions among them, each step runs all rows anew: rows * input_width * 4 bytes are kept.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_greedy_options {
  size_t size;
  const ablate_replacement *replacement; /**< NULL for ZERO; not RESAMPLE */
  size_t threads;                        /**< 0 for one per processor, at most 256 */
  ablate_progress progress; /**< gets (steps done, steps in all), for channels during a step, too; may be NULL */
  void *user;               /**< passed to progress */
} ablate_greedy_options;
#define ABLATE_GREEDY_OPTIONS_INIT                                                                                     \
  { sizeof(ablate_greedy_options), NULL, 0, NULL, NULL }

/**
 * Removes `count` units of a hidden layer of a classifier, one after the other: each time the one without which most
 * rows are predicted as their label, the lowest index on ties. outUnits gets them in that order, outCurve the accuracy
 * after each step: [count] both, each equal to that of a run with a mask of the units so far. x is [rows, input_width],
 * labels [rows]; at least one row. `options` may be NULL for the defaults, outSteps may be NULL; it gets the steps that
 * were done, also where the call fails midway or is cancelled: so many values of outUnits and outCurve are written.
 */
ABLATE_API ablate_status ablate_greedy_run(const ablate_model *model, size_t layer,
                                           const ablate_greedy_options *options, const float *x, size_t rows,
                                           const int32_t *labels, size_t *outUnits, double *outCurve, size_t count,
                                           size_t *outSteps);

/** The same for regressions: each time the unit without which the mean squared error over targets, [rows,
 * output_width], is least; outCurve gets that error. */
ABLATE_API ablate_status ablate_greedy_run_targets(const ablate_model *model, size_t layer,
                                                   const ablate_greedy_options *options, const float *x, size_t rows,
                                                   const float *targets, size_t *outUnits, double *outCurve,
                                                   size_t count, size_t *outSteps);

/* ------------------------------------------------------------------------------------------------------------------
 * Is it real?
 *
 * An ablation that gains three rows of 7,000 may owe them to luck, and the best of 392 units was chosen for its luck.
 * Under the hypothesis that a unit does not matter, each flip - a row whose prediction becomes wrong (lost) or right
 * (gained) - is as likely to be one as the other: McNemar's test counts coins. What many units come to is adjusted for
 * their number.
 * --------------------------------------------------------------------------------------------------------------- */

/** What flips say. Probabilities below 1e-307 are 0. */
typedef struct ablate_flip_test {
  size_t size;
  /**
   * McNemar 1947, exact: with n = lost + gained and k the smaller of them, min(1, 2 * sum over i <= k of C(n, i) /
   * 2^n); 1 for no flips
   */
  double p_value;
  /**
   * the same less the probability of the flips observed, C(n, k) / 2^n; with lost = gained, 1 less half of it: less
   * cautious (Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13:91). 1 for no flips.
   */
  double mid_p_value;
  double p_value_of_loss;  /**< one-sided: at least as many lost. Small if the ablation hurts. */
  double p_value_of_gain;  /**< one-sided: at least as many gained. Small if the ablation helps. */
  double smallest_p_value; /**< 2^(1 - n): p_value cannot be less, whichever way the n flips went; 1 for no flips */
  double effect;           /**< (gained - lost) / rows; NaN for no rows */
  double variance;         /**< of the effect: (n - (lost - gained)^2 / rows) / rows^2; NaN for no rows */
  /**
   * the effects that a score test does not reject (Tango 1998, Statistics in Medicine 17:891); within -1 to 1, and not
   * empty without flips either: -3.84 / (rows + 3.84) to 3.84 / (rows + 3.84) at 95 %. NaN for no rows.
   */
  double lower;
  double upper;
} ablate_flip_test;
#define ABLATE_FLIP_TEST_INIT                                                                                          \
  { sizeof(ablate_flip_test), 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Tests `lost` and `gained` of `rows` rows, as ablate_sweep_result has them. `confidence`, between 0 and 1, is that of
 * the interval: 0.95. Accurate to about 1e-12 of its value up to 10^9 flips, to 1e-9 up to the most possible: rows may
 * be 2^53. ABLATE_INVALID_ARGUMENT for negative counts, more flips than rows and other confidences.
 */
ABLATE_API ablate_status ablate_flips_test(int64_t lost, int64_t gained, int64_t rows, double confidence,
                                           ablate_flip_test *outTest);

/** What makes p-values of many tests fit to be compared with one level. */
typedef enum ABLATE_ENUM ablate_adjustment {
  /**
   * bounds the probability of any false finding, whatever the dependence between tests: running maximum of
   * (m - i + 1) p(i) over the m ordered p-values (Holm 1979)
   */
  ABLATE_ADJUSTMENT_HOLM = 0,
  /**
   * bounds the expected fraction of false findings among all findings, for independent or positively dependent tests:
   * min over k >= i of m p(k) / k (Benjamini and Hochberg 1995)
   */
  ABLATE_ADJUSTMENT_BENJAMINI_HOCHBERG = 1,
  /** the same whatever the dependence: times 1 + 1/2 + ... + 1/m (Benjamini and Yekutieli 2001) */
  ABLATE_ADJUSTMENT_BENJAMINI_YEKUTIELI = 2
} ablate_adjustment;

/**
 * Adjusts `count` p-values: outAdjusted is [count], in the same order, and may be pValues itself. NaN is no test: it
 * stays NaN and does not count. ABLATE_INVALID_ARGUMENT, and nothing is written, for values outside 0 to 1.
 */
ABLATE_API ablate_status ablate_adjust_p_values(ablate_adjustment adjustment, const double *pValues, size_t count,
                                                double *outAdjusted);

/** What a sweep says of an item in one word: the first of these, from above, that holds. */
typedef enum ABLATE_ENUM ablate_verdict {
  /** adjusted p-value <= level, and more rows gained than lost */
  ABLATE_VERDICT_HARMFUL = 4,
  /** adjusted p-value <= level, and effect <= -essential_loss */
  ABLATE_VERDICT_ESSENTIAL = 3,
  /** adjusted p-value <= level (and then more rows are lost than gained) */
  ABLATE_VERDICT_USEFUL = 2,
  /**
   * no prediction changes, from one wrong class to another included; or the whole interval of the effect is within
   * -margin to margin
   */
  ABLATE_VERDICT_REDUNDANT = 1,
  /** anything else: the rows do not tell */
  ABLATE_VERDICT_UNDECIDED = 0
} ablate_verdict;

/** "undecided", "redundant", "useful", "essential" or "harmful"; "unknown verdict" for other values. A static string.
 */
ABLATE_API const char *ablate_verdict_name(ablate_verdict verdict);

typedef struct ablate_judge_options {
  size_t size;
  ablate_adjustment adjustment;
  /**
   * not 0: items that have too few flips to be significant whichever way they go do not count as tests, and their
   * adjusted p-value is 1 (Tarone 1990; for false findings Gilbert 2005)
   */
  int testable_only;
  double level;          /**< between 0 and 1; the intervals hold the effect with 1 - level */
  double essential_loss; /**< of accuracy, from which on a useful item is essential: 0 to 1 */
  double margin;         /**< of accuracy, which does not matter: 0 to 1; 0 if only no change at all is redundant */
} ablate_judge_options;
#define ABLATE_JUDGE_OPTIONS_INIT                                                                                      \
  { sizeof(ablate_judge_options), ABLATE_ADJUSTMENT_HOLM, 0, 0.05, 0.01, 0.001 }

/** What to think of an item. */
typedef struct ablate_judgement {
  size_t size;
  size_t index; /**< of the result of the sweep */
  ablate_verdict verdict;
  double p_value; /**< two-sided and exact, see ablate_flip_test */
  double adjusted_p_value;
  double smallest_p_value;
  double effect;
  /**
   * of the interval of the effect: of this one item, not adjusted for the number of items. A score interval, while the
   * p-value is exact: near the level, one may leave out 0 while the other is not significant.
   */
  double lower;
  double upper;
  /** the label whose recall falls most, the lowest on ties; ABLATE_NONE if none falls or there are no matrices */
  size_t affected_class;
  int64_t affected_rows;  /**< its rows that were right, less those that are right when ablated */
  double affected_recall; /**< the same as a fraction of the rows of the label */
  /** the class that is predicted more often by most rows, the lowest on ties; ABLATE_NONE as above */
  size_t favoured_class;
  int64_t favoured_rows; /**< how many more rows are predicted as it */
} ablate_judgement;
#define ABLATE_JUDGEMENT_INIT                                                                                          \
  { sizeof(ablate_judgement), 0, ABLATE_VERDICT_UNDECIDED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Judges every result of a sweep of a classifier, of any kind: outJudgements is [count], count that of
 * ablate_sweep_count(). The first element must have its size set; it is taken for all, and set in all. `options` may be
 * NULL for the defaults. Classes need ABLATE_METRIC_CONFUSION. The tests are as many as there are results: sweep the
 * layer in question, not more. ABLATE_UNSUPPORTED for a regression, ABLATE_INVALID_ARGUMENT for a sweep without rows.
 */
ABLATE_API ablate_status ablate_sweep_judge(const ablate_sweep *sweep, const ablate_judge_options *options,
                                            ablate_judgement *outJudgements, size_t count);

/** Which results of a sweep are chosen. */
typedef enum ABLATE_ENUM ablate_choice {
  /** those whose ablation helps most, or hurts least */
  ABLATE_CHOICE_HIGHEST_EFFECT = 0,
  /** those whose ablation hurts most */
  ABLATE_CHOICE_LOWEST_EFFECT = 1,
  /** those with the largest |effect| */
  ABLATE_CHOICE_STRONGEST_EFFECT = 2
} ablate_choice;

/**
 * Judges the best of many on rows that they were not chosen on: chooses `count` results by the sweep `selection`, the
 * lower index first among equals, and judges them by the sweep `test`, which has the same model, kind, items and
 * replacements and was fed other rows (which is not checked). Only `count` tests are made, so one gets by without any
 * adjustment. outJudgements is [count], in the order of choice, its indices those of both sweeps; at least 1. Otherwise
 * as ablate_sweep_judge().
 */
ABLATE_API ablate_status ablate_sweep_judge_selected(const ablate_sweep *selection, const ablate_sweep *test,
                                                     ablate_choice choice, const ablate_judge_options *options,
                                                     ablate_judgement *outJudgements, size_t count);

/* ------------------------------------------------------------------------------------------------------------------
 * Orders of units, and curves of what is left
 *
 * In which order can units go? An order is an array of distinct units, the first to be removed in front; its first k
 * are part of its first k + 1. It can come from scores (a measure of a profile, weight norms, effects of a sweep), from
 * a seed, or from ablate_greedy_run(). Curves show the accuracy as the units go.
 * --------------------------------------------------------------------------------------------------------------- */

/**
 * All units of `layerCount` layers, each named at most once, in the order of the list; of all hidden layers if `layers`
 * is NULL. outCount gets how many there are; outUnits may be NULL if `capacity` is 0, else there must be room for all.
 */
ABLATE_API ablate_status ablate_model_units(const ablate_model *model, const size_t *layers, size_t layerCount,
                                            ablate_unit *outUnits, size_t capacity, size_t *outCount);

/** The size of a unit's incoming weights, without its bias. */
typedef enum ABLATE_ENUM ablate_weight_norm {
  /** the sum of magnitudes */
  ABLATE_WEIGHT_NORM_L1 = 1,
  /** the root of the sum of squares */
  ABLATE_WEIGHT_NORM_L2 = 2
} ablate_weight_norm;

/** The norm of each unit of a layer, in float64: outNorms is [units]. `count` must be the layer's units. */
ABLATE_API ablate_status ablate_model_weight_norms(const ablate_model *model, size_t layer, ablate_weight_norm norm,
                                                   double *outNorms, size_t count);

/** The effect of each result of a sweep: outEffects is [count], count that of ablate_sweep_count(). */
ABLATE_API ablate_status ablate_sweep_effects(const ablate_sweep *sweep, double *outEffects, size_t count);

/** Which end of the scores goes first. */
typedef enum ABLATE_ENUM ablate_direction {
  ABLATE_DIRECTION_LOW_FIRST = 0,
  ABLATE_DIRECTION_HIGH_FIRST = 1
} ablate_direction;

/**
 * Orders `count` distinct units by their scores: scores is [count], as units is. The lower layer, then the lower unit
 * goes first among equals; units whose score is NaN go last in either direction. outOrder is [count] and may be `units`
 * itself.
 *
 * outWarning must not be NULL: it gets NULL, or, if there are units of several layers, a sentence that says which
 * scores can be compared between layers. It is a static string for people, whatever the scores are; the order is made
 * all the same.
 */
ABLATE_API ablate_status ablate_order_by_scores(const ablate_model *model, const ablate_unit *units,
                                                const double *scores, size_t count, ablate_direction direction,
                                                ablate_unit *outOrder, const char **outWarning);

/**
 * Orders `count` distinct units at random: outOrder is [count] and may be `units` itself. The same set of units and the
 * same seed give the same order on every machine: the units sorted by layer and unit, shuffled by Fisher and Yates from
 * the last place down, place i exchanged with place floor(r * (i + 1) / 2^64), with r the next number of SplitMix64
 * (Steele, Lea and Flood 2014, OOPSLA) from `seed`.
 */
ABLATE_API ablate_status ablate_order_at_random(const ablate_model *model, const ablate_unit *units, size_t count,
                                                uint64_t seed, ablate_unit *outOrder);

/** How well two measures agree on an order. */
typedef enum ABLATE_ENUM ablate_correlation {
  /** Pearson's correlation of the ranks; equal values have the mean of their ranks (Spearman 1904) */
  ABLATE_CORRELATION_SPEARMAN = 0,
  /** tau-b: (agreeing - disagreeing pairs) / sqrt(pairs that differ in x * pairs that differ in y) (Kendall 1945) */
  ABLATE_CORRELATION_KENDALL = 1
} ablate_correlation;

/**
 * The rank correlation of x and y, [count] both, at most 2^31: -1 to 1. NaN if all values of x or of y are equal, if
 * there are fewer than two, or if one is NaN. Of a measure with effects: layer by layer, as no measure is known to rank
 * units across layers.
 */
ABLATE_API ablate_status ablate_rank_correlation(ablate_correlation kind, const double *x, const double *y,
                                                 size_t count, double *outValue);

typedef struct ablate_curve_options {
  size_t size;
  const ablate_replacement *replacement; /**< NULL for ZERO */
  size_t threads;                        /**< 0 for one per processor, at most 256 */
  ablate_progress progress;              /**< gets the (row, order) pairs, done and in all; may be NULL */
  void *user;                            /**< passed to progress */
  /**
   * the numbers of removed units at which to look, ascending, from 0 (the intact model) to unitCount; NULL for all of
   * them: unitCount + 1 points
   */
  const size_t *points;
  size_t point_count;
} ablate_curve_options;
#define ABLATE_CURVE_OPTIONS_INIT                                                                                      \
  { sizeof(ablate_curve_options), NULL, 0, NULL, NULL, NULL, 0 }

/**
 * Removes the units of `orderCount` orders of `unitCount` units each, [orderCount, unitCount], of one layer or of
 * several, channels of convolutions among them, one after the other: outAccuracies gets the accuracy at each point,
 * [orderCount, points], each equal to that of a run with a mask of the units so far. x is [rows, input_width], labels
 * [rows]; at least one row. `count` must be orderCount * points. `options` may be NULL for the defaults. Neither orders
 * nor rows influence each other, nor do threads change a bit; memory grows with orders * points, not with rows. Nothing
 * is written unless it is ABLATE_OK, after ABLATE_CANCELLED neither. ABLATE_UNSUPPORTED for a multilabel model and a
 * regression.
 */
ABLATE_API ablate_status ablate_curves_run(const ablate_model *model, const ablate_curve_options *options,
                                           const ablate_unit *orders, size_t orderCount, size_t unitCount,
                                           const float *x, size_t rows, const int32_t *labels, double *outAccuracies,
                                           size_t count);

/**
 * What curves of several orders come to: curves is [orderCount, pointCount], at least one of each; points are the
 * numbers of removed units, [pointCount], ascending, or NULL for 0, 1, 2, and so on. Each out-parameter may be NULL.
 *
 * outMeans, [pointCount]: the mean over orders at each point. outDeviations, [pointCount]: the sample standard
 * deviation over orders (squares divided by orderCount - 1); NaN for one order. outAreas, [orderCount]: the area under
 * each curve by trapezoids, over the fraction of the units removed between the first and the last point: from 0 to 1
 * if these are none and all. NaN for one point.
 */
ABLATE_API ablate_status ablate_curves_summarize(const double *curves, size_t orderCount, const size_t *points,
                                                 size_t pointCount, double *outMeans, double *outDeviations,
                                                 double *outAreas);

/* ------------------------------------------------------------------------------------------------------------------
 * Profiles
 *
 * A profile tells what each unit of some layers does over any number of rows, in one pass, without ablating anything:
 * how its activation is distributed, what it tells about the class, and cheap guesses of what ablating it would do.
 *
 * Rows are fed in batches of any size; memory does not grow with them. The batches, their order, the number of threads
 * and merging change no bit of the result: sums are exact and rounded once. (Top rows go by the number of a row in the
 * stream. The Gram matrix is the exception, see ablate_profile_gram.)
 *
 * A NaN or infinite activation makes all figures of its unit NaN, but for its weight norms and counts; histograms,
 * levels and top rows leave it out. `non_finite` of ablate_profile_unit counts them.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_profile ablate_profile;

/**
 * What is found on top of rows, mean, variance, extremes, active rows and weight norms, to be or-ed. Those marked L
 * need labels, and so a model that puts each row into one class: ABLATE_UNSUPPORTED for others.
 */
enum {
  /** L: mean per class, class selectivity, attributions: units * classes * 48 bytes per thread, and once for all */
  ABLATE_PROFILE_CLASS_MEANS = 1,
  /** entropy: units * levels * 8 bytes, in the same way */
  ABLATE_PROFILE_ENTROPY = 2,
  /** L: entropy, mutual information with the class, KL selectivity: units * classes * levels * 8 bytes */
  ABLATE_PROFILE_INFORMATION = 4,
  /** histogram_bins of each unit, 8 bytes each */
  ABLATE_PROFILE_HISTOGRAM = 8,
  /** top_row_limit of each unit, 12 bytes each */
  ABLATE_PROFILE_TOP_ROWS = 16,
  /** mean products of each two units of a layer: units^2 * 8 bytes, once, and again with a progress callback */
  ABLATE_PROFILE_GRAM = 32,
  /** L: Taylor measures, which take a run backwards through the steps behind, and a block's activations' room again */
  ABLATE_PROFILE_TAYLOR = 64
};

/**
 * How activations become levels, of which entropy and information are. The level of an activation is the number of
 * edges below it.
 */
typedef enum ABLATE_ENUM ablate_quantiser {
  /** two levels, above and not above the activation function's threshold: 1/2 for sigmoid and hard sigmoid, 0 for
   * others. That of Amjad, Liu and Geiger (arXiv 1804.06679) for sigmoid. */
  ABLATE_QUANTISER_OWN_THRESHOLD = 0,
  /** two levels, above and not above quantiser_threshold */
  ABLATE_QUANTISER_THRESHOLD = 1,
  /** 2^quantiser_bits levels of equal width from quantiser_low to quantiser_high; the outer ones go on beyond */
  ABLATE_QUANTISER_UNIFORM = 2,
  /** 2^quantiser_bits levels with the edges of quantiser_edges; see ablate_quantile_edges */
  ABLATE_QUANTISER_EDGES = 3
} ablate_quantiser;

/** What counts as the activation of a channel, which has a value at each of its positions. */
typedef enum ABLATE_ENUM ablate_positions { ABLATE_POSITIONS_MEAN = 0, ABLATE_POSITIONS_MAXIMUM = 1 } ablate_positions;

typedef struct ablate_profile_options {
  size_t size;
  const size_t *layers; /**< the layers to profile, each at most once; NULL for all hidden layers */
  size_t layer_count;
  uint32_t measures;          /**< ABLATE_PROFILE_*; 0 unless set */
  ablate_quantiser quantiser; /**< for ENTROPY and INFORMATION; OWN_THRESHOLD unless set */
  uint32_t quantiser_bits;    /**< for UNIFORM and EDGES, 1 to 8; 0 for 1 */
  float quantiser_threshold;  /**< for THRESHOLD; not NaN */
  float quantiser_low;        /**< for UNIFORM, finite, low < high; both 0 for the range of the activation function: */
  float quantiser_high;       /**< 0 to 1 for sigmoid and hard sigmoid, -1 to 1 for tanh, an error for others */
  const float *quantiser_edges; /**< for EDGES: [units of all layers, in the order of the list, 2^bits - 1], those of a
                                   unit ascending. Copied. */
  size_t quantiser_edge_count;  /**< how many floats these are */
  size_t histogram_bins;        /**< at most 2^16; 0 for 64 */
  float histogram_low;          /**< the range of the bins, as that of UNIFORM. A profile without histogram tells the */
  float histogram_high;         /**< extremes of activations whose function has no range of its own. */
  size_t top_row_limit;         /**< for ABLATE_PROFILE_TOP_ROWS: rows per unit, at most 2^16; 0 for 8 */
  size_t threads;               /**< 0 for one per processor, at most 256 */
  ablate_progress progress;     /**< gets the rows of a feed, done and in all; may be NULL */
  void *user;                   /**< passed to progress */
  uint64_t first_row;           /**< the number in the whole stream of the first row fed here, as in a sweep */
  ablate_positions positions;   /**< for layers that are convolutions; the mean over all positions unless set */
} ablate_profile_options;
#define ABLATE_PROFILE_OPTIONS_INIT                                                                                    \
  {                                                                                                                    \
    sizeof(ablate_profile_options), NULL, 0, 0, ABLATE_QUANTISER_OWN_THRESHOLD, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0,    \
        NULL, NULL, 0, ABLATE_POSITIONS_MEAN                                                                           \
  }

/** Makes a profile. `options` may be NULL for the defaults. Lists are copied. */
ABLATE_API ablate_status ablate_profile_create(const ablate_model *model, const ablate_profile_options *options,
                                               ablate_profile **outProfile);

/** Frees a profile. NULL is allowed. */
ABLATE_API void ablate_profile_free(ablate_profile *profile);

/**
 * Adds rows: x is [rows, input_width], labels [rows] in 0 to class_count - 1. Labels are not read, and may be NULL, if
 * no measure that needs them was asked for. All labels are checked before anything is counted. A call that does not
 * return ABLATE_OK has counted nothing. After ABLATE_CANCELLED the results of the feeds before it can be read, and no
 * more rows can be fed: every further feed is ABLATE_CANCELLED.
 */
ABLATE_API ablate_status ablate_profile_feed(ablate_profile *profile, const float *x, size_t rows,
                                             const int32_t *labels);

/**
 * Adds the counts and sums of another profile with the same plan (model, layers, measures, quantiser, histograms,
 * top_row_limit), as if its rows had been fed here. `other` stays as it is. Shards of the rows can be merged in any
 * order; rows that both have count twice, without an error. ABLATE_INVALID_ARGUMENT for another plan.
 */
ABLATE_API ablate_status ablate_profile_merge(ablate_profile *profile, const ablate_profile *other);

/**
 * What a profile says of one unit. Figures that were not asked for are NaN, indices ABLATE_NONE. Figures of activations
 * are NaN for no rows. a is the activation; entropies are in bits, with 0 log 0 = 0.
 */
typedef struct ablate_profile_unit {
  size_t size;
  int64_t rows;
  int64_t non_finite; /**< rows in which a is NaN or infinite */
  int64_t active;     /**< rows in which a is above its threshold: 1/2 for sigmoid and hard sigmoid, 0 for others */
  /** 1 if a is the same in every row (at least one), as that of a ReLU unit that is never active; wide, so that no
   * padding follows */
  int64_t is_dead;
  double fraction_active; /**< active / rows */
  double mean;
  double variance; /**< of the rows as a population: divided by rows, not by rows - 1 */
  double minimum;
  double maximum;
  double entropy;            /**< H(T) of the level T of a */
  double mutual_information; /**< I(T; Y) with the label Y; 0 if all rows are of one class */
  double kl_selectivity;     /**< the largest D(P(T | Y = y) || P(T)) over the classes y with rows */
  size_t kl_class;           /**< the class that has it, the lowest on ties */
  /**
   * (largest - others) / (largest + others) of the mean activation of the class that has the largest one and the mean
   * of those of the other classes with rows (Morcos et al. 2018, arXiv 1803.06959), without an epsilon in the divisor:
   * 0 if both are 0. NaN if an activation is negative, and if there are no rows of another class.
   */
  double class_selectivity;
  size_t largest_class; /**< the class with the largest mean activation, the lowest on ties */
  /**
   * the mean over rows of |a dL/da| with L = -ln P(label), natural logarithm: what ablating the unit would change of
   * each row's loss to first order (Molchanov et al. 2017, arXiv 1611.06440). Of a channel, |sum of a dL/da| over all
   * its positions, whatever `positions` of the options is; their equation 8 takes the mean over positions in place of
   * the sum, which is this divided by how many there are. Of each row float32. Where an activation function of a step
   * behind has no derivative, that of the lower side is taken; of equal maxima in a pooling window the first counts.
   */
  double taylor;
  double taylor_of_mean; /**< the magnitude of the mean over rows of the same: what effects of opposite signs leave */
  double incoming_l1;    /**< sum of the magnitudes of the incoming weights, without the bias */
  double incoming_l2;    /**< square root of the sum of their squares */
  /**
   * the same of the weights that leave the unit, which are those of ABLATE_SWEEP_OUTGOING_SYNAPSES: of a channel all of
   * the kernels that read it. NaN if none do, as those of the output layer
   */
  double outgoing_l2;
} ablate_profile_unit;
#define ABLATE_PROFILE_UNIT_INIT                                                                                       \
  { sizeof(ablate_profile_unit), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Reads what is known of a unit. `layer` is a layer of the model that is profiled. May be called between feeds. */
ABLATE_API ablate_status ablate_profile_read(const ablate_profile *profile, size_t layer, size_t unit,
                                             ablate_profile_unit *outUnit);

/** One of the figures of ablate_profile_unit. */
typedef enum ABLATE_ENUM ablate_measure {
  ABLATE_MEASURE_MEAN = 0,
  ABLATE_MEASURE_VARIANCE = 1,
  ABLATE_MEASURE_MINIMUM = 2,
  ABLATE_MEASURE_MAXIMUM = 3,
  ABLATE_MEASURE_FRACTION_ACTIVE = 4,
  ABLATE_MEASURE_ENTROPY = 5,
  ABLATE_MEASURE_MUTUAL_INFORMATION = 6,
  ABLATE_MEASURE_KL_SELECTIVITY = 7,
  ABLATE_MEASURE_CLASS_SELECTIVITY = 8,
  ABLATE_MEASURE_TAYLOR = 9,
  ABLATE_MEASURE_TAYLOR_OF_MEAN = 10,
  ABLATE_MEASURE_INCOMING_L1 = 11,
  ABLATE_MEASURE_INCOMING_L2 = 12,
  ABLATE_MEASURE_OUTGOING_L2 = 13
} ablate_measure;

/**
 * One figure of every unit of a layer: [units], what orders of units are made of. `count` must be the layer's units.
 * ABLATE_INVALID_ARGUMENT if the figure was not asked for.
 */
ABLATE_API ablate_status ablate_profile_measure(const ablate_profile *profile, ablate_measure measure, size_t layer,
                                                double *outValues, size_t count);

/** How many rows each class has: [class_count], `count`. Needs ABLATE_PROFILE_CLASS_MEANS or INFORMATION. */
ABLATE_API ablate_status ablate_profile_class_rows(const ablate_profile *profile, int64_t *outRows, size_t count);

/**
 * The mean activation of each unit of a layer over the rows of each class: [units, class_count]; NaN for classes
 * without rows. `count` must be units * class_count. Needs ABLATE_PROFILE_CLASS_MEANS.
 */
ABLATE_API ablate_status ablate_profile_class_means(const ablate_profile *profile, size_t layer, double *outMeans,
                                                    size_t count);

/**
 * What each unit of the last hidden layer adds to the score of each class, in the mean over the rows of that class:
 * mean activation * weight, [units, class_count]. Exact: ablating the unit with ZERO takes as much away. Of a binary
 * head the score of class 0 is that of class 1 with the opposite sign. `count` must be units * class_count. Needs
 * ABLATE_PROFILE_CLASS_MEANS. ABLATE_UNSUPPORTED for other layers, and where something other than scalings is between
 * the two or the output layer has an activation function. Channels of a convolution take global average pooling in
 * between, and ABLATE_POSITIONS_MEAN.
 */
ABLATE_API ablate_status ablate_profile_attributions(const ablate_profile *profile, size_t layer, double *outValues,
                                                     size_t count);

/**
 * How many activations of a unit are in each of histogram_bins bins of equal width, each with its lower end and the
 * last one with its upper end, too. `count` must be histogram_bins (64 unless set). outBelow and outAbove, which may be
 * NULL, get how many are outside the range. Needs ABLATE_PROFILE_HISTOGRAM.
 */
ABLATE_API ablate_status ablate_profile_histogram(const ablate_profile *profile, size_t layer, size_t unit,
                                                  int64_t *outCounts, size_t count, int64_t *outBelow,
                                                  int64_t *outAbove);

/**
 * The rows with the largest activations of a unit: their numbers in the stream and, unless outValues is NULL, these
 * activations, largest first, the lowest row first among equals. `capacity`, of both, must be top_row_limit (8 unless
 * set) or more; `outCount` gets how many there are. Needs ABLATE_PROFILE_TOP_ROWS.
 */
ABLATE_API ablate_status ablate_profile_top_rows(const ablate_profile *profile, size_t layer, size_t unit,
                                                 int64_t *outRows, float *outValues, size_t capacity, size_t *outCount);

/**
 * The mean over the rows of the product of the activations of each two units, not centred: [units, units], symmetric.
 * With the means, which ablate_profile_measure() gives, it is what least squares need. NaN for no rows, and for units
 * with an activation that is not finite. `count` must be units squared. Needs ABLATE_PROFILE_GRAM.
 *
 * Each sum is one chain of float64 additions of exact products, in the order of the rows. So batches and threads change
 * no bit of it, but the order of the rows, and merging, which adds sums, change the last ones: the error of a sum is at
 * most rows * 2^-53 times the sum of the magnitudes of its terms.
 */
ABLATE_API ablate_status ablate_profile_gram(const ablate_profile *profile, size_t layer, double *outMatrix,
                                             size_t count);

/**
 * Edges for ABLATE_QUANTISER_EDGES that put about as many of some rows on each level: the quantiles of each unit's
 * activations over x, [rows, input_width], at least one row; those of channels as `positions` has it. outEdges is
 * [units, 2^bits - 1], `count`; edge k of a unit (from 1) is the smallest of its activations that at least k / 2^bits
 * of them do not exceed. `bits` is 1 to 8; `threads` as elsewhere. Takes rows * units * 4 bytes.
 * ABLATE_INVALID_ARGUMENT if an activation is NaN.
 */
ABLATE_API ablate_status ablate_quantile_edges(const ablate_model *model, size_t layer, const float *x, size_t rows,
                                               ablate_positions positions, uint32_t bits, size_t threads,
                                               float *outEdges, size_t count);

/* ------------------------------------------------------------------------------------------------------------------
 * Surgery
 *
 * Makes ablations permanent: a smaller model without some hidden units, which is a model like any other.
 * --------------------------------------------------------------------------------------------------------------- */

/**
 * What makes up for removed units in the next dense layer. W_j are that layer's weights from unit j, b its bias, and
 * values are those that enter it, behind any scaling between the two layers.
 */
typedef enum ABLATE_ENUM ablate_compensation {
  /**
   * each removed unit holds its replacement for ever: b += W_j * value. Of ZERO, unless a step in between makes
   * something else of a 0, nothing is added, and the scores are those of a run with a mask, value for value; of others
   * (MEAN: "bias balancing") they are the same but for the rounding of b.
   */
  ABLATE_COMPENSATION_REPLACEMENT = 0,
  /**
   * the kept unit k whose correlation with j is largest in magnitude, the lowest on ties, stands in for it (NoiseOut,
   * Babaeizadeh et al. 2016, arXiv 1611.06211): with beta = cov(j, k) / var(k), W_k += beta W_j and
   * b += W_j (mean_j - beta mean_k). A unit that does not vary, or has no kept unit that does: its mean alone.
   */
  ABLATE_COMPENSATION_CORRELATED = 1,
  /**
   * all kept units together stand in, by least squares with an intercept (as ThiNet, Luo et al. 2017, arXiv 1707.06342,
   * reconstructs a layer's input): beta = C_kk^-1 c_kj, with C the covariances. Kept units that others determine but
   * for rounding (constant ones, copies, sums) get beta 0, so that factors stay bounded. Takes about
   * units^3 / 3 multiply-adds and 16 * units^2 bytes.
   */
  ABLATE_COMPENSATION_LEAST_SQUARES = 2
} ablate_compensation;

/** Moments of a layer's activations over some rows, in float64. */
typedef struct ablate_layer_moments {
  size_t size;
  size_t layer;        /**< a hidden layer */
  const double *means; /**< [units]; finite */
  const double
      *gram; /**< [units, units], mean over rows of activation i * activation j, not centred; finite; j <= i is read */
} ablate_layer_moments;
#define ABLATE_LAYER_MOMENTS_INIT                                                                                      \
  { sizeof(ablate_layer_moments), 0, NULL, NULL }

typedef struct ablate_surgery_options {
  size_t size;
  ablate_compensation compensation;      /**< REPLACEMENT unless set */
  const ablate_replacement *replacement; /**< for REPLACEMENT: NULL for ZERO; finite, and not RESAMPLE */
  /**
   * for the others, either: moments of each layer that loses units, each layer at most once. The first element must
   * have its size set; it is taken for all.
   */
  const ablate_layer_moments *moments;
  size_t moment_count;
  const float *x; /**< or rows of which they are computed with the intact model: [rows, input_width] */
  size_t rows;
  double ridge;   /**< for LEAST_SQUARES: each kept unit's variance counts 1 + ridge times; finite, 0 or more */
  size_t threads; /**< for rows: 0 for one per processor, at most 256 */
  ablate_progress progress; /**< for rows: gets (rows done, rows in all), may be NULL */
  void *user;               /**< passed to progress */
} ablate_surgery_options;
#define ABLATE_SURGERY_OPTIONS_INIT                                                                                    \
  { sizeof(ablate_surgery_options), ABLATE_COMPENSATION_REPLACEMENT, NULL, NULL, 0, NULL, 0, 0, 0, NULL, NULL }

/**
 * Which units can only be removed together: outGroups is [units] of the layer, `count` of them, and gets the same
 * number for units, also of other layers, that are tied; ABLATE_NONE for units that cannot be removed. The number of a
 * group is that of its first unit, counted through all layers from 0; in models of dense layers each hidden unit is one
 * by itself.
 *
 * A residual sum or product ties channel c of one branch to channel c of the other, a depthwise convolution each
 * channel that it reads to its own units for it, a grouped one the channels at the same place of each group: the
 * coupled channels of pruning libraries (DepGraph: Fang et al. 2023, arXiv 2301.12900). What is tied to the input, to
 * the scores, or to channels that a response normalization sums over, stays.
 */
ABLATE_API ablate_status ablate_model_unit_groups(const ablate_model *model, size_t layer, size_t *outGroups,
                                                  size_t count);

/**
 * Makes a smaller model without `count` units, at least one: of hidden layers, any number of them, each unit at most
 * once, and with a unit all that are tied to it (ablate_model_unit_groups). The units that stay keep their order,
 * layers and steps their names; head and class labels stay. `options` may be NULL for the defaults.
 *
 * A channel of a convolution goes from all that is there once for each channel, up to the layers that read it; a dense
 * layer behind loses one input for each of its positions. Scores are those of a run with a mask of all removed units:
 * the same values where they hold 0 up to the next layers, else but for the rounding of biases. A removed channel that
 * reaches the next convolution as something else than 0 (another replacement, or an affine step or a sigmoid on the
 * way) is folded into its bias only if no window of it reaches into padding, where the channel would have been 0:
 * ABLATE_UNSUPPORTED otherwise, as is compensation by other units for layers that a convolution or pooling follows.
 *
 * What is folded into the next layer is computed in float64 and rounded once. Moments are those of the intact model,
 * also where several layers lose units. An activation function that is a step of its own between a layer and the next
 * needs rows, not moments: ABLATE_UNSUPPORTED.
 *
 * ABLATE_INVALID_ARGUMENT, among others: a unit of the output layer, all units of a layer, a unit listed twice, one
 * that is tied to some that are not listed (the message names them with their layers), moments that are not finite or
 * missing, what is folded does not fit a float32.
 */
ABLATE_API ablate_status ablate_model_prune(const ablate_model *model, const ablate_unit *units, size_t count,
                                            const ablate_surgery_options *options, ablate_model **outModel);

/** What a model takes to store and to run. */
typedef struct ablate_model_cost {
  size_t size;
  int64_t parameters;    /**< weights and biases of all steps */
  int64_t multiply_adds; /**< of a row: one for each weight of a dense step, one for each weight and output position of
                              a convolution, one for each value of an affine step */
  int64_t bytes;         /**< of the parameters as float32 */
} ablate_model_cost;
#define ABLATE_MODEL_COST_INIT                                                                                         \
  { sizeof(ablate_model_cost), 0, 0, 0 }

/** Reads what a model takes. */
ABLATE_API ablate_status ablate_model_read_cost(const ablate_model *model, ablate_model_cost *outCost);

/**
 * Writes any model to an ONNX file (opset 13, IR version 7), in place of the one that is there: whole, or not at all.
 * The file holds one Gemm or Conv for each layer, its activation function, affine steps as Sub, Mul and Add, and the
 * head as the model's own output. Images are [rows, channels, height, width] in it, also those of one axis (height 1);
 * values that a step puts elsewhere are gathered, an interpolation is written out term by term (read back, its terms
 * are steps). Its input is "input", float32 [rows, input_width] (or the shape of a row behind rows); its only output is
 * float32 [rows, output_width], named "scores" for logits, "values" for a regression, "probabilities" for softmax and
 * multilabel, "log_probabilities" for log softmax; ABLATE_HEAD_BINARY gives "probabilities", [rows, 2]. A file that the
 * model was loaded from may have had other names and outputs. Names of layers and steps, the shape of a row, the head
 * and class labels (the last two as metadata, "libablate.head" and "libablate.class.0", ...) are kept:
 * ablate_model_load() gives a model with the same names, head, labels and scores, bit for bit, but for a -0 that
 * becomes 0. A scaling that changes nothing may go; others are written with all their parameters.
 *
 * ABLATE_IO: the file cannot be written. ABLATE_UNSUPPORTED: it would be larger than 2 GiB, which ONNX does not allow;
 * an average pooling has dilations, which opset 13 does not know.
 */
ABLATE_API ablate_status ablate_model_save(const ablate_model *model, const char *path);

/**
 * The same into memory: writes the bytes of the file to `outBytes`, which has room for `capacity`, and their number to
 * `outCount`. With capacity 0 (outBytes may be NULL) only the number. ABLATE_INVALID_ARGUMENT if other capacities are
 * too small; outCount is then set, too.
 */
ABLATE_API ablate_status ablate_model_save_memory(const ablate_model *model, void *outBytes, size_t capacity,
                                                  size_t *outCount);

/* ------------------------------------------------------------------------------------------------------------------
 * Model differences
 *
 * Runs two models on the same rows, or one with two masks, and counts where they differ. Rows are fed in batches of any
 * size; memory does not grow with them; neither batches nor threads change a bit of the result (their order only which
 * number a row has). A diff belongs to one thread at a time, as a sweep does (ABLATE_BUSY).
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_diff ablate_diff;

typedef struct ablate_diff_options {
  size_t size;
  const ablate_mask *first_mask;  /**< of the first model; NULL: intact. Can be freed after the call, as the other */
  const ablate_mask *second_mask; /**< of the second model */
  uint64_t first_row; /**< the number in the whole stream of the first row fed here, for shards of it; at most 2^62 */
  size_t threads;     /**< 0 for one per processor, at most 256 */
  ablate_progress progress; /**< gets the rows of a feed, done and in all; may be NULL */
  void *user;               /**< passed to progress */
} ablate_diff_options;
#define ABLATE_DIFF_OPTIONS_INIT                                                                                       \
  { sizeof(ablate_diff_options), NULL, NULL, 0, 0, NULL, NULL }

/**
 * Makes a diff. The models may be the same; both are classifiers with the same number of classes, multilabel with the
 * same number of labels, or regressions with the same number of outputs, and take rows of the same width:
 * ABLATE_INVALID_ARGUMENT otherwise. Classes are compared by their place: if both models have class labels, they must
 * be the same in the same order. `options` may be NULL for the defaults.
 */
ABLATE_API ablate_status ablate_diff_create(const ablate_model *first, const ablate_model *second,
                                            const ablate_diff_options *options, ablate_diff **outDiff);

/** Frees a diff. NULL is allowed. */
ABLATE_API void ablate_diff_free(ablate_diff *diff);

/**
 * Adds rows: x is [rows, input_width], labels [rows] in 0 to class_count - 1, or NULL if there are none (as they must
 * be for multilabel and regressions). A call that does not return ABLATE_OK has counted nothing; after ABLATE_CANCELLED
 * the same rows can be fed again.
 */
ABLATE_API ablate_status ablate_diff_feed(ablate_diff *diff, const float *x, size_t rows, const int32_t *labels);

/**
 * How two models differ. Changes are |P_second - P_first| of a class or label, of regressions |second - first| of an
 * output, in float32; their sum is exact and rounded once.
 */
typedef struct ablate_diff_result {
  size_t size;
  int64_t rows;
  int64_t agreeing;      /**< rows predicted alike (multilabel: in all labels); 0 for regressions */
  double agreement;      /**< agreeing / rows; NaN for no rows and for regressions */
  double mean_change;    /**< mean over rows and classes; NaN for no rows */
  double largest_change; /**< NaN for no rows. A change that is NaN is the largest, and makes the mean NaN. */
  int64_t largest_row;   /**< the number of its row in the stream, the lowest on ties; -1 for no rows */
  size_t largest_class;  /**< its class, label or output, the lowest on ties; ABLATE_NONE for no rows */
  int64_t labelled;      /**< rows fed with labels; the sum of the four that follow */
  int64_t both_right;
  int64_t only_first_right; /**< with the next, the discordant pairs of McNemar's test */
  int64_t only_second_right;
  int64_t both_wrong;
} ablate_diff_result;
#define ABLATE_DIFF_RESULT_INIT                                                                                        \
  { sizeof(ablate_diff_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Reads what was found so far. May be called between feeds. */
ABLATE_API ablate_status ablate_diff_read(const ablate_diff *diff, ablate_diff_result *outResult);

/**
 * How often each pair of predictions came: [class_count, class_count], row = the first model's, column = the second's.
 * `count` must be class_count squared. ABLATE_UNSUPPORTED for multilabel and regressions.
 */
ABLATE_API ablate_status ablate_diff_confusion(const ablate_diff *diff, int64_t *outMatrix, size_t count);

/**
 * Adds the counts of another diff of the same models and masks, as if its rows had been fed here; `other` stays as it
 * is. Shards can be merged in any order, with the same bits; rows that both have count twice, without an error.
 * ABLATE_INVALID_ARGUMENT for models of other weights, and for masks that ablate something else.
 */
ABLATE_API ablate_status ablate_diff_merge(ablate_diff *diff, const ablate_diff *other);

/* ------------------------------------------------------------------------------------------------------------------
 * Shapley values of units
 *
 * What each unit contributes when any of the others may be ablated, too. The players are units; a set of them is worth
 * V: what the model comes to, on given rows, when the players outside the set are ablated. The Shapley value of a unit
 * is the mean, over all orders of the players, of its marginal: what its ablation takes away from V when the players
 * before it in the order are ablated already (Shapley 1953). It is estimated from random orders (Castro, Gomez and
 * Tejada 2009; for units of networks Ghorbani and Zou 2020, arXiv 2002.09815). In each order the marginals of all
 * players add up to V(all intact) - V(all ablated), and so do the values; a unit that changes nothing has exactly 0.
 *
 *     ablate_shapley *shapley;
 *     ablate_shapley_create(model, NULL, x, rows, labels, &shapley);
 *     ablate_shapley_run(shapley, 1000);                    // as often as there is time
 *     ablate_shapley_value value = ABLATE_SHAPLEY_VALUE_INIT;
 *     ablate_shapley_read(shapley, 0, &value);              // value, lower, upper, ...
 *
 * V is that of masked runs, bit for bit, and sums of marginals are exact. Permutation p depends on the seed and p
 * alone. So neither the threads, nor cutting 100 permutations into 60 and 40, nor merging changes a bit.
 *
 * An estimate is used, freed and inherited over fork() as a sweep is: by one thread at a time, ABLATE_BUSY for others.
 *
 * Random numbers are those of SplitMix64 (Steele, Lea and Flood 2014). Permutation p has a generator of its own, whose
 * seed is output p, counted from 0, of one that was started with `seed`. A number below n is the upper 64 bits of the
 * next output times n. The order comes from a Fisher-Yates shuffle of the list of players: for k from the number of
 * players down to 2, element k - 1 changes places with element r, r a number below k. Then come the rows, if they are
 * drawn: in the list 0, 1, ..., rows - 1, for i from 0 to sample_rows - 1, element i changes places with element i + r,
 * r a number below rows - i; the first sample_rows are taken.
 * --------------------------------------------------------------------------------------------------------------- */

typedef struct ablate_shapley ablate_shapley;

/** V: the mean over rows of a figure. */
typedef enum ABLATE_ENUM ablate_shapley_measure {
  /** 1 where the prediction is the label, 0 elsewhere */
  ABLATE_SHAPLEY_ACCURACY = 0,
  /** P(label) */
  ABLATE_SHAPLEY_LABEL_PROBABILITY = 1,
  /** ln P(label), which is minus the log loss */
  ABLATE_SHAPLEY_LOG_LOSS = 2
} ablate_shapley_measure;

typedef struct ablate_shapley_options {
  size_t size;
  const size_t *layers; /**< all units of these hidden layers are players; NULL for all hidden layers */
  size_t layer_count;
  const ablate_unit *units; /**< or these units of hidden layers are, each at most once; without `layers` */
  size_t unit_count;
  const ablate_replacement *replacement; /**< NULL for ZERO; not RESAMPLE */
  size_t threads;                        /**< 0 for one per processor, at most 256 */
  ablate_progress progress;              /**< gets the marginals of a run, done and in all; may be NULL */
  void *user;                            /**< passed to progress */
  uint64_t seed;
  uint64_t first_permutation; /**< the number of the first permutation, at most 2^32: to share permutations out */
  size_t sample_rows;         /**< rows drawn for each permutation, without putting back; 0 for all */
  /**
   * Truncation (Ghorbani and Zou): once more than `patience` values of V in a row, along an order, are within
   * `tolerance` of V with all players ablated (on the same rows), the remaining marginals of the order count as 0.
   * Saves work, and biases the values of what comes late by up to the tolerance each. 0 for none.
   */
  double tolerance;
  size_t patience; /**< 0 for 5 */
  /**
   * Ends runs once it is known which units have the top_count largest values, see ablate_shapley_top; that is looked at
   * after every 16th permutation. Orders are walked whole all the time, so no value is biased by which units are still
   * open. The intervals are those of one unit at one time, adjusted neither for the number of units nor for that of
   * looks: for all of U units in k looks, ask for delta / (U k). 0 for never; less than the number of players. With
   * LOG_LOSS only if largest_change is given.
   */
  size_t top_count;
  double delta; /**< an interval may miss the value with this probability; 0 for 0.05 */
  /**
   * The most that the figure of a row can change by; 0 for 1, which holds for accuracy and probability, and for no
   * bound with LOG_LOSS, whose intervals are infinite unless a bound is given here.
   */
  double largest_change;
  ablate_shapley_measure measure; /**< ACCURACY unless set */
} ablate_shapley_options;
#define ABLATE_SHAPLEY_OPTIONS_INIT                                                                                    \
  {                                                                                                                    \
    sizeof(ablate_shapley_options), NULL, 0, NULL, 0, NULL, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0,                     \
        ABLATE_SHAPLEY_ACCURACY                                                                                        \
  }

/**
 * Makes an estimate of Shapley values over x, [rows, input_width], and labels, [rows] in 0 to class_count - 1; at least
 * one row. Runs the rows up to the first layer with players, and keeps what that gives: rows * units * 4 bytes; if a
 * convolution or a pooling follows, or it is one, the rows themselves: rows * input_width * 4, and each marginal runs
 * what is behind it. `options` may be NULL for the defaults. Lists are copied. For models that put each row into one
 * class; the output layer has no players (ABLATE_UNSUPPORTED, as for RESAMPLE).
 */
ABLATE_API ablate_status ablate_shapley_create(const ablate_model *model, const ablate_shapley_options *options,
                                               const float *x, size_t rows, const int32_t *labels,
                                               ablate_shapley **outShapley);

/** Frees an estimate. NULL is allowed. */
ABLATE_API void ablate_shapley_free(ablate_shapley *shapley);

/**
 * Walks `permutations` more orders: those with the lowest numbers from first_permutation on that are not counted yet;
 * fewer if top_count units get known. At most 2^32 in all. After ABLATE_CANCELLED the orders that were walked to their
 * ends are counted, the others are not, and a further run goes on.
 */
ABLATE_API ablate_status ablate_shapley_run(ablate_shapley *shapley, uint64_t permutations);

/** How many players there are. 0 if `shapley` is no live estimate. */
ABLATE_API size_t ablate_shapley_count(const ablate_shapley *shapley);

/** What is known of a player. */
typedef struct ablate_shapley_value {
  size_t size;
  size_t layer;
  size_t unit;
  double value;    /**< the mean of its marginals; NaN before the first permutation */
  double variance; /**< of its marginals, with n - 1; NaN before the second permutation */
  /**
   * The Shapley value (with truncation or drawn rows: the value expected of a permutation) is in lower to upper, but
   * for a probability of delta: the empirical Bernstein bound sqrt(2 variance ln(2 / d) / n) + 7 R ln(2 / d) / (3 (n -
   * 1)) of Maurer and Pontil 2009 (arXiv 0907.3740, theorem 4) on each side, with d = delta / 2 and n permutations. R
   * is the range of a marginal, from -m to m with m = largest_change * (the share of rows that the unit can change): a
   * row whose activation is the replacement already, of a channel at all positions, stays as it is. The ends are never
   * outside of -m to m, which they are for n < 2. The bound is of one unit at one time: for all of U units at once, ask
   * for delta / U.
   */
  double lower;
  double upper;
  uint64_t permutations; /**< n: how many marginals it is the mean of */
} ablate_shapley_value;
#define ABLATE_SHAPLEY_VALUE_INIT                                                                                      \
  { sizeof(ablate_shapley_value), 0, 0, 0, 0, 0, 0, 0 }

/**
 * Reads player `index`, 0 to ablate_shapley_count() - 1: by layer and unit, or in the order of `units`. NaN or infinite
 * figures of rows make its value so.
 */
ABLATE_API ablate_status ablate_shapley_read(const ablate_shapley *shapley, size_t index,
                                             ablate_shapley_value *outValue);

/** What an estimate is made of. */
typedef struct ablate_shapley_summary {
  size_t size;
  uint64_t permutations; /**< that are counted, merged ones included */
  uint64_t marginals;    /**< permutations * players */
  uint64_t truncated;    /**< of these, taken for 0 by truncation */
  double intact;         /**< V with no player ablated, on all rows */
  double ablated;        /**< V with all players ablated, on all rows */
} ablate_shapley_summary;
#define ABLATE_SHAPLEY_SUMMARY_INIT                                                                                    \
  { sizeof(ablate_shapley_summary), 0, 0, 0, 0, 0 }

/** Reads what an estimate is made of. */
ABLATE_API ablate_status ablate_shapley_summarize(const ablate_shapley *shapley, ablate_shapley_summary *outSummary);

/**
 * The `count` players with the largest values: their indices, largest first, the lower index first among equals, NaN
 * last. `count` must not be more than there are. *outIsSettled (may be NULL) gets 1 if no interval of the others
 * reaches above the lowest end of theirs, so that they are the right ones but for the probability of the intervals,
 * each of which may miss its value with delta; else 0, also if `count` is 0 or all, where there is nothing to tell. It
 * says nothing about their order.
 */
ABLATE_API ablate_status ablate_shapley_top(const ablate_shapley *shapley, size_t *outIndices, size_t count,
                                            int *outIsSettled);

/**
 * Adds the permutations of another estimate, as if they had been walked here. Model, players, replacement, rows,
 * labels, measure, seed, sample_rows, tolerance and patience must be the same, and no permutation may be in both
 * (ABLATE_INVALID_ARGUMENT): give each its own range with first_permutation. `other` stays as it is.
 */
ABLATE_API ablate_status ablate_shapley_merge(ablate_shapley *shapley, const ablate_shapley *other);

#ifdef __cplusplus
}
#endif

#endif
