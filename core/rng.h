/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers by position: element i of a stream is a pure function of
 * (seed, stream, i), so any decomposition over any number of workers makes the
 * same data. The generator is Philox4x32-10 of Random123 (Salmon et al.,
 * "Parallel Random Numbers: As Easy as 1, 2, 3", SC11).
 */
#ifndef DRIVE_CORE_RNG_H
#define DRIVE_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Fills out[count] with elements first .. first+count-1: multiples of 2^-15 in
 * [-1, 1). Sixteen-bit fractions on purpose: a sum of up to 2^22 products of
 * two of them is exact in double, in any order, so that results agree to the
 * last bit however the work was divided. */
void rng_fill(double *out, size_t count, uint64_t seed, uint32_t stream,
              uint64_t first);

/* Sixty-four random bits. */
uint64_t rng_bits(uint64_t seed, uint32_t stream, uint64_t index);

/* One block of the generator, as Random123 makes it. */
void rng_block(uint64_t seed, uint32_t stream, uint64_t index,
               uint32_t word[4]);

/* Puts 0 .. n-1 into order[n], shuffled (Fisher and Yates) by `round`. */
void rng_shuffle(int *order, int n, uint64_t seed, uint64_t round);

/* One term of an order-free checksum: the sum of these over all elements of a
 * result, modulo 2^64, changes when a value changes or two change places. */
static inline uint64_t rng_checksum(uint64_t index, double value)
{
    union {
        double value;
        uint64_t bits;
    } same = {value};

    return same.bits * (2 * index + 1);
}

#endif
