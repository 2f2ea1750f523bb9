/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pages a kernel's memory is on, for kernels that let the user choose:
 * -P pages=base (the default) or native, see enum mem_pages.
 */
#ifndef DRIVE_KERNELS_PAGES_H
#define DRIVE_KERNELS_PAGES_H

#include "core/mem.h"
#include "core/param.h"

static const char *const page_choices[] = {"base", "native", NULL};

/* A row of the kernel's table; plan() says work->pages = its value. */
#define PAGES_PARAM                                                     \
    {                                                                   \
        .name = "pages", .type = PARAM_CHOICE, .def = "base",           \
        .choices = page_choices,                                        \
        .help = "base: the same pages for all executors; native: each " \
                "one's best"                                            \
    }

#endif
