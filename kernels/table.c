/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel.h"

#include <string.h>

#include "core/nearest.h"

#define KERNEL(name) extern const struct kernel kernel_##name;
#include "kernels/kernels.def"
#undef KERNEL

const struct kernel *const kernel_table[] = {
#define KERNEL(name) &kernel_##name,
#include "kernels/kernels.def"
#undef KERNEL
    NULL,
};

enum { KERNELS = sizeof kernel_table / sizeof kernel_table[0] };

int kernel_find(const char *name, struct err *err)
{
    const char *names[KERNELS] = {NULL}, *near;

    for (int i = 0; kernel_table[i]; i++) {
        names[i] = kernel_table[i]->name;
        if (strcmp(names[i], name) == 0)
            return i;
    }
    near = nearest_name(name, names);
    if (near)
        return err_set(err, EXIT_USAGE,
                       "unknown kernel '%s'; did you mean '%s'?", name, near);
    return err_set(err, EXIT_USAGE,
                   "unknown kernel '%s'; `drive list` shows them", name);
}

const char *mode_name(enum mode mode)
{
    return mode == MODE_DIVIDE ? "divide" : "replicate";
}
