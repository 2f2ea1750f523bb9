/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/stop.h"

static int cells_left(const struct comparison *c)
{
    int left = 0;

    for (int i = 0; i < c->cells; i++)
        left += c->cell[i].status == CELL_OK;
    return left;
}

enum stop_reason stop_decide(const struct stop_rule *rule,
                             const struct comparison *c, uint64_t elapsed_ns)
{
    if (cells_left(c) == 0)
        return STOP_ALONE;
    if (rule->blocks)
        return c->blocks >= rule->blocks ? STOP_BLOCKS : STOP_NONE;
    if (c->blocks >= rule->least_blocks && c->widest >= 0 &&
        c->widest <= c->precision)
        return STOP_PRECISION;
    if (elapsed_ns >= rule->budget_ns && c->blocks > 0)
        return STOP_BUDGET;
    return STOP_NONE;
}
