/* What the sweep program prints. */
#ifndef REPORT_H
#define REPORT_H

#include <ablate.h>
#include <stdbool.h>

/** One line per unit, in the order of the sweep, under the line layer,unit,rows,correct,lost,gained. */
bool report_csv(const ablate_sweep *sweep);

/** For people: the intact accuracy, how many units matter, and the units that matter most. */
bool report_table(const ablate_sweep *sweep, const char *model, const char *replacement);

#endif
