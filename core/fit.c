/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"

/* Parameters by place: the logarithm of gamma, alpha, beta. */
enum { GAMMA, ALPHA, BETA, PARAMETERS };

/* What a fit needs of the trials: means of the points, and how many trials
 * each has. The squares within the points are the same for all laws. */
struct means {
    size_t points;
    double p[FIT_POINTS_MAX], mean[FIT_POINTS_MAX], weight[FIT_POINTS_MAX];
    double within, trials;
};

struct theta {
    double at[PARAMETERS];
};

static int parameters(enum fit_law law)
{
    static const int count[] = {
        [FIT_LINEAR] = 1, [FIT_AMDAHL] = 2, [FIT_USL] = 3, [FIT_GUSTAFSON] = 2};

    return count[law];
}

const char *fit_law_name(enum fit_law law)
{
    static const char *const name[] = {[FIT_LINEAR] = "linear",
                                       [FIT_AMDAHL] = "Amdahl",
                                       [FIT_USL] = "USL",
                                       [FIT_GUSTAFSON] = "Gustafson"};

    return name[law];
}

/* -- least squares ------------------------------------------------------- */

/* log X, and its derivatives. */
static double log_rate(enum fit_law law, const struct theta *t, double p,
                       double *slope)
{
    double loss = 1 + t->at[ALPHA] * (p - 1) + t->at[BETA] * p * (p - 1);
    double gain = p - t->at[ALPHA] * (p - 1);

    slope[GAMMA] = 1;
    slope[ALPHA] = law == FIT_GUSTAFSON ? -(p - 1) / gain : -(p - 1) / loss;
    slope[BETA] = -p * (p - 1) / loss;
    return t->at[GAMMA] +
           (law == FIT_GUSTAFSON ? log(gain) : log(p) - log(loss));
}

static double squares(enum fit_law law, const struct means *m,
                      const struct theta *t)
{
    double sum = 0, slope[PARAMETERS];

    for (size_t i = 0; i < m->points; i++) {
        double off = m->mean[i] - log_rate(law, t, m->p[i], slope);

        sum += m->weight[i] * off * off;
    }
    return sum;
}

/* Gauss-Newton's matrix and right side; returns the sum of squares. */
static double normal_equations(enum fit_law law, const struct means *m,
                               const struct theta *t,
                               double a[PARAMETERS][PARAMETERS],
                               double b[PARAMETERS])
{
    double sum = 0, slope[PARAMETERS];

    memset(a, 0, PARAMETERS * sizeof *a);
    memset(b, 0, PARAMETERS * sizeof *b);
    for (size_t i = 0; i < m->points; i++) {
        double w = m->weight[i];
        double off = m->mean[i] - log_rate(law, t, m->p[i], slope);

        sum += w * off * off;
        for (int r = 0; r < PARAMETERS; r++) {
            b[r] += w * slope[r] * off;
            for (int c = 0; c < PARAMETERS; c++)
                a[r][c] += w * slope[r] * slope[c];
        }
    }
    return sum;
}

/* A parameter at its bound whose gradient pushes outwards stays there. */
static bool is_held(int i, int n, const struct theta *t, const double *b)
{
    if (i >= n)
        return true;
    if (i == GAMMA)
        return false;
    return (t->at[i] <= 0 && b[i] <= 0) ||
           (i == ALPHA && t->at[i] >= 1 && b[i] >= 0);
}

/* Cholesky's way, in place, over the rows that are not held; false: singular.
 */
static bool solve(double a[PARAMETERS][PARAMETERS], double b[PARAMETERS],
                  const bool *held)
{
    for (int i = 0; i < PARAMETERS; i++) {
        for (int k = 0; k < PARAMETERS && held[i]; k++)
            a[i][k] = a[k][i] = i == k;
        b[i] = held[i] ? 0 : b[i];
    }
    for (int i = 0; i < PARAMETERS; i++) {
        for (int k = 0; k <= i; k++) {
            for (int j = 0; j < k; j++)
                a[i][k] -= a[i][j] * a[k][j];
            if (i == k && !(a[i][i] > 0))
                return false;
            a[i][k] = i == k ? sqrt(a[i][i]) : a[i][k] / a[k][k];
        }
        for (int j = 0; j < i; j++)
            b[i] -= a[i][j] * b[j];
        b[i] /= a[i][i];
    }
    for (int i = PARAMETERS - 1; i >= 0; i--) {
        for (int j = i + 1; j < PARAMETERS; j++)
            b[i] -= a[j][i] * b[j];
        b[i] /= a[i][i];
    }
    return true;
}

static struct theta stepped(const struct theta *t, const double *step)
{
    struct theta next;

    next.at[GAMMA] = t->at[GAMMA] + step[GAMMA];
    next.at[ALPHA] = fmin(1, fmax(0, t->at[ALPHA] + step[ALPHA]));
    next.at[BETA] = fmax(0, t->at[BETA] + step[BETA]);
    return next;
}

/* From where *t is to the nearest minimum; returns its sum of squares. */
static double descend(enum fit_law law, const struct means *m, struct theta *t)
{
    double damping = 1e-6, now = squares(law, m, t);
    int n = parameters(law);

    for (int i = 0; i < 400 && damping < 1e12; i++) {
        double a[PARAMETERS][PARAMETERS], b[PARAMETERS], then;
        bool held[PARAMETERS];
        struct theta next;

        normal_equations(law, m, t, a, b);
        for (int k = 0; k < PARAMETERS; k++) {
            held[k] = is_held(k, n, t, b);
            a[k][k] *= 1 + damping;
        }
        if (!solve(a, b, held))
            return now;
        next = stepped(t, b);
        then = squares(law, m, &next);
        if (!(then <= now) && fabs(then - now) > 1e-13 * now) {
            damping *= 10;
            continue;
        }
        if (then <= now)
            *t = next;
        if (fabs(now - then) <= 1e-13 * now && damping < 1e-3)
            return fmin(now, then);
        now = fmin(now, then);
        damping = fmax(damping / 100, 1e-15);
    }
    return now;
}

/* The law's best among the minima that are near to some starts. */
static double search(enum fit_law law, const struct means *m,
                     struct theta *best)
{
    static const double start[][2] = {
        {0.01, 0.0001}, {0.1, 0.01}, {0.6, 0.001}, {0, 0}};
    size_t starts = parameters(law) == 1 ? 1 : 4;
    double least = INFINITY;

    for (size_t s = 0; s < starts; s++) {
        struct theta t = {{0, 0, 0}};
        double slope[PARAMETERS], sse;

        t.at[ALPHA] = parameters(law) > ALPHA ? start[s][0] : 0;
        t.at[BETA] = parameters(law) > BETA ? start[s][1] : 0;
        t.at[GAMMA] = m->mean[0] - log_rate(law, &t, m->p[0], slope);
        sse = descend(law, m, &t);
        if (sse < least) {
            least = sse;
            *best = t;
        }
    }
    return least;
}

/* -- the trials ---------------------------------------------------------- */

const char *fit_refusal(const struct fit_point *point, size_t points)
{
    if (points < FIT_POINTS)
        return "fewer than 5 points";
    if (points > FIT_POINTS_MAX)
        return "more than 256 points";
    for (size_t i = 0; i < points; i++) {
        if (point[i].n < FIT_TRIALS)
            return "fewer than 5 trials at a point";
    }
    return NULL;
}

static int gather(const struct fit_point *point, size_t points, struct means *m,
                  struct err *err)
{
    *m = (struct means){.points = points};
    for (size_t i = 0; i < points; i++) {
        double sum = 0, square = 0, n = (double)point[i].n;

        for (size_t k = 0; k < point[i].n; k++)
            sum += point[i].log_rate[k];
        if (!isfinite(sum))
            return err_set(err, EXIT_WRONG, "a rate that is no number");
        for (size_t k = 0; k < point[i].n; k++) {
            double off = point[i].log_rate[k] - sum / n;

            square += off * off;
        }
        m->p[i] = point[i].workers;
        m->mean[i] = sum / n;
        m->weight[i] = n;
        m->within += square;
        m->trials += n;
    }
    return 0;
}

/* How much more the points stray from the curve than their noise explains. */
static double straying(const struct means *m, double between, int n)
{
    double about = between / ((double)m->points - n);
    double within = m->within / (m->trials - (double)m->points);

    return within > 0 ? sqrt(fmax(1, about / within)) : 1;
}

/* -- intervals ----------------------------------------------------------- */

struct draws {
    double gamma[FIT_DRAWS], alpha[FIT_DRAWS], beta[FIT_DRAWS];
    double peak[FIT_DRAWS], ahead[FIT_DRAWS];
};

/* Means of new trials: the points' own deviations, drawn again. */
static void draw(const struct fit_point *point, const struct means *m,
                 double strays, uint64_t seed, uint64_t *index,
                 struct means *out)
{
    for (size_t i = 0; i < m->points; i++) {
        size_t n = point[i].n;
        double sum = 0, widen = strays * sqrt((double)n / ((double)n - 1));

        for (size_t k = 0; k < n; k++) {
            size_t pick = (size_t)(rng_bits(seed, 0, (*index)++) % n);

            sum += point[i].log_rate[pick] - m->mean[i];
        }
        out->mean[i] = m->mean[i] + widen * sum / (double)n;
    }
}

static struct interval percentiles(double *x)
{
    struct interval ci;

    stats_sort(x, FIT_DRAWS);
    ci.low = stats_quantile_sorted(x, FIT_DRAWS, 0.025);
    ci.high = stats_quantile_sorted(x, FIT_DRAWS, 0.975);
    return ci;
}

static void bootstrap(const struct fit_point *point, const struct means *m,
                      const struct theta *t, uint64_t seed, struct draws *d,
                      struct fit *f)
{
    struct means drawn = *m;
    uint64_t index = 0;

    for (int i = 0; i < FIT_DRAWS; i++) {
        struct theta mine = *t;
        double slope[PARAMETERS];

        draw(point, m, f->strays, seed, &index, &drawn);
        descend(f->law, &drawn, &mine);
        d->gamma[i] = exp(mine.at[GAMMA]);
        d->alpha[i] = mine.at[ALPHA];
        d->beta[i] = mine.at[BETA];
        /* Huge, not infinite, where there is no peak: quantiles mix values. */
        d->peak[i] = sqrt((1 - mine.at[ALPHA]) / fmax(mine.at[BETA], 1e-300));
        d->ahead[i] = exp(log_rate(f->law, &mine, f->ahead, slope));
    }
    f->gamma_ci = percentiles(d->gamma);
    f->alpha_ci = percentiles(d->alpha);
    f->beta_ci = percentiles(d->beta);
    f->peak_ci = percentiles(d->peak);
    f->ahead_ci = percentiles(d->ahead);
}

/* -- one law ------------------------------------------------------------- */

/* Perfect data have no noise, whose logarithm would be none either. */
static double aicc_of(double sse, double n, int parameters_of)
{
    double k = parameters_of + 1;

    return n * log(fmax(sse / n, 1e-30)) + 2 * k +
           2 * k * (k + 1) / (n - k - 1);
}

static void fill(const struct means *m, const struct theta *t, double between,
                 struct fit *f)
{
    int n = parameters(f->law);

    f->gamma = exp(t->at[GAMMA]);
    f->alpha = t->at[ALPHA];
    f->beta = t->at[BETA];
    f->sse = m->within + between;
    f->aicc = aicc_of(f->sse, m->trials, n);
    f->strays = straying(m, between, n);
    f->points = m->points;
    f->trials = (size_t)m->trials;
    for (size_t i = 0; i < m->points; i++)
        f->largest = m->p[i] > f->largest ? (int)m->p[i] : f->largest;
    f->ahead = 2 * f->largest;
    f->ahead_rate = fit_rate(f, f->ahead);
}

int fit_law(enum fit_law law, const struct fit_point *point, size_t points,
            uint64_t seed, struct fit *out, struct err *err)
{
    const char *refusal = fit_refusal(point, points);
    struct fit f = {.law = law, .peak = NAN};
    struct draws *d;
    struct means m;
    struct theta t;

    if (refusal)
        return err_set(err, EXIT_USAGE, "no fit: %s", refusal);
    if (gather(point, points, &m, err))
        return -1;
    d = malloc(sizeof *d);
    if (!d)
        return err_set(err, EXIT_RESOURCE, "no memory for a fit");
    fill(&m, &t, search(law, &m, &t), &f);
    bootstrap(point, &m, &t, seed, d, &f);
    free(d);
    if (fit_coherency_holds(&f))
        f.peak = sqrt((1 - f.alpha) / f.beta);
    else
        f.peak_ci = (struct interval){NAN, NAN};
    *out = f;
    return 0;
}

double fit_rate(const struct fit *f, double workers)
{
    struct theta t = {{0, f->alpha, f->beta}};
    double slope[PARAMETERS];

    return f->gamma * exp(log_rate(f->law, &t, workers, slope));
}

/* -- what may be said ---------------------------------------------------- */

bool fit_coherency_holds(const struct fit *f)
{
    return f->law == FIT_USL && f->beta_ci.low > 1e-9 * f->beta_ci.high;
}

bool fit_peak_holds(const struct fit *f)
{
    return fit_coherency_holds(f) && f->peak <= f->largest &&
           f->peak_ci.high <= f->largest;
}

int fit_best(const struct fit *f, int fits)
{
    int best = -1;
    double least = INFINITY;

    for (int i = 0; i < fits; i++)
        least = fmin(least, f[i].aicc);
    for (int i = 0; i < fits; i++) {
        bool fewer = best < 0 || parameters(f[i].law) < parameters(f[best].law);
        bool level = best >= 0 &&
                     parameters(f[i].law) == parameters(f[best].law) &&
                     f[i].aicc < f[best].aicc;

        if (f[i].aicc <= least + 2 && (fewer || level))
            best = i;
    }
    return best;
}

bool fit_carries(const struct fit *f, int fits, struct interval *hull)
{
    int best = fit_best(f, fits);
    double least = INFINITY;

    *hull = (struct interval){INFINITY, -INFINITY};
    for (int i = 0; i < fits; i++)
        least = fmin(least, f[i].aicc);
    for (int i = 0; i < fits; i++) {
        if (f[i].aicc > least + 10)
            continue;
        hull->low = fmin(hull->low, f[i].ahead_ci.low);
        hull->high = fmax(hull->high, f[i].ahead_ci.high);
    }
    return best >= 0 && hull->low >= 0.9 * f[best].ahead_rate &&
           hull->high <= 1.1 * f[best].ahead_rate;
}
