/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pictures of a report: a table with a line a plot, each with a file of
 * its own, plot_NAME.c. A plot fills one table of numbers, from which come the
 * file that gnuplot reads, the table beside the picture and the count of what
 * was left out; and it writes the script that draws it. For results/report/
 * only.
 */
#ifndef DRIVE_RESULTS_REPORT_PLOT_H
#define DRIVE_RESULTS_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results/report/model.h"
#include "results/report/study.h"
#include "results/report/svg.h"
#include "results/report/texts.h"

enum {
    PLOT_WIDTH = 760,
    PLOT_COLUMNS = 6,
    PLOT_NAME = 64,
    PLOT_SERIES = 64,
    PLOT_PAIRS = 6,
    PLOT_WORKERS = 16
};

/* What a plot is of: one comparison, or several of a kernel and problem that
 * differ in the number of workers, fewest first. */
struct view {
    const struct report *report;
    const struct section *const *section;
    size_t n;
    enum language language;
    size_t points; /* of a series, at most */
    bool brief;    /* only what matters most */

    /* Of several: the study's laws, or NULL. Instead of sections: a sweep. */
    const struct scaling *scaling;
    const struct study_sweeps *sweeps;
    const struct metg *sweep;
    bool roof; /* the sections are all of a host */
};

/* Numbers in columns, in series; NAN is "not known". Names are what gnuplot
 * and the page both can be given: see plot_name(). */
struct plot_series {
    char name[PLOT_NAME];
    size_t first, n;
};

struct plot_data {
    char heading[PLOT_COLUMNS][PLOT_NAME];
    int columns;
    struct plot_series series[PLOT_SERIES];
    size_t all;    /* series */
    double *value; /* [rows * columns], owned */
    size_t rows, room;
    size_t of; /* points there are; 0: as many as rows */
};

struct plot {
    const char *name; /* of its files; one word */
    enum text title, caption, alt;
    bool scaling; /* it is of several comparisons */
    bool sweep;   /* it is of a sweep */
    bool roof;    /* it is of all comparisons of a host */
    bool brief;   /* it is drawn even where there are many comparisons */
    bool (*applies)(const struct view *);
    int (*fill)(const struct view *, struct plot_data *, struct err *);
    int (*height)(const struct view *, const struct plot_data *);
    void (*draw)(FILE *, const struct view *, const struct plot_data *);
    /* What more its caption says, of these numbers; or NULL. */
    void (*tell)(const struct view *, char *out, size_t size);
};

/* In the order of the page; ends with NULL. */
extern const struct plot *const plot_table[];
extern const struct plot plot_of_roofline;

/* ---- for fill() ---- */

void plot_column(struct plot_data *, const char *heading);
/* A new series; at most PLOT_SERIES, more are left out. */
void plot_series(struct plot_data *, const char *name);
/* The same with what kind it is of, a fixed text: "threads, median". */
void plot_series_of(struct plot_data *, const char *name, const char *kind);
/* A row of it, `columns` numbers; -1: no memory. */
int plot_row(struct plot_data *, const double *value, struct err *);
void plot_free(struct plot_data *); /* what it owns */

/* s, ms, us or ns: what suits so much time; returns its length in ns. */
double plot_unit(double ns, const char **name);

/* When the first worker of a trial with spans started; and the nanoseconds of
 * the longest such trial, 0 where there is none. */
uint64_t plot_first_start(const struct trial *, int workers);
double plot_longest(const struct section *);
/* "time, ms" in a language */
void plot_time_heading(char *out, enum text what, const char *unit,
                       enum language);

/* A name that can do no harm between single quotes: letters, digits and some
 * signs; anything else is '?'. Cut at PLOT_NAME - 1. */
void plot_name(char out[PLOT_NAME], const char *name);

/* ---- for draw() ---- */

/* The whole script, with its head. data: where the numbers are to be found,
 * between quotes as gnuplot wants it. */
void plot_script(FILE *, const struct plot *, const struct view *,
                 const struct plot_data *, const char *data);
void plot_data_write(FILE *, const struct plot_data *);

/* "lc rgb '#0072b2' dt 2 lw 2" and "lc rgb '#0072b2' pt 4 ps 0.6" of a cell:
 * by colour and by form. */
const char *plot_colour(int cell);
void plot_line(FILE *, int cell);
void plot_marker(FILE *, int cell, double size);

void plot_label(FILE *, const char *axis, const char *text);

/* 1, 2 or 5 times a power of ten: about five of them make so much. */
double plot_step(double range);

/* Whether a column, all of it above 0, spans more than a factor of 30: what is
 * fast would lie on the edge of a picture. */
bool plot_spans(const struct plot_data *, int column);
/* The label of such an axis, and its scale. */
void plot_log_axis(FILE *, const char *axis, const char *heading,
                   enum language);

/* Marks of an axis of blocks: whole numbers. */
void plot_block_tics(FILE *, double blocks);

/* ", " between the parts of a plot command, nothing before the first. */
const char *plot_next(bool *begun);

#endif
