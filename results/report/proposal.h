/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What computing-time proposals ask for: for each study a table of nodes,
 * cores, ranks and threads, wall time, speed-up, efficiency and core-hours,
 * with the base named and the largest count that still uses its cores well.
 * Strong and weak scaling stand apart, and hosts do.
 */
#ifndef DRIVE_RESULTS_REPORT_PROPOSAL_H
#define DRIVE_RESULTS_REPORT_PROPOSAL_H

#include "results/report/terminal.h"

/* As text of 80 columns. Fails with EXIT_RESOURCE. */
int proposal_print(const struct terminal *, struct err *);

struct page;
/* As a section of a page; nothing where no study has two counts. */
int proposal_page(const struct page *, struct err *);
/* Its line in the contents, where there is one. */
int proposal_contents(const struct page *, struct err *);

#endif
