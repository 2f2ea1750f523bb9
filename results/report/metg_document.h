/* SPDX-License-Identifier: Apache-2.0 */
/*
 * METG in the document of a run. For results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_METG_DOCUMENT_H
#define DRIVE_RESULTS_REPORT_METG_DOCUMENT_H

#include "results/record/json.h"
#include "results/verdict/metg.h"

/* The sweeps among comparisons c[n], an array that is empty where there is
 * none: kernel, mode, params without the grain, workers, and "rows", one an
 * executor: its points, "at" the levels 0.5 and 0.9 (how: found, below: at most
 * ns, never: at least ns), and pays_ns. Times are real nanoseconds. A new
 * reference, NULL for want of memory. */
json_t *metg_array(const struct comparison *c, const struct judgement *j,
                   int n);

#endif
