#include "arguments.h"

#include "failure.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_whole(const char *text, uint64_t most, uint64_t *out) {
  char *end;
  errno = 0;
  unsigned long long value = isdigit((unsigned char)text[0]) ? strtoull(text, &end, 10) : (errno = EINVAL, 0);
  if (errno != 0 || *end != '\0' || value > most) {
    return false;
  }
  *out = value;
  return true;
}

/* strtof rounds to the nearest float32 at once; a detour over double could round twice. */
static bool read_float(const char *text, float *out) {
  char *end;
  if (text[0] == '\0' || isspace((unsigned char)text[0])) {
    return false;
  }
  *out = strtof(text, &end);
  return *end == '\0';
}

static bool read_scale(const char *text, row_scale *out) {
  out->divides = strncmp(text, "1/", 2) == 0;
  if (!read_float(text + (out->divides ? 2 : 0), &out->value) || !isfinite(out->value) || out->value == 0) {
    return failure("--scale takes a number or 1/N, such as 0.5 or 1/255, not \"%s\"; see --help", text);
  }
  return true;
}

static bool read_layers(const char *text, arguments *out) {
  out->listed_count = 0;
  if (strcmp(text, "hidden") == 0) {
    out->layers = LAYERS_HIDDEN;
    return true;
  }
  if (strcmp(text, "all") == 0) {
    out->layers = LAYERS_ALL;
    return true;
  }
  out->layers = LAYERS_LISTED;
  const char *next = text;
  for (;;) {
    size_t length = strcspn(next, ",");
    char number[24];
    uint64_t layer;
    if (length >= sizeof number || out->listed_count == LISTED_LAYERS_MAX) {
      break;
    }
    memcpy(number, next, length);
    number[length] = '\0';
    if (!read_whole(number, SIZE_MAX, &layer)) {
      break;
    }
    out->listed[out->listed_count++] = (size_t)layer;
    if (next[length] == '\0') {
      return true;
    }
    next += length + 1;
  }
  return failure("--layers takes hidden, all or numbers such as 0,1 (at most %d), not \"%s\"; see --help",
                 LISTED_LAYERS_MAX, text);
}

static bool read_replacement(const char *text, arguments *out) {
  ablate_replacement *replacement = &out->replacement;
  bool right = true;
  if (strcmp(text, "zero") == 0) {
    replacement->kind = ABLATE_REPLACEMENT_ZERO;
  } else if (strcmp(text, "dead") == 0) {
    replacement->kind = ABLATE_REPLACEMENT_DEAD;
  } else if (strcmp(text, "mean") == 0) {
    replacement->kind = ABLATE_REPLACEMENT_MEAN;
  } else if (strncmp(text, "constant=", 9) == 0) {
    replacement->kind = ABLATE_REPLACEMENT_CONSTANT;
    right = read_float(text + 9, &replacement->constant);
  } else if (strncmp(text, "resample=", 9) == 0) {
    replacement->kind = ABLATE_REPLACEMENT_RESAMPLE;
    right = read_whole(text + 9, UINT64_MAX, &replacement->seed);
  } else {
    right = false;
  }
  out->replacement_name = text;
  return right ||
         failure("--replacement takes zero, dead, mean, constant=V or resample=SEED, not \"%s\"; see --help", text);
}

static bool read_threads(const char *text, arguments *out) {
  uint64_t threads;
  if (!read_whole(text, 256, &threads)) {
    return failure("--threads takes a number from 0 to 256, not \"%s\"; see --help", text);
  }
  out->threads = (size_t)threads;
  return true;
}

static bool read_option(const char *option, const char *value, arguments *out) {
  bool known = strcmp(option, "--scale") == 0 || strcmp(option, "--layers") == 0 ||
               strcmp(option, "--replacement") == 0 || strcmp(option, "--threads") == 0;
  if (!known) {
    return failure("unknown option %s; see --help", option);
  }
  if (value == NULL) {
    return failure("%s needs a value; see --help", option);
  }
  switch (option[2]) {
  case 's':
    return read_scale(value, &out->scale);
  case 'l':
    return read_layers(value, out);
  case 'r':
    return read_replacement(value, out);
  default:
    return read_threads(value, out);
  }
}

bool arguments_read(arguments *out, int count, char *const *words) {
  const ablate_replacement zero = ABLATE_REPLACEMENT_INIT;
  *out = (arguments){.scale = {false, 1}, .replacement_name = "zero", .replacement = zero};
  const char **places[] = {&out->model, &out->data, &out->labels};
  size_t placed = 0;
  for (int i = 1; i < count; i++) {
    if (strcmp(words[i], "--help") == 0) {
      out->help = true;
      return true;
    }
    if (strcmp(words[i], "--csv") == 0) {
      out->csv = true;
    } else if (words[i][0] == '-') {
      if (!read_option(words[i], i + 1 < count ? words[i + 1] : NULL, out)) {
        return false;
      }
      i++;
    } else if (placed < 3) {
      *places[placed++] = words[i];
    } else {
      return failure("one argument too many: %s; see --help", words[i]);
    }
  }
  return placed == 3 || failure("MODEL, DATA and LABELS are needed; see --help");
}

void arguments_print_help(void) {
  fputs("usage: sweep MODEL DATA LABELS [options]\n"
        "\n"
        "Ablates every unit of a trained network, one at a time, and counts how the\n"
        "predictions change.\n"
        "\n"
        "  MODEL   an ONNX file: a dense network that predicts one class per row\n"
        "  DATA    IDX or NPY: uint8 or float32, one row per example\n"
        "  LABELS  IDX or NPY: uint8, int32 or int64, one class index per row\n"
        "DATA and LABELS may be gzipped.\n"
        "\n"
        "  --scale F          multiply the data by the float32 F (1); with 1/N divide\n"
        "                     them by N\n"
        "  --layers L         hidden (the default), all, or numbers counted from 0: 0,1\n"
        "  --replacement R    what takes the place of a unit's activation:\n"
        "                       zero           0 (the default)\n"
        "                       dead           what the unit gives with all its incoming\n"
        "                                      weights and its bias at 0\n"
        "                       mean           its mean over DATA\n"
        "                       constant=V     V\n"
        "                       resample=SEED  its activation in another row of DATA\n"
        "                     mean and resample hold all of DATA in memory.\n"
        "  --threads N        0 (the default) for one per processor\n"
        "  --csv              print layer,unit,rows,correct,lost,gained for each unit\n"
        "  --help             print this\n"
        "\n"
        "lost: rows right when intact and wrong when ablated; gained: the reverse.\n"
        "Exit codes: 0 done, 1 something failed, 2 wrong usage.\n",
        stdout);
}
