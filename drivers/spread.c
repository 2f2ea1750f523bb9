/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/spread.h"

#include "drivers/executors/executor.h"

int spread_here(const struct conductor *c, int workers)
{
    return c->lobby ? lobby_here(c->lobby, workers) : workers;
}

double spread_share(const struct conductor *c, int workers, int of)
{
    int here = spread_here(c, workers);

    return here < of ? (double)here / of : 1;
}

struct spread spread_of(const struct conductor *c, int executor, int kernel,
                        enum mode mode, int workers)
{
    unsigned flags = executor_table[executor]->flags;
    int here = spread_here(c, workers);
    bool goes = flags & EXECUTOR_NEEDS_LAUNCHER || mode == MODE_REPLICATE;

    if (kernel_table[kernel]->traits & KERNEL_PARENT ||
        flags & EXECUTOR_ONE_WORKER)
        return (struct spread){1, false};
    return goes ? (struct spread){workers, here < workers}
                : (struct spread){here, false};
}
