/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest tasks that pay, as a table of 80 columns and for documents.
 */
#ifndef DRIVE_RESULTS_REPORT_METG_H
#define DRIVE_RESULTS_REPORT_METG_H

#include <stdio.h>

#include "results/verdict/metg.h"

void metg_print(FILE *, const struct metg *, int sweeps);

#endif
