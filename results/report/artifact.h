/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An artifact description as reproducibility appendices ask for it, as
 * Markdown: hardware, system, compiler and flags, libraries and versions,
 * commands, seeds, hashes of the records, and how to repeat it all.
 */
#ifndef DRIVE_RESULTS_REPORT_ARTIFACT_H
#define DRIVE_RESULTS_REPORT_ARTIFACT_H

#include <stdio.h>

#include "results/report/model.h"

int artifact_print(FILE *, const struct report *, enum language, struct err *);

#endif
