/* SPDX-License-Identifier: Apache-2.0 */
/* Sides of made-up launches: what is found, what is not, and how it is
 * written down. */
#include "results/verdict/compare.h"

#include <math.h>
#include <sys/stat.h>

#include "results/record/json.h"
#include "results/report/changes.h"
#include "results/report/trends.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

/* What tells one launch from another. */
struct made {
    const char *kernel, *problem, *host, *governor;
    double scale; /* of all times */
    bool cut;     /* no summary, no end */
    bool wrong;   /* one result */
};

static const struct made usual = {"null", "n=1024", "here", "performance",
                                  1,      false,    false};

static void scale_times(struct comparison *c, const struct made *made)
{
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++) {
            struct trial *trial = &c->cell[i].trial[t];

            trial->ns = (uint64_t)llround((double)trial->ns * made->scale);
        }
    }
    c->cell[0].trial[1].wrong = made->wrong;
}

static void make(const char *path, const struct made *made)
{
    struct environment env = {.version = "0.1.0"};
    struct run_info info = info_of(&env);
    struct writer *w;
    struct comparison c;
    struct judgement j;
    struct err err;

    environment_clear(&env);
    snprintf(env.host, sizeof env.host, "%s", made->host);
    snprintf(env.governor, sizeof env.governor, "%s", made->governor);
    assert_int_equal(writer_open(&w, path, &info, &err), 0);
    sample_make(&c, 2, made->problem);
    c.kernel = made->kernel;
    scale_times(&c, made);
    assert_int_equal(writer_plan(w, &c, &err), 0);
    for (size_t t = 0; t < c.cell[0].trials; t++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                writer_trial(w, &c, &c.cell[i], &c.cell[i].trial[t], &err), 0);
    }
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    if (!made->cut)
        assert_int_equal(writer_summary(w, &c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
    comparison_free(&c);
}

/* So many launches in a folder, each a little different from the others. */
static void make_side(const char *name, int launches, struct made made)
{
    double scale = made.scale;

    assert_int_equal(mkdir(name, 0777), 0);
    for (int i = 0; i < launches; i++) {
        char path[64];

        snprintf(path, sizeof path, "%s/%d.jsonl", name, i);
        made.scale = scale * (1 + 0.0005 * ((i * 7) % 5));
        make(path, &made);
    }
}

struct sides {
    struct launches before, after;
    struct changes changes;
    struct err err;
    int failed;
};

static struct sides compare(const char *before, const char *after, bool across)
{
    struct sides s = {.failed = 0};

    if (launches_add(&s.before, before, &s.err) ||
        launches_add(&s.after, after, &s.err))
        fail_msg("%s", s.err.text);
    s.failed =
        compare_launches(&s.before, &s.after, 0.02, across, &s.changes, &s.err);
    return s;
}

static void free_sides(struct sides *s)
{
    changes_free(&s->changes);
    launches_free(&s->before);
    launches_free(&s->after);
}

static void test_least_launches(void **state)
{
    (void)state;
    assert_int_equal(least_launches(0), 4);
    assert_int_equal(least_launches(1), 4);
    assert_int_equal(least_launches(2), 5);
    assert_int_equal(least_launches(6), 5);
    assert_int_equal(least_launches(7), 6);
    assert_int_equal(least_launches(23), 6);
}

static void test_regression(void **state)
{
    struct made slower = usual;
    struct sides s;

    (void)state;
    slower.scale = 1.05;
    make_side("old", 5, usual);
    make_side("new", 5, slower);
    s = compare("old", "new", false);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.changes.n, 3);
    assert_int_equal(s.changes.count[CHANGE_SLOWER], 3);
    for (size_t i = 0; i < 3; i++) {
        const struct shift *shift = &s.changes.change[i];

        assert_true(fabs(shift->ratio.value - log(1.05)) < 1e-3);
        assert_true(shift->ratio.valid && shift->ratio.ci.low > log1p(0.02));
        assert_true(shift->old_launches == 5 && shift->new_launches == 5);
        assert_true(fabs(shift->new_ns / shift->old_ns - 1.05) < 0.003);
    }
    assert_int_equal(s.changes.facts, 0);
    free_sides(&s);
    s = compare("new", "old", false);
    assert_int_equal(s.changes.count[CHANGE_FASTER], 3);
    free_sides(&s);
}

static void test_no_change(void **state)
{
    struct made little = usual;
    struct sides s;

    (void)state;
    little.scale = 1.008; /* sure, and within the margin */
    make_side("old", 5, usual);
    make_side("new", 5, little);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.count[CHANGE_NONE], 3);
    free_sides(&s);
}

static void test_few_launches_say_nothing(void **state)
{
    struct made slower = usual;
    struct sides s;
    char text[400];

    (void)state;
    slower.scale = 2;
    make_side("old", 5, usual);
    make_side("new", 3, slower);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.count[CHANGE_UNCLEAR], 3);
    changes_sentence(&s.changes, text, sizeof text);
    assert_non_null(strstr(text, "5 launches v 3"));
    free_sides(&s);
    /* Four are enough for one row, not for three: it is said. */
    make("new/3.jsonl", &slower);
    s = compare("old/0.jsonl", "new", false);
    assert_int_equal(s.changes.count[CHANGE_UNCLEAR], 3);
    free_sides(&s);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.least, 5);
    free_sides(&s);
}

static void test_unmatched_are_listed(void **state)
{
    struct made other = usual;
    struct sides s;

    (void)state;
    other.problem = "n=2048";
    make_side("old", 4, usual);
    make_side("new", 4, other);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.n, 6);
    assert_int_equal(s.changes.count[CHANGE_ONLY_OLD], 3);
    assert_int_equal(s.changes.count[CHANGE_ONLY_NEW], 3);
    assert_string_equal(s.changes.change[0].cell->problem, "n=1024");
    free_sides(&s);
    other.kernel = "triad";
    make("other.jsonl", &other);
    s = compare("new", "other.jsonl", false);
    assert_int_equal(s.changes.count[CHANGE_ONLY_OLD], 3);
    assert_int_equal(s.changes.count[CHANGE_ONLY_NEW], 3);
    free_sides(&s);
}

static void test_environment(void **state)
{
    struct made other = usual;
    struct sides s;

    (void)state;
    other.governor = "powersave";
    make_side("old", 4, usual);
    make_side("new", 4, other);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.facts, 1);
    assert_string_equal(s.changes.fact[0].name, "governor");
    assert_string_equal(s.changes.fact[0].old_value, "performance");
    assert_string_equal(s.changes.fact[0].new_value, "powersave");
    free_sides(&s);
    make("old/mixed.jsonl", &other);
    s = compare("old", "new", false);
    assert_string_equal(s.changes.fact[0].old_value, "performance | powersave");
    free_sides(&s);
}

static void test_other_host(void **state)
{
    struct made other = usual;
    struct sides s;

    (void)state;
    other.host = "there";
    make_side("old", 4, usual);
    make_side("new", 4, other);
    s = compare("old", "new", false);
    assert_int_equal(s.failed, -1);
    assert_int_equal(s.err.code, EXIT_USAGE);
    assert_non_null(strstr(s.err.text, "--across-hosts"));
    launches_free(&s.before);
    launches_free(&s.after);
    s = compare("old", "new", true);
    assert_int_equal(s.failed, 0);
    assert_string_equal(s.changes.old_hosts, "here");
    assert_string_equal(s.changes.new_hosts, "there");
    free_sides(&s);
}

static void test_cut_and_foreign_files(void **state)
{
    struct made cut = usual;
    struct launches launches = {.n = 0};
    struct err err;
    FILE *file;

    (void)state;
    cut.cut = true;
    make_side("old", 2, cut);
    file = fopen("old/foreign.jsonl", "w");
    fputs("{\"a\":1}\n", file);
    fclose(file);
    file = fopen("old/notes.txt", "w");
    fclose(file);
    assert_int_equal(launches_add(&launches, "old", &err), 0);
    assert_int_equal(launches.n, 2);
    assert_int_equal(launches.skips, 1);
    assert_non_null(strstr(launches.skipped[0], "foreign.jsonl:1: no record"));
    assert_int_equal(launches.launch[0].cells, 3);
    assert_int_equal(launches_add(&launches, "old/foreign.jsonl", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_int_equal(launches_add(&launches, "none", &err), -1);
    assert_int_equal(mkdir("empty", 0777), 0);
    assert_int_equal(launches_add(&launches, "empty", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_int_equal(launches.n, 2);
    launches_free(&launches);
    launches_free(NULL);
}

static void test_wrong_results_are_counted(void **state)
{
    struct made wrong = usual;
    struct sides s;

    (void)state;
    wrong.wrong = true;
    make_side("old", 1, usual);
    make_side("new", 1, wrong);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.old_wrong, 0);
    assert_int_equal(s.changes.new_wrong, 1);
    free_sides(&s);
}

/* -- how it is written down ---------------------------------------------- */

static char *written(void (*print)(FILE *, const struct changes_sides *,
                                   const struct changes *),
                     struct sides *s)
{
    struct changes_sides sides = {"<old> & \"x\"", "new|\x1b[2J", &s->before,
                                  &s->after};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    print(out, &sides, &s->changes);
    fclose(out);
    return text;
}

static void print_text(FILE *out, const struct changes_sides *sides,
                       const struct changes *changes)
{
    changes_print(out, sides, changes, 0);
}

static void print_json(FILE *out, const struct changes_sides *sides,
                       const struct changes *changes)
{
    struct err err;

    assert_int_equal(changes_print_json(out, sides, changes, &err), 0);
}

static void test_hostile_texts(void **state)
{
    struct made evil = usual;
    struct sides s;
    char *text;
    json_t *json;

    (void)state;
    evil.kernel = "a<b>&\"'|`*\x1b[31m\n\xff";
    evil.problem = "p=<script>|x";
    evil.host = "h<i>\x07";
    evil.governor = "]]>&amp;\n\x1b";
    make_side("old", 5, evil);
    evil.scale = 1.1;
    evil.governor = "x";
    make_side("new", 5, evil);
    s = compare("old", "new", false);
    assert_int_equal(s.changes.count[CHANGE_SLOWER], 3);
    text = written(print_text, &s);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\x07'));
    assert_non_null(strstr(text, "REGRESSION"));
    free(text);
    text = written(changes_print_markdown, &s);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '<'));
    assert_non_null(strstr(text, "**regression**"));
    free(text);
    text = written(changes_print_junit, &s);
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "<b>"));
    assert_null(strstr(text, "<old>"));
    assert_non_null(strstr(text, "failures=\"3\""));
    free(text);
    text = written(print_json, &s);
    json = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json, "regressions")),
                     3);
    json_decref(json);
    free(text);
    free_sides(&s);
}

/* -- many launches ------------------------------------------------------- */

static void test_history_finds_the_change(void **state)
{
    struct launches launches = {.n = 0};
    struct history history;
    struct err err;
    char *text;
    size_t size;
    FILE *out;

    (void)state;
    /* All start within a second or two: paths put them in order. */
    assert_int_equal(mkdir("all", 0777), 0);
    for (int i = 0; i < 24; i++) {
        struct made made = usual;
        char path[64];

        made.scale = (i < 12 ? 1 : 1.2) * (1 + 0.001 * ((i * 7) % 5));
        snprintf(path, sizeof path, "all/%d.jsonl", i);
        make(path, &made);
    }
    assert_int_equal(launches_add(&launches, "all", &err), 0);
    assert_int_equal(history_make(&launches, 0.02, &history, &err), 0);
    assert_int_equal(history.rows, 3);
    for (size_t i = 0; i < history.rows; i++) {
        assert_int_equal(history.row[i].n, 24);
        assert_true(history.row[i].jumped);
        assert_int_equal(history.row[i].jump.index, 12);
        assert_true(history.row[i].trend.slope > 0);
    }
    out = open_memstream(&text, &size);
    history_print(out, &launches, &history);
    assert_int_equal(history_print_json(out, &history, &err), 0);
    fclose(out);
    assert_non_null(strstr(text, "CHANGED"));
    assert_non_null(strstr(text, "all/12.jsonl"));
    free(text);
    history_free(&history);
    launches_free(&launches);
}

static void test_slow_node_is_named(void **state)
{
    struct launches launches = {.n = 0};
    struct node *node;
    struct err err;
    size_t n, size;
    char *text;
    FILE *out;

    (void)state;
    assert_int_equal(mkdir("all", 0777), 0);
    for (int i = 0; i < 12; i++) {
        struct made made = usual;
        char host[16], path[64];

        snprintf(host, sizeof host, "n%d", i / 2);
        snprintf(path, sizeof path, "all/%d.jsonl", i);
        made.host = host;
        made.scale = (i / 2 == 3 ? 1.1 : 1) * (1 + 0.001 * ((i * 7) % 5));
        make(path, &made);
    }
    assert_int_equal(launches_add(&launches, "all", &err), 0);
    assert_int_equal(nodes_rank(&launches, 0.02, &node, &n, &err), 0);
    assert_int_equal(n, 6);
    assert_string_equal(node[0].host, "n3");
    assert_true(node[0].slow && node[0].cells == 3 && node[0].launches == 2);
    assert_true(fabs(node[0].slower - log(1.1)) < 0.005);
    for (size_t i = 1; i < n; i++)
        assert_false(node[i].slow);
    out = open_memstream(&text, &size);
    nodes_print(out, &launches, node, n);
    assert_int_equal(nodes_print_json(out, node, n, &err), 0);
    fclose(out);
    assert_non_null(strstr(text, "slow: n3\n"));
    free(text);
    free(node);
    launches_free(&launches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_least_launches),
        TEST(test_regression),
        TEST(test_no_change),
        TEST(test_few_launches_say_nothing),
        TEST(test_unmatched_are_listed),
        TEST(test_environment),
        TEST(test_other_host),
        TEST(test_cut_and_foreign_files),
        TEST(test_wrong_results_are_counted),
        TEST(test_hostile_texts),
        TEST(test_history_finds_the_change),
        TEST(test_slow_node_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
