/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of `drive doctor --json`: one object with "schema", "host",
 * "checks" (each with "code" or null, "name", "state", "found", "effect",
 * "remedy" and "operator"; "state" is "OK", "WARN", "FAIL" or "not readable"),
 * the number of each state in "counts", and all of the "environment". Its
 * fields are a contract as those of results/report/document.h are.
 */
#ifndef DRIVE_RESULTS_REPORT_DOCTOR_DOCUMENT_H
#define DRIVE_RESULTS_REPORT_DOCTOR_DOCUMENT_H

#include <stdio.h>

#include "core/err.h"
#include "results/record/environment.h"
#include "results/verdict/checks.h"

/* Fails with EXIT_RESOURCE when memory is short or the file does not take
 * it. */
int doctor_document_print(FILE *, const struct environment *,
                          const struct checks *, struct err *);

#endif
