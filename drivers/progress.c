/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/progress.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 20 };

void progress_init(struct progress *p, FILE *out, bool quiet,
                   uint64_t budget_ns, int blocks)
{
    const char *term = getenv("TERM");

    *p = (struct progress){
        .out = out, .quiet = quiet, .budget_ns = budget_ns, .blocks = blocks};
    p->terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

static double share_done(const struct progress *p, const struct comparison *c,
                         uint64_t elapsed_ns)
{
    double share = p->blocks ? (double)c->blocks / p->blocks
                             : (double)elapsed_ns / (double)p->budget_ns;

    return share < 1 ? share : 1;
}

static void describe(const struct comparison *c, uint64_t elapsed_ns, char *out,
                     size_t size)
{
    int used = snprintf(out, size, "block %d", c->blocks);

    if (c->widest >= 0 && used > 0 && (size_t)used < size)
        used += snprintf(out + used, size - (size_t)used,
                         "  widest interval +-%.1f %% (goal %g %%)",
                         100 * c->widest, 100 * c->precision);
    if (used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, "  %.0f s",
                 (double)elapsed_ns * 1e-9);
}

void progress_block(struct progress *p, const struct comparison *c,
                    uint64_t elapsed_ns)
{
    const uint64_t line_every_ns = 10000000000;
    char text[128], bar[BAR + 1];

    if (p->quiet)
        return;
    describe(c, elapsed_ns, text, sizeof text);
    if (p->terminal) {
        memset(bar, '.', BAR);
        memset(bar, '#', (size_t)(share_done(p, c, elapsed_ns) * BAR));
        bar[BAR] = '\0';
        fprintf(p->out, "\r\033[K[%s] %s", bar, text);
        fflush(p->out);
    } else if (elapsed_ns - p->last_line_ns >= line_every_ns) {
        p->last_line_ns = elapsed_ns;
        fprintf(p->out, "drive: %s\n", text);
    }
}

void progress_end(struct progress *p)
{
    if (!p->quiet && p->terminal) {
        fprintf(p->out, "\r\033[K");
        fflush(p->out);
    }
}

enum language terminal_language(enum language wanted)
{
    if (wanted == LANGUAGE_EN || strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        return wanted;
    fprintf(stderr, "drive: this locale is not UTF-8 and shows no Chinese, so "
                    "this is English; LC_ALL=C.UTF-8 changes that\n");
    return LANGUAGE_EN;
}

bool terminal_has_blocks(void)
{
    const char *term = getenv("TERM");

    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 &&
           !(term && strcmp(term, "dumb") == 0);
}
