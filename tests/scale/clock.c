/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/clock.h on a simulated cluster: the simulator has one time, so each
 * rank's clock is made wrong here, by up to half a second and 50 ppm.
 */
#include <mpi.h>
#include <time.h>

#include "core/clock.h"
#include "core/rng.h"
#include "tests/scale/clock.h"

/* In [-1, 1]. */
static double whim(uint32_t stream, int rank)
{
    double x;

    rng_fill(&x, 1, 1, stream, (uint64_t)rank);
    return x;
}

uint64_t clock_of(int rank, double seconds)
{
    double ahead = 1 + 0.5 * whim(0, rank) + 50e-6 * whim(1, rank) * seconds;

    return (uint64_t)((seconds + ahead) * 1e9);
}

uint64_t clock_now(void)
{
    int rank;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return clock_of(rank, MPI_Wtime());
}

void clock_sleep(uint64_t ns)
{
    struct timespec nap = {.tv_sec = (time_t)(ns / 1000000000),
                           .tv_nsec = (long)(ns % 1000000000)};

    nanosleep(&nap, NULL);
}
