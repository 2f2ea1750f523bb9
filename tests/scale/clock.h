/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a simulated cluster's clocks that no program can know. */
#ifndef DRIVE_TESTS_SCALE_CLOCK_H
#define DRIVE_TESTS_SCALE_CLOCK_H

#include <stdint.h>

/* What the rank's clock shows, ns, so many seconds of the simulated time after
 * the beginning. */
uint64_t clock_of(int rank, double seconds);

#endif
