/* SPDX-License-Identifier: Apache-2.0 */
/* What a page is made of: escaping, thinning, the model, pictures, texts. */
#include <math.h>

#include "core/tool.h"
#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/plot.h"
#include "results/report/svg.h"
#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

/* -- texts of others ----------------------------------------------------- */

static char *escaped(const char *text, size_t most)
{
    char *out;
    size_t size;
    FILE *file = open_memstream(&out, &size);

    html_long(file, text, most);
    fclose(file);
    return out;
}

static void becomes(const char *text, const char *want)
{
    char *got = escaped(text, 40);

    assert_string_equal(got, want);
    free(got);
}

static void test_markup_becomes_text(void **state)
{
    (void)state;
    becomes("plain", "plain");
    becomes("", "");
    becomes("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    becomes("\xe4\xb8\xad\xf0\x9f\x98\x80", "\xe4\xb8\xad\xf0\x9f\x98\x80");
}

static void test_what_hides_is_named(void **state)
{
    (void)state;
    becomes("a\tb\nc", "a\tb\nc");
    becomes("\x01\x1b\x7f", "[U+0001][U+001B][U+007F]");
    becomes("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf",
            "[U+202E][U+2066][U+200B][U+FEFF]");
    becomes("\xc2\x85", "[U+0085]");
}

static void test_what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    becomes("a\xff"
            "b",
            "a\xef\xbf\xbd"
            "b");
    becomes("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"); /* '<', too long */
    becomes("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    becomes("\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd"); /* it ends inside */
    becomes("\xf4\x90\x80\x80",
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_long_texts_are_cut_visibly(void **state)
{
    char *got = escaped("\xe4\xb8\xad<xyz", 3);

    (void)state;
    assert_string_equal(got, "\xe4\xb8\xad&lt;x\xe2\x80\xa6 [7 B]");
    free(got);
    got = escaped("abc", 3);
    assert_string_equal(got, "abc");
    free(got);
}

static void test_names_are_cut_once(void **state)
{
    char long_name[1000], *cut;

    (void)state;
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[999] = '\0';
    cut = text_cut(long_name);
    assert_int_equal(strlen(cut), NAME_CUT + strlen("... (999 bytes)"));
    free(cut);
    cut = text_cut("short");
    assert_string_equal(cut, "short");
    free(cut);
}

static void test_names_in_scripts_are_harmless(void **state)
{
    char name[PLOT_NAME], whole[200];

    (void)state;
    plot_name(name, "ranks 2,4-8 (a+b)");
    assert_string_equal(name, "ranks 2,4-8 (a+b)");
    plot_name(name, "'`id`$(x)\"\\\n;!{}");
    for (const char *at = name; *at; at++)
        assert_null(strchr("'`$\"\\\n;!{}", *at));
    memset(whole, 'y', sizeof whole - 1);
    whole[199] = '\0';
    plot_name(name, whole);
    assert_int_equal(strlen(name), PLOT_NAME - 1);
}

/* -- thinning ------------------------------------------------------------ */

static void test_thinning_keeps_both_ends_and_the_order(void **state)
{
    (void)state;
    assert_int_equal(thinned_count(5, 10), 5);
    assert_int_equal(thinned_index(3, 5, 10), 3);
    for (size_t n = 11; n < 400; n++) {
        size_t before = 0;

        assert_int_equal(thinned_count(n, 10), 10);
        assert_int_equal(thinned_index(0, n, 10), 0);
        assert_int_equal(thinned_index(9, n, 10), n - 1);
        for (size_t i = 1; i < 10; i++) {
            size_t at = thinned_index(i, n, 10);

            assert_true(at > before && at < n);
            before = at;
        }
    }
}

static void test_keeper_drops_whole_blocks(void **state)
{
    struct comparison c = {.cells = 2,
                           .cell = {{.workers = 2}, {.workers = 1}}};
    struct keeper keeper = {.limit = 100 * sizeof(struct trial)};
    struct span span[2] = {{.start_ns = 1, .end_ns = 2},
                           {.start_ns = 3, .end_ns = 4}};
    size_t kept;

    (void)state;
    for (int block = 0; block < 1000; block++) {
        for (int i = 0; i < 2; i++) {
            struct trial trial = {.block = block, .ns = 1, .span = span};

            assert_int_equal(keeper_add(&keeper, &c, i, &trial), 0);
            assert_true(keeper.bytes <= keeper.limit);
        }
    }
    kept = keeper.c.cell[0].trials;
    assert_int_equal(keeper.trials, 2000);
    assert_int_equal(keeper.kept, 2 * kept);
    assert_int_equal(keeper.c.cell[1].trials, kept);
    assert_true(kept >= 20 && keeper.stride >= 16);
    for (size_t t = 0; t < kept; t++) {
        for (int i = 0; i < 2; i++) {
            const struct trial *trial = &keeper.c.cell[i].trial[t];

            assert_int_equal(trial->block, t * keeper.stride);
            assert_int_equal(trial->repeats, 1); /* 0 would be divided by */
            assert_int_equal(trial->span[0].end_ns, 2);
        }
    }
    keeper_clear(&keeper);
    assert_int_equal(keeper.bytes, 0);
}

/* -- the model ----------------------------------------------------------- */

static void write_sample(const char *path, struct comparison *c)
{
    struct writer *w = opened(path);
    struct judgement j;
    struct err err;

    assert_int_equal(writer_plan(w, c, &err), 0);
    for (int i = 0; i < c->cells; i++) {
        for (size_t t = 0; t < c->cell[i].trials; t++)
            assert_int_equal(
                writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err), 0);
    }
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
}

static void test_model_says_what_was_measured(void **state)
{
    struct report report = {.files = 0};
    struct comparison c;
    struct judgement j;
    struct err err;
    const struct section *s;

    (void)state;
    sample_make(&c, 2, "n=1");
    write_sample("a.jsonl", &c);
    assert_int_equal(verdict_judge(&c, &j, &err), 0);
    assert_int_equal(report_add(&report, "a.jsonl", &err), 0);
    assert_int_equal(report.sections, 1);
    s = report.section[0];
    assert_string_equal(s->j.sentence, j.sentence);
    assert_string_not_equal(s->chinese, j.sentence);
    assert_int_equal(s->trials, SAMPLE_TRIALS);
    assert_int_equal(s->stride, 1);
    for (int i = 0; i < c.cells; i++) {
        assert_null(s->c.cell[i].trial);
        assert_int_equal(s->track[i].trials, c.cell[i].trials);
        assert_int_equal(s->track[i].steps, j.cell[i].n);
        assert_true(!j.cell[i].n ||
                    s->j.cell[i].median_ns == j.cell[i].median_ns);
        assert_true(!j.cell[i].n ||
                    s->track[i].median_ns == j.cell[i].median_ns);
    }
    assert_int_equal(s->track[0].point[0].block, -1); /* warm-up */
    assert_int_equal(s->ratios[0].n, SAMPLE_BLOCKS);
    assert_int_equal(report.file[0].seal, SEAL_FITS);
    assert_true(s->track[0].shown[SHOWN_WORST].ns ==
                (uint64_t)j.cell[0].max_ns);
    report_free(&report);
    comparison_free(&c);
}

static void test_model_refuses_what_is_no_record(void **state)
{
    struct report report = {.files = 0};
    struct err err;
    FILE *file = fopen("b.jsonl", "w");

    (void)state;
    assert_non_null(file);
    fputs("{}\n", file);
    fclose(file);
    assert_int_equal(report_add(&report, "b.jsonl", &err), -1);
    assert_int_equal(err.code, EXIT_USAGE);
    assert_int_equal(report_add(&report, ".", &err), -1);
    assert_int_equal(report_add(&report, "nowhere", &err), -1);
    assert_int_equal(report.files, 0);
    report_free(&report);
}

/* -- pictures ------------------------------------------------------------ */

static char *redrawn(const char *svg)
{
    char *out;
    size_t size;
    FILE *file = open_memstream(&out, &size);

    assert_int_equal(svg_write(file, svg, "p-m", "role=\"img\""), 0);
    fclose(file);
    return out;
}

#define HEAD                                                        \
    "<svg viewBox=\"0 0 7 8\" role=\"img\" fill=\"none\" stroke=\"" \
    "var(--ink)\">\n"

static void test_svg_takes_over_what_draws(void **state)
{
    char *got = redrawn(
        "<?xml version='1'?><!DOCTYPE x><svg width=\"9\" viewBox=\"0 0 7 8\" "
        "onload=\"x()\"><title>T</title><style>a{b:url(c)}</style>"
        "<script>bad()</script><defs><circle id='gpPt5' r='1'/>"
        "<path id='gpPt1' d='M0,1.25'/></defs><g id=\"q\" fill=\"none\"> </g>"
        "<g stroke=\"rgb(  0, 114, 178)\"><path d='M1.234,5.678 L9,9 ' "
        "onclick='x' style='y'/><use xlink:href='http://x/#gpPt1'/></g>"
        "<g fill='white'><text> a &lt; b</text></g><image href='z'/>"
        "<circle cx='1' cy='2' r='\"3<' fill='black' onclick='x'/></svg>");

    (void)state;
    assert_string_equal(got,
                        HEAD "<path stroke=\"var(--c1)\" d=\"M1.2 5.7l7.8 3.3"
                             "\"/>\n<text>a &lt; b</text>\n"
                             "<circle fill=\"var(--ink)\" cx=\"1\" cy=\"2\" "
                             "r=\"3\"/>\n</svg>\n");
    free(got);
}

static void test_svg_closes_what_it_opens(void **state)
{
    char *got = redrawn("<svg viewBox=\"0 0 7 8\"><g fill='x'><g><rect x='1'/>"
                        "</svg>");

    (void)state;
    assert_string_equal(got, HEAD "<rect fill=\"var(--ink)\" x=\"1\"/>\n"
                                  "</svg>\n");
    free(got);
    assert_false(svg_whole("<svg viewBox=\"0 0 1 1\"><g>"));
    assert_false(svg_whole("hello"));
    assert_false(svg_whole(NULL));
}

/* Grid, tics and labels alternate; lines of one look become one path, and
 * labels at one side one group. A line of another colour ends that. */
static void test_svg_draws_alike_at_once(void **state)
{
#define TIC(y)                                                              \
    "<g stroke='rgb(128,128,128)'><path stroke-dasharray='2,4' d='M0," y    \
    " L9," y "'/><path d='M0," y " L1," y "'/><g transform='translate(5," y \
    ")' text-anchor='end'><text>" y "</text></g></g>"
    char *got = redrawn(
        "<svg viewBox=\"0 0 7 8\">" TIC("1")
            TIC("2") "<path stroke='black' d='M0,0 L1,1 L2,2 L3,1'/>" TIC(
                "3") "</svg>");

    (void)state;
    assert_string_equal(
        got,
        HEAD "<path stroke=\"var(--faint)\" stroke-dasharray=\"2,4\" "
             "d=\"M0 1h9M0 2h9\"/>\n"
             "<path stroke=\"var(--faint)\" d=\"M0 1h1M0 2h1\"/>\n"
             "<g text-anchor=\"end\"><text x=\"5\" y=\"1\">1</text>"
             "<text x=\"5\" y=\"2\">2</text></g>\n"
             "<path d=\"M0 0l2 2 1-1\"/>\n"
             "<path stroke=\"var(--faint)\" stroke-dasharray=\"2,4\" "
             "d=\"M0 3h9\"/>\n<path stroke=\"var(--faint)\" d=\"M0 3h1\"/>\n"
             "<g text-anchor=\"end\"><text x=\"5\" y=\"3\">3</text></g>\n"
             "</svg>\n");
    free(got);
#undef TIC
}

/* A form, colour and size is defined once, whatever is drawn in between. */
static void test_svg_marks_are_corners(void **state)
{
#define MARK(x, scale)                                           \
    "<use xlink:href='#gpPt1' transform='translate(" x ",4.04) " \
    "scale(" scale ")' color='rgb(0,122,90)'/>"
    char *got =
        redrawn("<svg viewBox=\"0 0 7 8\">" MARK("1", "3")
                    MARK("2.5", "3") "<path d='M0,0 L1,0'/>" MARK("3", "3")
                        MARK("3", "4") MARK("x", "3") "</svg>");

    (void)state;
    assert_non_null(strstr(got, "<path stroke=\"none\" style=\"marker:url(#"
                                "p-m0)\" d=\"M1 4h1.5\"/>"));
    assert_non_null(strstr(got, "marker:url(#p-m0)\" d=\"M3 4\"/>"));
    assert_non_null(strstr(got, "marker:url(#p-m1)\" d=\"M3 4\"/>"));
    assert_non_null(strstr(got, "<marker id=\"p-m1\""));
    assert_null(strstr(got, "<marker id=\"p-m2\""));
    assert_non_null(strstr(got, "scale(3)\" stroke-width=\".25\" "
                                "stroke=\"var(--c3)\""));
    free(got);
#undef MARK
}

/* Dropped corners never are further off than a tenth of a pixel, even of a
 * curve that bends slowly; a way back is kept. */
static void test_svg_lines_stay_where_they_are(void **state)
{
    char *got = redrawn("<svg viewBox=\"0 0 7 8\"><path d='M0,0 L5,0 L2,0 "
                        "L2,3z M9,9'/><polygon points='0,0 4,0 4,-0.5' "
                        "fill='black' fill-opacity='0.500'/></svg>");

    (void)state;
    assert_string_equal(got, HEAD
                        "<path d=\"M0 0h5-3v3z\"/>\n<path fill=\"var(--ink)\" "
                        "fill-opacity=\"0.5\" d=\"M0 0h4v-.5z\"/>\n</svg>\n");
    free(got);
}

static void test_plot_steps_are_round(void **state)
{
    (void)state;
    assert_true(fabs(plot_step(10) - 2) < 1e-12);
    assert_true(fabs(plot_step(600) - 200) < 1e-9);
    assert_true(fabs(plot_step(0.04) - 0.01) < 1e-12);
    assert_true(plot_step(0) > 0);
}

/* -- programs ------------------------------------------------------------ */

static struct tool_result ran(char *const argument[], double limit_s)
{
    struct tool_result result;
    struct err err;

    assert_int_equal(
        tool_run(argument, "from input\n", "data\n", limit_s, &result, &err),
        0);
    return result;
}

static void test_tool_passes_texts_and_codes(void **state)
{
    char *const cat[] = {"cat", "-", TOOL_DATA, NULL};
    char *const fails[] = {"sh", "-c", "echo why >&2; exit 7", NULL};
    char *const none[] = {"no-such-program-here", NULL};
    struct tool_result r = ran(cat, 20);

    (void)state;
    assert_int_equal(r.end, TOOL_DONE);
    assert_string_equal(r.out, "from input\ndata\n");
    free(r.out);
    r = ran(fails, 20);
    assert_int_equal(r.end, TOOL_FAILED);
    assert_int_equal(r.status, 7);
    assert_string_equal(r.said, "why\n");
    free(r.out);
    assert_int_equal(ran(none, 20).end, TOOL_ABSENT);
}

static void test_tool_stops_what_hangs_or_floods(void **state)
{
    char *const hangs[] = {"sh", "-c", "echo begun; sleep 100", NULL};
    char *const closes[] = {"sh", "-c", "exec >&- 2>&-; sleep 100", NULL};
    char *const floods[] = {"head", "-c", "9000000", "/dev/zero", NULL};
    struct tool_result r = ran(hangs, 0.3);

    (void)state;
    assert_int_equal(r.end, TOOL_HUNG);
    assert_string_equal(r.out, "begun\n");
    free(r.out);
    r = ran(closes, 0.3);
    assert_int_equal(r.end, TOOL_HUNG);
    free(r.out);
    r = ran(floods, 60);
    assert_int_equal(r.end, TOOL_FAILED);
    assert_int_equal(r.length, TOOL_PRINTS);
    free(r.out);
}

/* -- languages ----------------------------------------------------------- */

/* The patterns of a text: those of both languages must take the same. */
static int conversions(const char *text)
{
    int n = 0;

    for (; *text; text++) {
        if (*text == '%' && (text[1] == '%' || text[1] == ' '))
            text++;
        else if (*text == '%' && text[1])
            n++;
    }
    return n;
}

static void test_every_text_is_there_in_both(void **state)
{
    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        const char *english = text_of((enum text)i, LANGUAGE_EN);
        const char *chinese = text_of((enum text)i, LANGUAGE_ZH);

        assert_true(*english && *chinese);
        assert_int_equal(conversions(english), conversions(chinese));
        assert_null(strchr(chinese, '\''));
    }
    assert_string_equal(text_translated("median", LANGUAGE_EN), "median");
    assert_string_not_equal(text_translated("median", LANGUAGE_ZH), "median");
    assert_string_equal(text_translated("GB/s", LANGUAGE_ZH), "GB/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup_becomes_text),
        cmocka_unit_test(test_what_hides_is_named),
        cmocka_unit_test(test_what_is_no_utf8_is_replaced),
        cmocka_unit_test(test_long_texts_are_cut_visibly),
        cmocka_unit_test(test_names_are_cut_once),
        cmocka_unit_test(test_names_in_scripts_are_harmless),
        cmocka_unit_test(test_thinning_keeps_both_ends_and_the_order),
        cmocka_unit_test(test_keeper_drops_whole_blocks),
        cmocka_unit_test_setup_teardown(test_model_says_what_was_measured,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_model_refuses_what_is_no_record,
                                        enter_folder, leave_folder),
        cmocka_unit_test(test_svg_takes_over_what_draws),
        cmocka_unit_test(test_svg_closes_what_it_opens),
        cmocka_unit_test(test_svg_draws_alike_at_once),
        cmocka_unit_test(test_svg_marks_are_corners),
        cmocka_unit_test(test_svg_lines_stay_where_they_are),
        cmocka_unit_test(test_plot_steps_are_round),
        cmocka_unit_test(test_tool_passes_texts_and_codes),
        cmocka_unit_test(test_tool_stops_what_hangs_or_floods),
        cmocka_unit_test(test_every_text_is_there_in_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
