/* SPDX-License-Identifier: Apache-2.0 */
#include "results/verdict/stop.h"

#include "results/verdict/verdict.h"

/* Blocks by which precision must have been reached before it ends anything. */
enum { CONFIRMING = 2 };

static int cells_left(const struct comparison *c)
{
    int left = 0;

    for (int i = 0; i < c->cells; i++)
        left += c->cell[i].status == CELL_OK;
    return left;
}

static bool is_precise(const struct comparison *c, double widest)
{
    return widest >= 0 && widest <= c->precision;
}

/* Intervals are looked at after every block, so the first that is narrow
 * enough is one that came out too narrow: of two executors it holds the truth
 * in 93.8 % of sessions at worst. If it still is two blocks later, 94.2 %. */
static bool was_precise(const struct comparison *c)
{
    struct comparison before = *c;
    double widest;

    before.blocks -= CONFIRMING;
    return before.blocks > 0 && verdict_widest(&before, &widest, NULL) == 0 &&
           is_precise(c, widest);
}

enum stop_reason stop_decide(const struct stop_rule *rule,
                             const struct comparison *c, uint64_t elapsed_ns)
{
    if (cells_left(c) == 0)
        return STOP_ALONE;
    if (rule->blocks)
        return c->blocks >= rule->blocks ? STOP_BLOCKS : STOP_NONE;
    if (c->blocks >= rule->least_blocks && is_precise(c, c->widest) &&
        was_precise(c))
        return STOP_PRECISION;
    if (elapsed_ns >= rule->budget_ns && c->blocks > 0)
        return STOP_BUDGET;
    return STOP_NONE;
}
