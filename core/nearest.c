/* SPDX-License-Identifier: Apache-2.0 */
#include "core/nearest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Three rows of the usual table are enough: two back for the swap. */
static int distance(const char *a, const char *b)
{
    int row[3][LONGEST + 1];
    int m = (int)strlen(a), n = (int)strlen(b);
    int *old = row[0], *last = row[1], *now = row[2];

    if (n > LONGEST)
        return LONGEST;
    for (int j = 0; j <= n; j++)
        last[j] = j;
    for (int i = 1; i <= m; i++) {
        int *spare = old;

        now[0] = i;
        for (int j = 1; j <= n; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1,
                           last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], old[j - 2] + 1);
        }
        old = last;
        last = now;
        now = spare;
    }
    return last[n];
}

const char *nearest_name(const char *word, const char *const *names)
{
    int length = (int)strlen(word), best = length < 6 ? 2 : length / 3 + 1;
    const char *found = NULL;

    if (length > LONGEST)
        return NULL;
    for (; *names; names++) {
        int d = distance(word, *names);

        if (length >= 3 && strncmp(*names, word, (size_t)length) == 0)
            d = 1;
        if (d < best) {
            best = d;
            found = *names;
        }
    }
    return found;
}
