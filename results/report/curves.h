/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons of one kernel and problem with several numbers of workers, as
 * points of a scaling plot. For results/report/ only.
 *
 * The base of an executor is one serial worker where the comparison has it:
 * then speed-up and interval are those of its table, paired by blocks. Else it
 * is the executor's own median at the fewest workers, where its speed-up is
 * taken to be ideal, and there are no intervals.
 *
 * The fitted law is that of `drive scale`; its band holds every law whose
 * parameters lie inside their 95 % intervals, all of them together, which is
 * wider than 95 %.
 */
#ifndef DRIVE_RESULTS_REPORT_CURVES_H
#define DRIVE_RESULTS_REPORT_CURVES_H

#include "results/report/plot.h"

struct curve_point {
    int workers;
    double speedup, low, high; /* low, high: NAN if not known */
};

/* The executors of a group, by name, in the order in which they come; returns
 * how many, at most CELLS_MAX. The serial base is none of them. */
int curves_executors(const struct view *, const char *name[CELLS_MAX]);

/* Points of one executor, fewest workers first; at most view->n. */
size_t curves_points(const struct view *, const char *name,
                     struct curve_point *);

/* "serial", or the fewest workers: what a speed-up of 1 is. */
void curves_base(const struct view *, char *out, size_t size);

/* Groups of two and more numbers of workers among a report's comparisons:
 * *section has them one group behind the other, *size[groups] how many each
 * has. Both are the caller's. */
int curves_groups(const struct report *, const struct section ***section,
                  size_t **size, size_t *groups, struct err *);

/* The table of a plot: workers, speed-up or efficiency in percent, interval;
 * and its lines, with their points, added to a plot command that has begun. */
int curves_fill(const struct view *, struct plot_data *, bool efficiency,
                struct err *);
void curves_draw(FILE *, const struct view *, const struct plot_data *);
/* The numbers of workers as marks of the x axis. */
void curves_tics(FILE *, const struct view *);

/* Whether numbers of workers range so far that they, and speed-ups, are drawn
 * on logarithmic axes. */
bool curves_wide(const struct view *);

/* The range of the x axis, and its marks. */
void curves_axis(FILE *, const struct view *);

/* Up to where something is drawn: the largest count, or as far ahead as the
 * laws carry. */
int curves_reach(const struct view *);

/* Shades what was measured, where something lies beyond it; before the plot
 * command. */
void curves_zone(FILE *, const struct view *);

/* The look of a series: an executor has that of its cell. */
int curves_look(const struct view *, int series);

/* Adds what follows from a model to a plot command that has begun. */
void curves_draw_model(FILE *, const struct view *, bool efficiency);

/* What the caption says: the base, and the parameters of each law with the
 * intervals that its band is made of. */
void curves_tell(const struct view *, char *out, size_t size);

#endif
