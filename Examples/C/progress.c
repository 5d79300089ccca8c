#define _POSIX_C_SOURCE 200809L /* for isatty and fileno */

#include "progress.h"

#include <stdio.h>
#include <unistd.h>

void progress_start(progress *progress, uint64_t rows) {
  progress->shown = isatty(fileno(stderr)) != 0;
  progress->rows = rows;
  progress->finished = 0;
  progress->batch = 0;
  progress->percent = -1;
}

int progress_step(uint64_t done, uint64_t total, void *user) {
  progress *work = user;
  if (!work->shown || work->rows == 0 || total == 0) {
    return 0;
  }
  double rows = (double)work->finished + (double)work->batch * (double)done / (double)total;
  int percent = (int)(100 * rows / (double)work->rows);
  if (percent != work->percent) {
    work->percent = percent;
    fprintf(stderr, "\r%3d %% of %llu rows", percent, (unsigned long long)work->rows);
  }
  return 0;
}

void progress_end(progress *progress) {
  if (progress->percent >= 0) {
    fprintf(stderr, "\r%*s\r", 40, "");
  }
}
