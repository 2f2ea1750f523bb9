/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/born.h"

#include "drivers/executors/ranks.h"
#include "kernels/kernel.h"

static int kernels(void)
{
    int n = 0;

    while (kernel_table[n])
        n++;
    return n;
}

int born_life(const struct born *born, int i, uint64_t started_ns)
{
    desk_stamp(born->desk, i)->begun_ns = started_ns;
    return desk_live(born->desk, i, kernel_table[born->kernel]->life);
}

int born_live(const char *call, uint64_t started_ns, int *code, struct err *err)
{
    struct born born;

    if (born_read(&born, call, err))
        return -1;
    if (born.kernel < 0 || born.kernel >= kernels() ||
        !kernel_table[born.kernel]->life)
        return err_set(err, EXIT_USAGE, "'%s' is no call of a child", call);
    if (born.i < 0)
        return ranks_born(&born, started_ns, code, err);
    *code = born_life(&born, born.i, started_ns);
    return 0;
}
