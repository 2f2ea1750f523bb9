/* SPDX-License-Identifier: Apache-2.0 */
#include "core/digits.h"

#include <string.h>

#include "core/rng.h"

enum { BLOCKS = 16, WORDS = 4, GROUP = BLOCKS * WORDS };

/* The constants of Philox4x32 (table 2 of the paper that rng.h names). */
static const uint32_t multiply_a = 0xD2511F53, multiply_c = 0xCD9E8D57,
                      key_step = 0x9E3779B9, upper_key_step = 0xBB67AE85;

static inline uint32_t upper(uint64_t product)
{
    return (uint32_t)(product >> 32);
}

static inline int64_t digit(uint64_t word)
{
    return (int64_t)(word * 10 >> 32);
}

/* One of the sixteen: four words of 32 bits, each in a lane of 64, for that is
 * where the products are made. */
struct block {
    uint64_t a, b, c, d;
};

static inline struct block mix(struct block x, uint64_t seed, uint32_t round)
{
    uint64_t p = (uint64_t)multiply_a * (uint32_t)x.a;
    uint64_t q = (uint64_t)multiply_c * (uint32_t)x.c;
    uint32_t key = (uint32_t)seed + round * key_step;
    uint32_t upper_key = upper(seed) + round * upper_key_step;

    return (struct block){upper(q) ^ x.b ^ key, (uint32_t)q,
                          upper(p) ^ x.d ^ upper_key, (uint32_t)p};
}

/* The rounds are written out so that what is left is one loop over the sixteen
 * without a branch. */
static void fill_group(int64_t *restrict out, uint64_t seed, uint32_t stream,
                       uint64_t group)
{
    uint64_t first = group * BLOCKS; /* all have the same upper half */

    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct block x = {(uint32_t)first + i, upper(first), stream, 0};

        x = mix(mix(x, seed, 0), seed, 1);
        x = mix(mix(x, seed, 2), seed, 3);
        x = mix(mix(x, seed, 4), seed, 5);
        x = mix(mix(x, seed, 6), seed, 7);
        x = mix(mix(x, seed, 8), seed, 9);
        out[i] = digit(x.a);
        out[i + BLOCKS] = digit(x.b);
        out[i + 2 * BLOCKS] = digit(x.c);
        out[i + 3 * BLOCKS] = digit(x.d);
    }
}

void digits_fill(int64_t *out, size_t count, uint64_t seed, uint32_t stream,
                 uint64_t first)
{
    size_t done = 0;

    while (done < count) {
        uint64_t at = first + done;
        size_t skip = at % GROUP, left = count - done;
        size_t here = GROUP - skip < left ? GROUP - skip : left;
        int64_t group[GROUP];

        if (here == GROUP) {
            fill_group(out + done, seed, stream, at / GROUP);
        } else {
            fill_group(group, seed, stream, at / GROUP);
            memcpy(out + done, group + skip, here * sizeof *out);
        }
        done += here;
    }
}

int64_t digits_at(uint64_t seed, uint32_t stream, uint64_t index)
{
    uint64_t within = index % GROUP;
    uint64_t block = index / GROUP * BLOCKS + within % BLOCKS;
    uint32_t word[WORDS];

    rng_block(seed, stream, block, word);
    return digit(word[within / BLOCKS]);
}
