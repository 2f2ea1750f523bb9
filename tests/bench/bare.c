/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What creating and ending N workers costs without any of drive: a loop of
 * pthread_create and one of pthread_join, or of fork and waitpid; each worker
 * adds 0..49. Prints seconds.
 *   bare threads|processes N [BALLAST]     bytes the parent has touched before
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *add(void *sum)
{
    for (int i = 0; i < 50; i++)
        *(volatile int *)sum += i;
    return NULL;
}

static int threads(int n)
{
    pthread_t *thread = calloc((size_t)n, sizeof *thread);
    int *sum = calloc((size_t)n, sizeof *sum);

    for (int i = 0; i < n; i++) {
        if (pthread_create(&thread[i], NULL, add, &sum[i]))
            return 1;
    }
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    free(sum);
    return 0;
}

static int processes(int n)
{
    for (int i = 0; i < n; i++) {
        pid_t child = fork();
        int sum = 0;

        if (child < 0)
            return 1;
        if (child == 0) {
            add(&sum);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}

int main(int argc, char **argv)
{
    int n = argc > 2 ? atoi(argv[2]) : 0, failed;
    size_t ballast = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    char *weight = malloc(ballast + 1);
    double start;

    if (n < 1 || !weight)
        return 2;
    memset(weight, 1, ballast + 1);
    start = now();
    failed = strcmp(argv[1], "threads") == 0 ? threads(n) : processes(n);
    printf("%.6f\n", now() - start);
    free(weight);
    return failed;
}
