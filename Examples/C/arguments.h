/* The command line of the sweep program. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "rows.h"
#include <ablate.h>

enum { LISTED_LAYERS_MAX = 256 };

typedef enum layer_choice { LAYERS_HIDDEN, LAYERS_ALL, LAYERS_LISTED } layer_choice;

typedef struct arguments {
  const char *model;
  const char *data;
  const char *labels;
  row_scale scale;
  layer_choice layers;
  size_t listed[LISTED_LAYERS_MAX]; /**< for LAYERS_LISTED */
  size_t listed_count;
  const char *replacement_name;   /**< as it was given */
  ablate_replacement replacement; /**< without its reference */
  size_t threads;
  bool csv;
  bool help;
} arguments;

/** Reads the command line. A wrong one is a failure whose message ends with a pointer to --help. */
bool arguments_read(arguments *out, int count, char *const *words);

/** Prints what --help prints. */
void arguments_print_help(void);

#endif
