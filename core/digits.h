/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random digits 0 .. 9 by position, as 64-bit integers: what numpy's
 * randint(0, 10) makes, from the generator of core/rng.h. Element i of a
 * stream is a pure function of (seed, stream, i).
 *
 * A digit is the upper half of ten times a 32-bit word (multiply and shift),
 * so four digits are as likely as 429496729 in 2^32 and six as 429496730 in
 * 2^32: off by less than 2 in 10^9 of their share. numpy throws words away to
 * be exact; it would take some 10^18 digits to tell the two apart.
 *
 * Sixteen blocks of the generator make 64 elements, word by word: elements
 * 0 .. 15 are the first words of the sixteen, 16 .. 31 the second, and so on.
 * That is the order in which vector registers hold them.
 */
#ifndef DRIVE_CORE_DIGITS_H
#define DRIVE_CORE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

/* Fills out[count] with elements first .. first+count-1. Written in loops that
 * compilers turn into vector instructions; fastest where `first` and `count`
 * are multiples of 64. */
void digits_fill(int64_t *out, size_t count, uint64_t seed, uint32_t stream,
                 uint64_t first);

/* Element `index`, one at a time and by Random123's own code: shares nothing
 * with digits_fill, which is checked by it. */
int64_t digits_at(uint64_t seed, uint32_t stream, uint64_t index);

#endif
