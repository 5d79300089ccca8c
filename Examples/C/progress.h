/* How far the work is, on stderr, if somebody is looking. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
  bool shown;
  uint64_t rows;     /**< in all */
  uint64_t finished; /**< rows of the batches before this one */
  uint64_t batch;    /**< rows of this batch */
  int percent;       /**< what stands on the screen; -1 for nothing */
} progress;

/** Starts for `rows` rows. Shows nothing if stderr is no terminal. */
void progress_start(progress *progress, uint64_t rows);

/** An ablate_progress: how far the sweep is with this batch. `user` is the progress. Never cancels. */
int progress_step(uint64_t done, uint64_t total, void *user);

/** Wipes the line. */
void progress_end(progress *progress);

#endif
