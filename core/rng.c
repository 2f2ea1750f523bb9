/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rng.h"

#include <Random123/philox.h>

/* Sixteen-bit lanes in one block of the generator. */
enum { LANES = 8, SHUFFLE_STREAM = 0x5348 };

static philox4x32_ctr_t block(uint64_t seed, uint32_t stream, uint64_t index)
{
    philox4x32_ctr_t counter = {
        {(uint32_t)index, (uint32_t)(index >> 32), stream, 0}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};

    return philox4x32(counter, key);
}

static double lane(const philox4x32_ctr_t *bits, unsigned i)
{
    uint32_t half = bits->v[i / 2] >> (i % 2 * 16) & 0xffff;

    return ((int)half - 32768) * 0x1p-15;
}

void rng_fill(double *out, size_t count, uint64_t seed, uint32_t stream,
              uint64_t first)
{
    size_t done = 0;

    while (done < count) {
        uint64_t at = first + done;
        philox4x32_ctr_t bits = block(seed, stream, at / LANES);

        for (unsigned i = at % LANES; i < LANES && done < count; i++)
            out[done++] = lane(&bits, i);
    }
}

uint64_t rng_bits(uint64_t seed, uint32_t stream, uint64_t index)
{
    philox4x32_ctr_t bits = block(seed, stream, index);

    return (uint64_t)bits.v[1] << 32 | bits.v[0];
}

void rng_block(uint64_t seed, uint32_t stream, uint64_t index, uint32_t word[4])
{
    philox4x32_ctr_t bits = block(seed, stream, index);

    for (int i = 0; i < 4; i++)
        word[i] = bits.v[i];
}

void rng_shuffle(int *order, int n, uint64_t seed, uint64_t round)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        uint64_t bits =
            rng_bits(seed, SHUFFLE_STREAM, round * 64 + (uint64_t)i);
        int j = (int)(bits % (uint64_t)(i + 1)), kept = order[i];

        order[i] = order[j];
        order[j] = kept;
    }
}
