/* SPDX-License-Identifier: Apache-2.0 */
/* core/fit.h: SciPy's fits, coverage of the intervals, what may be said. */
#include "core/fit.h"
#include "tests/unit/vectors.h"

enum { TRIALS = 10, POINTS = 8 };

static const int counts[POINTS] = {1, 2, 4, 6, 8, 12, 16, 24};

/* -- golden vectors ------------------------------------------------------ */

/* Trials of one number of workers stand side by side. */
static size_t split(const struct vector *v, struct fit_point *point)
{
    size_t points = 0;

    for (size_t i = 0; i < v->n[1]; i++) {
        if (i == 0 || v->group[1][i] != v->group[1][i - 1])
            point[points++] =
                (struct fit_point){(int)v->group[1][i], &v->group[2][i], 0};
        point[points - 1].n++;
    }
    return points;
}

/* SciPy's trust region never quite touches a bound, hence the 1e-5. */
static void check_vector(const struct vector *v)
{
    struct fit_point point[POINTS];
    size_t points = split(v, point);
    const double *expected = v->group[3];
    struct err err;
    struct fit f;

    assert_done(
        fit_law((enum fit_law)v->group[0][0], point, points, 1, &f, &err),
        &err);
    assert_near(f.gamma, expected[0], 1e-5);
    assert_near(f.alpha, expected[1], 1e-5);
    assert_near(f.beta, expected[2], 1e-5);
    assert_true(f.sse <= expected[3] * (1 + 1e-9));
    assert_near(f.sse / expected[3], 1, 1e-5);
    assert_near(f.aicc, expected[4], 1e-5);
}

static void test_golden(void **state)
{
    (void)state;
    assert_int_equal(vectors_check("fit.txt", check_vector), 144);
}

/* -- made-up trials ------------------------------------------------------ */

struct made {
    double y[POINTS][TRIALS];
    struct fit_point point[POINTS];
};

static void make(struct made *m, enum fit_law law, double alpha, double beta,
                 double noise, uint64_t *state)
{
    struct fit truth = {.law = law, .gamma = 3, .alpha = alpha, .beta = beta};

    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < TRIALS; k++)
            m->y[i][k] =
                log(fit_rate(&truth, counts[i])) + noise * normal(state);
        m->point[i] = (struct fit_point){counts[i], m->y[i], TRIALS};
    }
}

static void fit_all(const struct made *m, struct fit *f)
{
    struct err err;

    for (int law = FIT_LINEAR; law <= FIT_USL; law++)
        assert_done(
            fit_law((enum fit_law)law, m->point, POINTS, 1, &f[law], &err),
            &err);
}

static bool inside(const struct interval *ci, double x)
{
    return ci->low <= x && x <= ci->high;
}

/* Of 200 intervals of 95 %, 180 or fewer hold in one of 200 such tests. */
static void test_coverage(void **state)
{
    enum { SESSIONS = 200 };
    int alpha = 0, beta = 0, gamma = 0, ahead = 0;
    uint64_t noise = 20261123;
    struct fit truth = {
        .law = FIT_USL, .gamma = 3, .alpha = 0.04, .beta = 0.0009};

    (void)state;
    for (int i = 0; i < SESSIONS; i++) {
        struct made m;
        struct err err;
        struct fit f;

        make(&m, FIT_USL, truth.alpha, truth.beta, 0.02, &noise);
        assert_done(fit_law(FIT_USL, m.point, POINTS, (uint64_t)i, &f, &err),
                    &err);
        alpha += inside(&f.alpha_ci, truth.alpha);
        beta += inside(&f.beta_ci, truth.beta);
        gamma += inside(&f.gamma_ci, truth.gamma);
        ahead += inside(&f.ahead_ci, fit_rate(&truth, 48));
    }
    print_message("of %d: alpha %d, beta %d, gamma %d, ahead %d\n", SESSIONS,
                  alpha, beta, gamma, ahead);
    assert_true(alpha > 180 && beta > 180 && gamma > 180 && ahead > 180);
}

/* Points that share an error of their own, as launches give them: intervals
 * that looked at trials only would hold in half of the sessions. */
static void test_coverage_of_strays(void **state)
{
    enum { SESSIONS = 150 };
    uint64_t noise = 7;
    int alpha = 0, stray = 0;

    (void)state;
    for (int i = 0; i < SESSIONS; i++) {
        struct made m;
        struct err err;
        struct fit f;

        make(&m, FIT_AMDAHL, 0.05, 0, 0.01, &noise);
        for (int p = 0; p < POINTS; p++) {
            double own = 0.02 * normal(&noise);

            for (int k = 0; k < TRIALS; k++)
                m.y[p][k] += own;
        }
        assert_done(fit_law(FIT_AMDAHL, m.point, POINTS, (uint64_t)i, &f, &err),
                    &err);
        alpha += inside(&f.alpha_ci, 0.05);
        stray += f.strays > 2;
    }
    print_message("of %d: alpha %d, strays %d\n", SESSIONS, alpha, stray);
    assert_true(alpha > 125 && stray > 140);
}

/* -- what may be said ---------------------------------------------------- */

static void test_laws_told_apart(void **state)
{
    static const struct {
        double alpha, beta;
        enum fit_law law;
    } truth[] = {
        {0, 0, FIT_LINEAR}, {0.1, 0, FIT_AMDAHL}, {0.05, 0.005, FIT_USL}};
    uint64_t noise = 3;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct made m;
        struct fit f[3];

        make(&m, FIT_USL, truth[i].alpha, truth[i].beta, 0.01, &noise);
        fit_all(&m, f);
        assert_int_equal(f[fit_best(f, 3)].law, truth[i].law);
        assert_int_equal(fit_coherency_holds(&f[FIT_USL]),
                         truth[i].law == FIT_USL);
    }
}

/* n* = sqrt(0.95 / 0.005) = 13.8 is inside, sqrt(0.95 / 0.0005) = 43.6 beyond
 * the 24 that were measured. */
static void test_peak(void **state)
{
    uint64_t noise = 11;
    struct made m;
    struct fit f[3];

    (void)state;
    make(&m, FIT_USL, 0.05, 0.005, 0.003, &noise);
    fit_all(&m, f);
    assert_true(fit_peak_holds(&f[FIT_USL]));
    assert_true(inside(&f[FIT_USL].peak_ci, f[FIT_USL].peak));
    assert_near(f[FIT_USL].peak, 13.8, 0.05);
    make(&m, FIT_USL, 0.05, 0.0005, 0.003, &noise);
    fit_all(&m, f);
    assert_true(fit_coherency_holds(&f[FIT_USL]));
    assert_false(fit_peak_holds(&f[FIT_USL]));
    make(&m, FIT_USL, 0.05, 0, 0.003, &noise);
    fit_all(&m, f);
    assert_false(fit_peak_holds(&f[FIT_USL]));
    assert_true(isnan(f[FIT_USL].peak));
}

static void test_ahead(void **state)
{
    uint64_t noise = 13;
    struct interval hull;
    struct made m;
    struct fit f[3];

    (void)state;
    make(&m, FIT_USL, 0.05, 0.0005, 0.002, &noise);
    fit_all(&m, f);
    assert_int_equal(f[0].ahead, 48);
    assert_true(fit_carries(f, 3, &hull));
    assert_true(inside(&hull, fit_rate(&f[FIT_USL], 48)));
    make(&m, FIT_USL, 0.05, 0.0005, 0.1, &noise);
    fit_all(&m, f);
    assert_false(fit_carries(f, 3, &hull));
}

static void test_superlinear(void **state)
{
    uint64_t noise = 17;
    struct made m;
    struct fit f[3];

    (void)state;
    make(&m, FIT_LINEAR, 0, 0, 0.001, &noise);
    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < TRIALS; k++)
            m.y[i][k] += 0.05 * log(counts[i]);
    }
    fit_all(&m, f);
    assert_true(f[FIT_USL].alpha == 0 && f[FIT_USL].beta == 0);
    assert_int_equal(f[fit_best(f, 3)].law, FIT_LINEAR);
}

static void test_refusals(void **state)
{
    uint64_t noise = 1;
    struct made m;
    struct err err;
    struct fit f;

    (void)state;
    make(&m, FIT_USL, 0.05, 0, 0.01, &noise);
    assert_null(fit_refusal(m.point, 5));
    assert_non_null(strstr(fit_refusal(m.point, 4), "5 points"));
    assert_int_equal(fit_law(FIT_USL, m.point, 4, 1, &f, &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    m.point[2].n = 4;
    assert_non_null(strstr(fit_refusal(m.point, 5), "5 trials"));
    m.point[2].n = TRIALS;
    m.y[1][1] = INFINITY;
    assert_int_equal(fit_law(FIT_USL, m.point, 5, 1, &f, &err), -1);
    assert_int_equal(err.code, EXIT_WRONG);
}

static void test_same_seed(void **state)
{
    uint64_t noise = 5;
    struct made m;
    struct err err;
    struct fit a, b;

    (void)state;
    make(&m, FIT_USL, 0.05, 0.001, 0.01, &noise);
    assert_done(fit_law(FIT_USL, m.point, POINTS, 9, &a, &err), &err);
    assert_done(fit_law(FIT_USL, m.point, POINTS, 9, &b, &err), &err);
    assert_true(a.beta_ci.low == b.beta_ci.low &&
                a.beta_ci.high == b.beta_ci.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_coverage_of_strays),
        cmocka_unit_test(test_laws_told_apart),
        cmocka_unit_test(test_peak),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_superlinear),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_same_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
