/*
 * sweep: ablates every unit of a trained network on labelled data and prints what each ablation changed.
 *
 *     sweep mnist.onnx t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz --scale 1/255
 *
 * The data are read in batches, so any number of rows will do.
 */
#include "arguments.h"
#include "failure.h"
#include "labels.h"
#include "progress.h"
#include "report.h"
#include <stdio.h>
#include <stdlib.h>

/* Values in a batch: 16 MB of float32. */
enum { BATCH_VALUES = 1 << 22, BATCH_ROWS = 4096 };

static bool library_failure(void) { return failure("%s", ablate_last_error()); }

/* Chooses the layers to sweep. `layers` has room for every layer of the model, and for every listed one. */
static bool choose_layers(const arguments *given, const ablate_model_info *info, size_t *layers, size_t *outCount) {
  size_t count = given->layers == LAYERS_ALL ? info->layer_count : info->layer_count - 1;
  for (size_t layer = 0; layer < count; layer++) {
    layers[layer] = layer;
  }
  if (given->layers == LAYERS_LISTED) {
    count = given->listed_count;
    for (size_t i = 0; i < count; i++) {
      if (given->listed[i] >= info->layer_count) {
        return failure("--layers: there is no layer %zu; %s has the layers 0 to %zu", given->listed[i], given->model,
                       info->layer_count - 1);
      }
      layers[i] = given->listed[i];
    }
  }
  *outCount = count;
  return true;
}

/* Makes the reference that mean and resample draw from: all rows of the data. */
static bool read_reference(const arguments *given, const ablate_model *model, size_t width,
                           ablate_reference **outReference) {
  row_reader reader = {0};
  float *x = NULL;
  bool done = row_reader_open(&reader, given->data, width, given->scale);
  if (done) {
    uint64_t rows = reader.left;
    if (rows <= SIZE_MAX / sizeof *x / (width > 0 ? width : 1)) {
      x = malloc((size_t)rows * width * sizeof *x + 1);
    }
    bool keepRows = given->replacement.kind == ABLATE_REPLACEMENT_RESAMPLE;
    if (x == NULL) {
      done = failure("%s: %llu rows do not fit in memory, and the replacement %s needs them all", given->data,
                     (unsigned long long)rows, given->replacement_name);
    } else if (!row_reader_read(&reader, x, (size_t)rows)) {
      done = false;
    } else if (ablate_reference_create(model, x, (size_t)rows, keepRows, given->threads, outReference) != ABLATE_OK) {
      done = library_failure();
    }
  }
  free(x);
  row_reader_close(&reader);
  return done;
}

/* Feeds all rows to the sweep. */
static bool feed(ablate_sweep *sweep, row_reader *rows, label_reader *labels, progress *progress) {
  size_t width = (size_t)rows->file.width;
  size_t most = BATCH_VALUES / (width > 0 ? width : 1);
  most = most < 1 ? 1 : most > BATCH_ROWS ? BATCH_ROWS : most;
  float *x = malloc(most * width * sizeof *x + 1);
  int32_t *y = malloc(most * sizeof *y);
  bool fed = x != NULL && y != NULL ? true : failure("out of memory");
  while (fed && rows->left > 0) {
    size_t count = rows->left < most ? (size_t)rows->left : most;
    fed = row_reader_read(rows, x, count) && label_reader_read(labels, y, count);
    progress->batch = count;
    if (fed && ablate_sweep_feed(sweep, x, count, y) != ABLATE_OK) {
      fed = library_failure();
    }
    progress->finished += count;
  }
  free(x);
  free(y);
  return fed;
}

/* Opens the data and the labels and sweeps. */
static bool sweep_data(const arguments *given, const ablate_model_info *info, ablate_sweep *sweep, progress *progress) {
  row_reader rows = {0};
  label_reader labels = {0};
  bool done = row_reader_open(&rows, given->data, info->input_width, given->scale) &&
              label_reader_open(&labels, given->labels, info->class_count);
  if (done && rows.file.rows != labels.file.rows) {
    done = failure("%s has %llu rows, but %s has %llu labels", given->data, (unsigned long long)rows.file.rows,
                   given->labels, (unsigned long long)labels.file.rows);
  }
  if (done) {
    progress_start(progress, rows.left);
    done = feed(sweep, &rows, &labels, progress);
    progress_end(progress);
  }
  row_reader_close(&rows);
  label_reader_close(&labels);
  return done;
}

static bool sweep_model(const arguments *given, const ablate_model *model, ablate_reference **outReference,
                        ablate_sweep **outSweep) {
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  if (ablate_model_describe(model, &info) != ABLATE_OK) {
    return library_failure();
  }
  size_t room = info.layer_count + LISTED_LAYERS_MAX;
  size_t *layers = malloc(room * sizeof *layers);
  if (layers == NULL) {
    return failure("out of memory");
  }
  progress progress = {0};
  ablate_replacement replacement = given->replacement;
  ablate_sweep_options options = ABLATE_SWEEP_OPTIONS_INIT;
  options.layers = layers;
  options.replacement = &replacement;
  options.metrics = 0;
  options.threads = given->threads;
  options.progress = progress_step;
  options.user = &progress;
  bool needsReference = replacement.kind == ABLATE_REPLACEMENT_MEAN || replacement.kind == ABLATE_REPLACEMENT_RESAMPLE;
  bool done = choose_layers(given, &info, layers, &options.layer_count);
  if (done && needsReference) {
    done = read_reference(given, model, info.input_width, outReference);
    replacement.reference = *outReference;
  }
  if (done && ablate_sweep_create(model, &options, outSweep) != ABLATE_OK) {
    done = library_failure();
  }
  free(layers);
  return done && sweep_data(given, &info, *outSweep, &progress);
}

static bool run(const arguments *given) {
  ablate_model *model = NULL;
  ablate_reference *reference = NULL;
  ablate_sweep *sweep = NULL;
  bool done = ablate_model_load(given->model, &model) == ABLATE_OK ? true : library_failure();
  done = done && sweep_model(given, model, &reference, &sweep);
  done = done && (given->csv ? report_csv(sweep) : report_table(sweep, given->model, given->replacement_name));
  ablate_sweep_free(sweep);
  ablate_reference_free(reference);
  ablate_model_free(model);
  return done;
}

int main(int count, char **words) {
  arguments given;
  if (!arguments_read(&given, count, words)) {
    return 2;
  }
  bool done = true;
  if (given.help) {
    arguments_print_help();
  } else {
    done = run(&given);
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    done = failure("the results could not be written");
  }
  return done ? 0 : 1;
}
