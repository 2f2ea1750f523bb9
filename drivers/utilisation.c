/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/utilisation.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

struct sampler {
    int file;
    size_t size; /* of the two texts */
    pthread_t thread;
    _Atomic uint64_t mark; /* 16 * (marks so far) + cell + 1 */
    atomic_bool stopped;

    /* The thread's until it has ended. */
    struct utilisation seen;
    char *text;
    struct ticks *last, *now; /* [cpus] */
    uint64_t start_ns, last_mark;

    /* The conductor's. */
    char *own_text;
    struct ticks *before, *after; /* [cpus] */
    int cell;
    uint64_t own_cost_ns;
};

enum { MARK_STEP = 16, CPU_LINE = 256 };

/* -- the counters -------------------------------------------------------- */

static int find_cpu(const int *cpu, int cpus, unsigned long number)
{
    int low = 0, high = cpus;

    while (low < high) {
        int middle = (low + high) / 2;

        if ((unsigned long)cpu[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cpus && (unsigned long)cpu[low] == number ? low : -1;
}

/* user nice system idle iowait irq softirq steal; guests are in user. Old
 * kernels have the first four only. */
static bool parse_numbers(const char *at, const char *end, struct ticks *out)
{
    enum { IDLE = 3, IOWAIT = 4, STEAL = 7, NUMBERS };
    struct ticks ticks = {0};
    int n = 0;

    for (; n < NUMBERS; n++) {
        char *behind;
        uint64_t value = strtoull(at, &behind, 10);

        if (behind == at || behind > end)
            break;
        at = behind;
        ticks.total += value;
        if (n == STEAL)
            ticks.stolen = value;
        else if (n != IDLE && n != IOWAIT)
            ticks.busy += value;
    }
    if (n <= IDLE)
        return false;
    *out = ticks;
    return true;
}

int ticks_parse(const char *text, const int *cpu, int cpus, struct ticks *out)
{
    int found = 0;
    const char *end;

    memset(out, 0, (size_t)cpus * sizeof *out);
    for (; (end = strchr(text, '\n')); text = end + 1) {
        char *behind;
        unsigned long number;
        int index;

        if (strncmp(text, "cpu", 3) != 0 || text[3] < '0' || text[3] > '9')
            continue;
        number = strtoul(text + 3, &behind, 10);
        index = find_cpu(cpu, cpus, number);
        if (index >= 0 && parse_numbers(behind, end, &out[index]))
            found += out[index].total > 0;
    }
    return found;
}

static int read_ticks(const struct sampler *s, char *text, struct ticks *out)
{
    ssize_t length = pread(s->file, text, s->size - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    return ticks_parse(text, s->seen.cpu, s->seen.cpus, out);
}

/* Idle time is known to step back at times. */
static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* False: a CPU was away, or no tick has passed. */
static bool subtract(const struct ticks *now, const struct ticks *before,
                     struct ticks *out)
{
    if (!now->total || !before->total)
        return false;
    out->busy = since(now->busy, before->busy);
    out->stolen = since(now->stolen, before->stolen);
    out->total = since(now->total, before->total);
    if (out->total < out->busy + out->stolen)
        out->total = out->busy + out->stolen;
    return out->total > 0;
}

/* -- the thread ---------------------------------------------------------- */

static unsigned char percent(uint64_t part, uint64_t whole)
{
    return (unsigned char)((100 * part + whole / 2) / whole);
}

/* Ticks that do not come in one sample are counted in the next. */
static void fill_sample(struct sampler *s, size_t sample)
{
    struct utilisation *u = &s->seen;

    for (int i = 0; i < u->cpus; i++) {
        size_t at = sample * (size_t)u->cpus + (size_t)i;
        bool known = s->last[i].total && s->now[i].total;
        struct ticks step;

        if (subtract(&s->now[i], &s->last[i], &step)) {
            u->busy[at] = percent(step.busy, step.total);
            u->stolen[at] = percent(step.stolen, step.total);
            s->last[i] = s->now[i];
        } else if (!known) {
            s->last[i] = s->now[i];
        }
    }
}

/* A point of the grid that was missed stays unknown; the next sample then
 * covers what passed since the last reading. */
static int take_sample(struct sampler *s, uint64_t due_ns)
{
    struct utilisation *u = &s->seen;
    uint64_t mark;

    if (utilisation_add(u))
        return err_set(&u->why, EXIT_RESOURCE,
                       "no memory for more than %zu samples", u->samples);
    if (clock_now() - due_ns >= u->period_ns)
        return 0;
    read_ticks(s, s->text, s->now);
    mark = atomic_load(&s->mark);
    fill_sample(s, u->samples - 1);
    if (mark == s->last_mark)
        u->cell[u->samples - 1] = (signed char)(mark % MARK_STEP) - 1;
    s->last_mark = mark;
    return 0;
}

static void sleep_until(uint64_t ns)
{
    struct timespec until = {.tv_sec = (time_t)(ns / 1000000000),
                             .tv_nsec = (long)(ns % 1000000000)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
           EINTR)
        ;
}

static void *watch(void *arg)
{
    struct sampler *s = arg;
    uint64_t due_ns = s->start_ns;

    for (;;) {
        due_ns += s->seen.period_ns;
        sleep_until(due_ns);
        if (atomic_load(&s->stopped) || take_sample(s, due_ns))
            break;
    }
    s->seen.cost_ns = clock_thread();
    return NULL;
}

/* -- from outside -------------------------------------------------------- */

static void sampler_free(struct sampler *s)
{
    if (s->file >= 0)
        close(s->file);
    utilisation_free(&s->seen);
    free(s->text);
    free(s->own_text);
    free(s->last);
    free(s->now);
    free(s->before);
    free(s->after);
    free(s);
}

static int make_room(struct sampler *s, const struct cpuset *set, int cells,
                     struct err *err)
{
    int cpus = cpuset_count(set), highest = 0;
    size_t room = (size_t)cpus + 1;

    if (utilisation_init(&s->seen, cpus, cells, err))
        return -1;
    for (int cpu = 0, i = 0; i < cpus; cpu++) {
        if (cpuset_has(set, cpu))
            highest = s->seen.cpu[i++] = cpu;
    }
    s->size = (size_t)(highest + 3) * CPU_LINE;
    s->text = malloc(s->size);
    s->own_text = malloc(s->size);
    s->last = calloc(room, sizeof *s->last);
    s->now = calloc(room, sizeof *s->now);
    s->before = calloc(room, sizeof *s->before);
    s->after = calloc(room, sizeof *s->after);
    if (s->text && s->own_text && s->last && s->now && s->before && s->after)
        return 0;
    return err_set(err, EXIT_RESOURCE, "no memory to watch %d cores", cpus);
}

/* Signals are for the conductor's first thread, whose sleeps they end. */
static int start_thread(struct sampler *s, struct err *err)
{
    sigset_t all, before;
    int cause;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    cause = pthread_create(&s->thread, NULL, watch, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return cause ? err_errno(err, EXIT_RESOURCE, "no thread to watch the cores")
                 : 0;
}

static int start(struct sampler *s, const char *file, struct err *err)
{
    s->file = open(file, O_RDONLY | O_CLOEXEC);
    if (s->file < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot open '%s'", file);
    if (read_ticks(s, s->text, s->last) == 0)
        return err_set(err, EXIT_RESOURCE, "'%s' counts nothing for our cores",
                       file);
    s->start_ns = clock_now();
    s->seen.first_ns = s->start_ns + s->seen.period_ns;
    return start_thread(s, err);
}

struct sampler *sampler_start(const char *file, const struct cpuset *set,
                              int cells, uint64_t period_ns, struct err *err)
{
    struct sampler *s = calloc(1, sizeof *s);

    if (!s) {
        err_set(err, EXIT_RESOURCE, "no memory to watch the cores");
        return NULL;
    }
    s->file = s->cell = -1;
    s->seen.period_ns = period_ns;
    s->seen.tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    if (make_room(s, set, cells, err) || start(s, file, err)) {
        sampler_free(s);
        return NULL;
    }
    return s;
}

static void add_trial(struct sampler *s)
{
    struct ticks *sum = &s->seen.sum[s->cell * s->seen.cpus];

    for (int i = 0; i < s->seen.cpus; i++) {
        struct ticks step;

        if (!subtract(&s->after[i], &s->before[i], &step))
            continue;
        sum[i].busy += step.busy;
        sum[i].stolen += step.stolen;
        sum[i].total += step.total;
    }
}

void sampler_mark(struct sampler *s, int cell)
{
    uint64_t begun, marks;

    if (!s)
        return;
    begun = clock_thread();
    marks = atomic_load(&s->mark) / MARK_STEP + 1;
    if (cell >= 0)
        read_ticks(s, s->own_text, s->before);
    atomic_store(&s->mark, marks * MARK_STEP + (uint64_t)(cell + 1));
    if (cell < 0 && s->cell >= 0) {
        read_ticks(s, s->own_text, s->after);
        add_trial(s);
    }
    s->cell = cell;
    s->own_cost_ns += clock_thread() - begun;
}

void sampler_stop(struct sampler *s, struct utilisation *out)
{
    if (!s)
        return;
    atomic_store(&s->stopped, true);
    pthread_join(s->thread, NULL);
    s->seen.cost_ns += s->own_cost_ns;
    *out = s->seen;
    s->seen = (struct utilisation){.cpus = 0};
    sampler_free(s);
}
