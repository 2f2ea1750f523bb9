/* SPDX-License-Identifier: Apache-2.0 */
/* Scaling studies of made-up times: speed-ups, what is said and what is not. */
#include "results/verdict/scaling.h"

#include <ctype.h>
#include <jansson.h>

#include "results/report/scaling.h"
#include "tests/unit/vectors.h"

enum { MOST = 8, BLOCKS = 8 };

struct study {
    struct comparison c[MOST];
    int n;
};

static void add_cell(struct comparison *c, const char *executor, int workers,
                     double ns, double noise, uint64_t *state)
{
    struct cell *cell = &c->cell[c->cells++];

    cell->executor = executor;
    cell->workers = workers;
    for (int b = 0; b < BLOCKS; b++) {
        struct trial *trial = cell_add_trial(cell);

        trial->block = b;
        trial->repeats = 1;
        trial->ns = (uint64_t)(ns * exp(noise * normal(state)));
    }
}

/* One executor whose rate follows Amdahl's law, and serial beside it. */
static void add_point(struct study *s, int workers, double alpha, double noise,
                      uint64_t *state)
{
    struct comparison *c = &s->c[s->n++];
    double loss = 1 + alpha * (workers - 1);

    *c = (struct comparison){.kernel = "matmul",
                             .unit = "flop",
                             .mode = "divide",
                             .workers = workers,
                             .amount = 1e9,
                             .blocks = BLOCKS,
                             .stop = STOP_BLOCKS};
    add_cell(c, "serial", 1, 1.1e9, noise, state);
    add_cell(c, "threads", workers, 1e9 / workers * loss, noise, state);
}

static void make(struct study *s, const int *count, int n, double alpha)
{
    uint64_t state = 20261123;

    s->n = 0;
    for (int i = 0; i < n; i++)
        add_point(s, count[i], alpha, 0.001, &state);
}

static void drop(struct study *s, struct scaling *scaling)
{
    scaling_free(scaling);
    for (int i = 0; i < s->n; i++)
        comparison_free(&s->c[i]);
}

static void judge(const struct study *s, enum scaling_mode mode,
                  enum scaling_base base, struct scaling *out)
{
    struct err err;

    assert_done(scaling_judge(s->c, s->n, mode, base, 1, out, &err), &err);
    assert_int_equal(out->curves, 1); /* serial is a base, no curve */
    assert_string_equal(out->curve[0].executor, "threads");
}

static const int counts[] = {8, 1, 4, 2, 6, 3}; /* as if in random order */

/* S(8) by Amdahl with 5 % serial: 8 / 1.35 = 5.93. */
static void test_speedups(void **state)
{
    struct study s;
    struct scaling scaling;
    const struct scaling_row *row;

    (void)state;
    make(&s, counts, 6, 0.05);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    row = scaling.curve[0].row;
    assert_int_equal(row[0].workers, 1);
    assert_true(row[0].base && row[0].speedup.value == 1);
    assert_int_equal(row[5].workers, 8);
    assert_near(row[5].speedup.value, 8 / 1.35, 0.005);
    assert_true(row[5].speedup.valid &&
                row[5].speedup.ci.low < row[5].speedup.value &&
                row[5].speedup.ci.high > row[5].speedup.value);
    assert_near(row[5].efficiency.low, row[5].speedup.ci.low / 8, 1e-12);
    assert_near(row[5].core_hours, 8 * row[5].median_ns * 1e-9 / 3600, 1e-12);
    /* 4 workers: 1 / 1.15 = 87 %; 6: 1 / 1.25 = 80 %, on the line; 8: 74 % */
    assert_in_range(scaling.curve[0].good, 4, 6);
    drop(&s, &scaling);
}

/* Two nodes of four cores; workers of threads stay on the first. */
static void seat(struct comparison *c)
{
    c->nodes = 2;
    for (int i = 0; i < c->cells; i++) {
        struct cell *cell = &c->cell[i];

        cell->post = calloc((size_t)cell->workers, sizeof *cell->post);
        assert_non_null(cell->post);
        for (int w = 0; w < cell->workers; w++)
            cell->post[w] = (struct post){.node = w / 4, .core = w % 4};
    }
}

static void test_nodes(void **state)
{
    struct footing on;
    struct study s;
    struct scaling scaling;
    const struct scaling_row *row;
    struct err err;
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    make(&s, counts, 6, 0.01);
    for (int i = 0; i < s.n; i++)
        seat(&s.c[i]);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    row = scaling.curve[0].row;
    assert_int_equal(row[3].on.nodes, 1);
    assert_int_equal(row[4].workers, 6);
    assert_int_equal(row[4].on.nodes, 2);
    assert_int_equal(row[4].on.fewest, 2);
    assert_int_equal(row[4].on.most, 4);
    scaling_print(out, &scaling, false);
    fclose(out);
    assert_non_null(strstr(text, "\non 2 nodes, 2 to 4 cores of each\n"));
    assert_non_null(strstr(text, "80 %: 8 (2 nodes, 4 cores of"));
    free(text);
    drop(&s, &scaling);

    /* Two workers on a core pay for one; without seats each for its own. */
    make(&s, counts, 6, 0.01);
    seat(&s.c[0]);
    for (int w = 0; w < 8; w++)
        s.c[0].cell[1].post[w].core = w % 2;
    assert_done(footing_of(&s.c[0], &s.c[0].cell[1], &on, &err), &err);
    assert_true(on.nodes == 2 && on.cores == 4 && on.fewest == 2);
    for (int w = 0; w < 8; w++)
        s.c[0].cell[1].post[w].core = -1;
    assert_done(footing_of(&s.c[0], &s.c[0].cell[1], &on, &err), &err);
    assert_true(on.nodes == 2 && on.cores == 8 && on.most == 4);
    /* Threads that were on one node when eight workers were asked for. */
    s.c[0].cell[1].workers = 4;
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].rows, 5);
    assert_true(scaling.curve[0].stays);
    assert_int_equal(scaling.curve[0].row[3].n, 2 * BLOCKS);
    s.c[0].cell[1].workers = 8;
    drop(&s, &scaling);
}

static void test_bases(void **state)
{
    static const int from_two[] = {2, 4, 8};
    struct study s;
    struct scaling scaling;

    (void)state;
    make(&s, counts, 6, 0.05);
    judge(&s, SCALING_STRONG, BASE_SERIAL, &scaling);
    assert_near(scaling.curve[0].row[0].speedup.value, 1.1, 0.002);
    assert_false(scaling.curve[0].row[0].base);
    drop(&s, &scaling);

    /* Two workers count as a speed-up of two. */
    make(&s, from_two, 3, 0);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_near(scaling.curve[0].row[0].speedup.value, 2, 1e-12);
    assert_near(scaling.curve[0].row[2].speedup.value, 8, 0.005);
    drop(&s, &scaling);

    make(&s, from_two, 3, 0);
    judge(&s, SCALING_STRONG, BASE_SELF, &scaling);
    assert_int_equal(scaling.curve[0].row[0].speedup.n, 0);
    assert_non_null(strstr(scaling.curve[0].no_base, "one worker"));
    assert_int_equal(scaling.curve[0].good, 0);
    drop(&s, &scaling);
}

static void test_certainty(void **state)
{
    static const int two[] = {1, 2};
    uint64_t noise = 5;
    struct study s;
    struct scaling scaling;

    (void)state;
    make(&s, two, 2, 0.05);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].good, 2);
    assert_int_equal(scaling.curve[0].certainty, SURE);
    drop(&s, &scaling);

    make(&s, two, 2, 1); /* twice the workers, no faster */
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].good, 1);
    assert_int_equal(scaling.curve[0].certainty, BY_DEFINITION);
    drop(&s, &scaling);

    s.n = 0;
    add_point(&s, 1, 0.1, 0.2, &noise);
    add_point(&s, 2, 0.1, 0.2, &noise);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    if (scaling.curve[0].good == 2)
        assert_int_equal(scaling.curve[0].certainty, STRADDLES);
    assert_true(scaling.curve[0].row[1].efficiency.low < 0.8);
    drop(&s, &scaling);
}

/* Work per worker constant within rounding, replicated or grown. */
static void test_weak(void **state)
{
    struct study s;
    struct scaling scaling;
    struct err err;

    (void)state;
    make(&s, counts, 6, 0);
    assert_int_equal(
        scaling_judge(s.c, s.n, SCALING_WEAK, BASE_SMALLEST, 1, &scaling, &err),
        -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_non_null(strstr(err.text, "of each worker"));
    for (int i = 0; i < s.n; i++)
        s.c[i].amount *= s.c[i].workers * (1 + 0.002 * (i % 2));
    judge(&s, SCALING_WEAK, BASE_SMALLEST, &scaling);
    assert_near(scaling.drift, 0.002, 1e-6);
    /* The times are those of a divided problem: twice as fast as can be. */
    assert_near(scaling.curve[0].row[1].speedup.value, 4, 0.01);
    assert_int_equal(scaling.curve[0].fit[1].law, FIT_GUSTAFSON);
    scaling_free(&scaling);
    for (int i = 0; i < s.n; i++) {
        s.c[i].amount = 5;
        s.c[i].replicate = true;
        s.c[i].mode = "replicate";
    }
    judge(&s, SCALING_WEAK, BASE_SMALLEST, &scaling);
    assert_near(scaling.constant, 5, 1e-12);
    assert_near(scaling.curve[0].row[0].amount, 5, 1e-12);
    assert_near(scaling.curve[0].row[5].amount, 40, 1e-12);
    scaling_free(&scaling);
    assert_int_equal(scaling_judge(s.c, s.n, SCALING_STRONG, BASE_SMALLEST, 1,
                                   &scaling, &err),
                     -1);
    scaling = (struct scaling){.curve = NULL};
    drop(&s, &scaling);
}

static void test_other_kernel(void **state)
{
    struct study s;
    struct scaling scaling = {.curve = NULL};
    struct err err;

    (void)state;
    make(&s, counts, 2, 0);
    s.c[1].kernel = "triad";
    assert_int_equal(scaling_judge(s.c, s.n, SCALING_STRONG, BASE_SMALLEST, 1,
                                   &scaling, &err),
                     -1);
    assert_non_null(strstr(err.text, "triad"));
    drop(&s, &scaling);
}

/* Two launches of one count are one point. */
static void test_launches(void **state)
{
    static const int twice[] = {1, 2, 1, 2};
    struct study s;
    struct scaling scaling;

    (void)state;
    make(&s, twice, 4, 0);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].rows, 2);
    assert_int_equal(scaling.curve[0].row[1].n, 2 * BLOCKS);
    drop(&s, &scaling);
}

/* -- laws ---------------------------------------------------------------- */

static void test_laws(void **state)
{
    struct study s;
    struct scaling scaling;
    const struct scaling_curve *curve;

    (void)state;
    make(&s, counts, 6, 0.05);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    curve = &scaling.curve[0];
    assert_int_equal(curve->fits, 3);
    assert_int_equal(curve->fit[curve->best].law, FIT_AMDAHL);
    assert_near(curve->fit[1].alpha, 0.05, 0.002);
    assert_near(curve->fit[1].gamma, 1e9, 0.002);
    assert_false(fit_coherency_holds(&curve->fit[2]));
    drop(&s, &scaling);
}

static void test_no_fit(void **state)
{
    struct study s;
    struct scaling scaling;

    (void)state;
    make(&s, counts, 4, 0.05);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].fits, 0);
    assert_non_null(strstr(scaling.curve[0].no_fit, "5 points"));
    drop(&s, &scaling);

    make(&s, counts, 6, 0.05);
    s.c[2].cell[1].trials = 4; /* the spans of the others go with this test */
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_non_null(strstr(scaling.curve[0].no_fit, "5 trials"));
    s.c[2].cell[1].trials = BLOCKS;
    drop(&s, &scaling);

    /* A crowd is no point: six less two. */
    make(&s, counts, 6, 0.05);
    s.c[0].crowded = s.c[4].crowded = true;
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_int_equal(scaling.curve[0].fits, 0);
    assert_non_null(strstr(scaling.curve[0].no_fit, "places"));
    assert_int_equal(scaling.curve[0].good, 4);
    drop(&s, &scaling);
}

/* -- reports ------------------------------------------------------------- */

static char *printed(const struct scaling *scaling, bool quiet)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);

    scaling_print(file, scaling, quiet);
    fclose(file);
    return text;
}

static void check_width(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        if (length > 80)
            fail_msg("%zu columns: %.*s", length, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void holds(const char *text, const char *words)
{
    char flat[8192];
    size_t n = 0;

    /* Lines are broken anywhere. */
    for (; *text && n < sizeof flat - 1; text++) {
        if (!isspace((unsigned char)*text))
            flat[n++] = *text;
        else if (n && flat[n - 1] != ' ')
            flat[n++] = ' ';
    }
    flat[n] = '\0';
    if (!strstr(flat, words))
        fail_msg("no '%s' in %s", words, flat);
}

static void test_text(void **state)
{
    struct study s;
    struct scaling scaling;
    char *text;

    (void)state;
    make(&s, counts, 6, 0.02);
    s.c[0].crowded = true; /* of 8 */
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    text = printed(&scaling, false);
    check_width(text);
    holds(text, "strong scaling of matmul over 1 to 8 workers: the work of all "
                "workers together is held constant, 1e+09 flop");
    holds(text, "base each executor at its smallest count");
    holds(text, "largest count with efficiency >= 80 %: 6, for sure");
    holds(text, "*: more workers than places");
    holds(text, "Amdahl: serial share alpha");
    holds(text, "beta not told: its interval includes 0");
    holds(text, "SCALING Threads keep 80 % efficiency up to 6 workers");
    free(text);
    text = printed(&scaling, true);
    assert_ptr_equal(strstr(text, "SCALING"), text);
    check_width(text);
    free(text);
    drop(&s, &scaling);
}

static void test_json(void **state)
{
    struct study s;
    struct scaling scaling;
    struct err err;
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    json_t *json, *curve, *laws;

    (void)state;
    make(&s, counts, 6, 0.05);
    judge(&s, SCALING_STRONG, BASE_SMALLEST, &scaling);
    assert_done(scaling_print_json(file, &scaling, "a.jsonl", &err), &err);
    fclose(file);
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "scaling")),
                        "strong");
    curve = json_array_get(json_object_get(json, "curves"), 0);
    assert_int_equal(json_array_size(json_object_get(curve, "points")), 6);
    laws = json_object_get(curve, "laws");
    assert_int_equal(json_array_size(laws), 3);
    /* What may not be told is null, and says why. */
    assert_true(json_is_null(json_object_get(json_array_get(laws, 2), "beta")));
    assert_true(
        json_is_string(json_object_get(json_array_get(laws, 2), "why")));
    assert_true(json_is_null(json_object_get(json_array_get(laws, 2), "peak")));
    json_decref(json);
    free(text);
    drop(&s, &scaling);
}

static void test_words(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(scaling_mode_find("weak", &err), SCALING_WEAK);
    assert_int_equal(scaling_base_find("serial", &err), BASE_SERIAL);
    assert_int_equal(scaling_mode_find("divide", &err), -1);
    assert_non_null(strstr(err.text, "strong or weak"));
    assert_int_equal(scaling_base_find("x", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speedups), cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_bases),    cmocka_unit_test(test_certainty),
        cmocka_unit_test(test_weak),     cmocka_unit_test(test_other_kernel),
        cmocka_unit_test(test_launches), cmocka_unit_test(test_laws),
        cmocka_unit_test(test_no_fit),   cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
