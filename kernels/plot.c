/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plot: every worker draws two series with a legend and saves its own PNG with
 * PLplot, a library that is not thread-safe: its streams are global. Workers
 * of one process take turns under a lock that stands among its globals, so
 * threads wait for each other, and processes and ranks do not.
 *
 * PLplot draws into memory, without a display, and the worker writes the file:
 * what goes wrong there is known at once.
 *
 * Work: one figure a worker. Check: the file is a whole PNG of the size asked
 * for with something on it; all figures are equal, byte by byte.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"
#include "kernels/kernel.h"

enum { POINTS, INCHES };
enum { MOST_POINTS = 1000, DPI = 100, HIGHEST = 10 };

static const struct param params[] = {
    [POINTS] = {.name = "points",
                .type = PARAM_COUNT,
                .def = "10",
                .min = 2,
                .max = MOST_POINTS,
                .help = "random integers in each of the two series"},
    [INCHES] = {.name = "inches",
                .type = PARAM_COUNT,
                .def = "8",
                .min = 1,
                .max = 20,
                .unit = "inch",
                .help = "width and height of the figure, at 100 dots each"},
    {.name = NULL},
};

enum { LOCKED, BYTES };

static const struct metric metrics[] = {
    [LOCKED] = {"locked", "s", METRIC_MEAN, "waiting for the library"},
    [BYTES] = {"bytes", "byte", METRIC_MEAN, "size of each PNG"},
    {.name = NULL},
};

/* Without the library only the descriptor is left, and its plan. */
#if HAVE_PLPLOT
#include <dlfcn.h>
#include <plplot.h>
#include <pthread.h>
#include <stdlib.h>

/* What is called of the library. It is not linked but loaded by who draws: it
 * brings a dozen others, and with them in every process a fork took some 40 %
 * longer, whatever the kernel. */
#define CALLS(X) \
    X(plgDevs)   \
    X(plsdev)    \
    X(plsfile)   \
    X(plspage)   \
    X(plscolbg)  \
    X(plscol0)   \
    X(plinit)    \
    X(plcol0)    \
    X(plenv)     \
    X(pllab)     \
    X(plwidth)   \
    X(plline)    \
    X(pllegend)  \
    X(plend1)

struct library {
#define MEMBER(call) __typeof__(&call) call;
    CALLS(MEMBER)
};

struct plot {
    struct library library;
    char file[512];
    int points;
    int64_t dots; /* width and height of the figure */
    double at[MOST_POINTS], x[MOST_POINTS], y[MOST_POINTS];
    uint64_t locked_ns;
};

static int library_find(void *handle, const char *name, void *call,
                        struct err *err)
{
    void *at = dlsym(handle, name);

    if (!at)
        return err_set(err, EXIT_ABSENT, "PLplot lacks '%s'", name);
    memcpy(call, &at, sizeof at);
    return 0;
}

static int library_load(struct library *pl, struct err *err)
{
    void *handle = dlopen(DRIVE_PLPLOT, RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return err_set(err, EXIT_ABSENT, "PLplot cannot be loaded: %s",
                       dlerror());
#define TEXT(call) #call
#define FIND(call)                                        \
    if (library_find(handle, TEXT(call), &pl->call, err)) \
        return -1;
    CALLS(FIND)
    return 0;
}

/* -- the lock ------------------------------------------------------------ */

/* Globals begin as zeros, which here is what a mutex begins as. */
static pthread_mutex_t *lock_of(struct worker *w)
{
    _Static_assert(sizeof(pthread_mutex_t) <= sizeof w->globals->room,
                   "a mutex fits among the globals");
    return (pthread_mutex_t *)w->globals->room;
}

static uint64_t library_enter(struct worker *w)
{
    uint64_t start = clock_now(), waited;

    worker_blocks(w);
    pthread_mutex_lock(lock_of(w));
    waited = clock_now() - start;
    worker_resumes(w);
    return waited;
}

static void library_leave(struct worker *w)
{
    pthread_mutex_unlock(lock_of(w));
}

/* -- drawing ------------------------------------------------------------- */

static const char device[] = "pngcairo";

/* PLplot would ask on the terminal for another device. */
static int find_device(struct worker *w, const struct library *pl,
                       struct err *err)
{
    enum { MOST = 64 };
    const char *menus[MOST], *names[MOST];
    const char **menu = menus, **name = names;
    int n = MOST, found = 0;

    library_enter(w);
    pl->plgDevs(&menu, &name, &n);
    library_leave(w);
    for (int i = 0; i < n && !found; i++)
        found = strcmp(name[i], device) == 0;
    if (found)
        return 0;
    return err_set(err, EXIT_ABSENT,
                   "PLplot has no device '%s' here; on Debian `apt-get install "
                   "plplot-driver-cairo`",
                   device);
}

enum { BLACK = 1, BLUE, ORANGE };

static void draw_legend(const struct library *pl)
{
    const PLINT lines[] = {PL_LEGEND_LINE, PL_LEGEND_LINE};
    const PLINT text[] = {BLACK, BLACK}, colour[] = {BLUE, ORANGE};
    const PLINT style[] = {1, 1};
    const PLFLT width[] = {2, 2};
    const char *const names[] = {"x", "y"};
    PLFLT wide, high;

    pl->pllegend(&wide, &high, PL_LEGEND_BACKGROUND | PL_LEGEND_BOUNDING_BOX,
                 PL_POSITION_INSIDE | PL_POSITION_RIGHT | PL_POSITION_TOP, 0, 0,
                 0.1, 0, BLACK, 1, 0, 0, 2, lines, 1, 1, 1.5, 1, text, names,
                 NULL, NULL, NULL, NULL, colour, style, width, NULL, NULL, NULL,
                 NULL);
}

static void draw_figure(const struct plot *plot)
{
    const struct library *pl = &plot->library;

    pl->plcol0(BLACK);
    pl->plenv(0, plot->points - 1, 0, HIGHEST, 0, 0);
    pl->pllab("i", "", "x and y");
    pl->plwidth(2);
    pl->plcol0(BLUE);
    pl->plline(plot->points, plot->at, plot->x);
    pl->plcol0(ORANGE);
    pl->plline(plot->points, plot->at, plot->y);
    draw_legend(pl);
}

/* A whole figure into `out`, which PLplot closes. */
static void draw(const struct plot *plot, FILE *out)
{
    const struct library *pl = &plot->library;

    pl->plsdev(device);
    pl->plsfile(out);
    pl->plspage(0, 0, (PLINT)plot->dots, (PLINT)plot->dots, 0, 0);
    pl->plscolbg(255, 255, 255);
    pl->plscol0(BLACK, 0, 0, 0);
    pl->plscol0(BLUE, 31, 119, 180);
    pl->plscol0(ORANGE, 255, 127, 14);
    pl->plinit();
    draw_figure(plot);
    pl->plend1();
}

static int save(const struct plot *plot, const char *png, size_t bytes,
                struct err *err)
{
    FILE *file = fopen(plot->file, "we");
    int failed;

    if (!file)
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", plot->file);
    failed = fwrite(png, 1, bytes, file) < bytes || fflush(file);
    if (failed)
        err_errno(err, EXIT_RESOURCE, "cannot write '%s'", plot->file);
    fclose(file);
    if (failed)
        unlink(plot->file);
    return failed ? -1 : 0;
}

/* -- checking ------------------------------------------------------------ */

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* The chunks of a PNG, to its end: each has a length, four letters, data and a
 * checksum; the last is IEND. */
static bool ends_well(const unsigned char *png, size_t bytes)
{
    enum { SIGNATURE = 8, AROUND = 12 };
    size_t at = SIGNATURE, length;

    while (at + AROUND <= bytes) {
        length = big_endian(png + at);
        if (memcmp(png + at + 4, "IEND", 4) == 0)
            return at + AROUND == bytes;
        if (length > bytes - at - AROUND)
            return false;
        at += AROUND + length;
    }
    return false;
}

/* What is wrong with it, or NULL. A page of one colour is deflated a
 * thousandfold (1032 is the most), one with a figure on it is not. */
static const char *fault_of(const unsigned char *png, size_t bytes,
                            int64_t dots)
{
    const size_t raw = (size_t)(dots * dots * 3);

    if (bytes < 33 || memcmp(png, "\x89PNG\r\n\x1a\n", 8) != 0 ||
        memcmp(png + 12, "IHDR", 4) != 0)
        return "is no PNG";
    if (big_endian(png + 16) != dots || big_endian(png + 20) != dots)
        return "has the wrong size";
    if (!ends_well(png, bytes))
        return "is cut off";
    return bytes < raw / 500 ? "is a blank page" : NULL;
}

/* FNV-1a */
static uint64_t hash_of(const unsigned char *text, size_t bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ text[i]) * 0x100000001b3u;
    return hash;
}

/* All of the file in memory that the caller frees; NULL: it cannot be read. */
static unsigned char *read_whole(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    unsigned char *text = NULL;
    long size;

    if (!file)
        return NULL;
    if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0) {
        rewind(file);
        text = malloc((size_t)size + 1);
        *bytes = text ? fread(text, 1, (size_t)size, file) : 0;
    }
    fclose(file);
    return text;
}

/* -- the kernel ---------------------------------------------------------- */

static int setup(struct worker *w, const struct problem *problem, void **state,
                 struct err *err)
{
    struct plot *plot = worker_alloc(w, sizeof *plot, err);

    if (!plot || library_load(&plot->library, err) ||
        find_device(w, &plot->library, err))
        return -1;
    snprintf(plot->file, sizeof plot->file, "%s/%d_worker_class_test.png",
             w->scratch, w->task);
    plot->points = (int)problem->value[POINTS].count;
    plot->dots = problem->value[INCHES].count * DPI;
    for (int i = 0; i < plot->points; i++) {
        plot->at[i] = i;
        plot->x[i] =
            (double)(rng_bits(problem->seed, 0, (uint64_t)i) % HIGHEST);
        plot->y[i] =
            (double)(rng_bits(problem->seed, 1, (uint64_t)i) % HIGHEST);
    }
    *state = plot;
    return 0;
}

static void reset(struct worker *w, void *state)
{
    struct plot *plot = state;

    (void)w;
    unlink(plot->file);
}

static int step(struct worker *w, void *state, struct err *err)
{
    struct plot *plot = state;
    char *png = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&png, &bytes);
    int failed;

    if (!out)
        return err_set(err, EXIT_RESOURCE, "no memory for a figure");
    plot->locked_ns = library_enter(w);
    draw(plot, out);
    library_leave(w);
    failed = save(plot, png, bytes, err);
    free(png);
    return failed;
}

static int verify(struct worker *w, void *state, struct outcome *outcome,
                  struct err *err)
{
    const struct plot *plot = state;
    size_t bytes = 0;
    unsigned char *png = read_whole(plot->file, &bytes);
    const char *fault =
        png ? fault_of(png, bytes, plot->dots) : "cannot be read";

    (void)w;
    *outcome = (struct outcome){
        .residual = fault != NULL,
        .checksum = png ? hash_of(png, bytes) : 0,
        .metric = {[LOCKED] = (double)plot->locked_ns * 1e-9,
                   [BYTES] = (double)bytes},
    };
    free(png);
    if (!fault)
        return 0;
    return err_set(err, EXIT_WRONG, "'%s' %s", plot->file, fault);
}

#define STEPS       .setup = setup, .reset = reset, .step = step, .verify = verify
#define STATE_BYTES sizeof(struct plot)
#define ABSENT      NULL
#else
#define STEPS       .setup = NULL
#define STATE_BYTES 4096
#define ABSENT      "built without PLplot"
#endif

static int plan(const struct problem *problem, int workers, struct work *work,
                struct err *err)
{
    const double library = 8 << 20;
    double dots = (double)problem->value[INCHES].count * DPI;

    (void)workers, (void)err;
    work->amount = 1;
    work->arena = (double)STATE_BYTES;
    work->memory = work->arena + library + 8 * dots * dots;
    return 0;
}

const struct kernel kernel_plot = {
    .name = "plot",
    .summary = "draw a figure each with a library that threads must share",
    .unit = "figure",
    .params = params,
    .absent = ABSENT,
    .modes = MODE_REPLICATE,
    .traits = KERNEL_FILES,
    .metrics = metrics,
    .plan = plan,
    STEPS,
};
