/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/executors/executor.h"

#include <string.h>

#include "core/nearest.h"

#define EXECUTOR(name) extern const struct executor executor_##name;
#include "drivers/executors/executors.def"
#undef EXECUTOR

const struct executor *const executor_table[] = {
#define EXECUTOR(name) &executor_##name,
#include "drivers/executors/executors.def"
#undef EXECUTOR
    NULL,
};

enum { EXECUTORS = sizeof executor_table / sizeof executor_table[0] };

int executor_find(const char *name, struct err *err)
{
    const char *names[EXECUTORS] = {NULL}, *near;

    for (int i = 0; executor_table[i]; i++) {
        names[i] = executor_table[i]->name;
        if (strcmp(names[i], name) == 0)
            return i;
    }
    near = nearest_name(name, names);
    if (near)
        return err_set(err, EXIT_USAGE,
                       "unknown executor '%s'; did you mean '%s'?", name, near);
    return err_set(err, EXIT_USAGE,
                   "unknown executor '%s'; `drive list executors` shows them",
                   name);
}
