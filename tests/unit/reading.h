/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are written, and what comes of reading them. */
#ifndef DRIVE_TESTS_UNIT_READING_H
#define DRIVE_TESTS_UNIT_READING_H

#include "results/record/read.h"

#include <math.h>

#include "tests/unit/sample.h"
#include "tests/unit/scratch.h"

static inline void write_comparison(struct writer *w,
                                    const struct comparison *c)
{
    struct judgement j;
    struct err err;

    assert_int_equal(writer_plan(w, c, &err), 0);
    for (size_t t = 0; t < c->cell[0].trials; t++) {
        for (int i = 0; i < c->cells; i++) {
            if (t < c->cell[i].trials)
                assert_int_equal(
                    writer_trial(w, c, &c->cell[i], &c->cell[i].trial[t], &err),
                    0);
        }
    }
    assert_int_equal(verdict_judge(c, &j, &err), 0);
    assert_int_equal(writer_summary(w, c, &j, &err), 0);
}

static inline void write_run(const char *path, const struct comparison *c)
{
    struct writer *w = opened(path);
    struct err err;

    write_comparison(w, c);
    assert_int_equal(writer_event(w, "note", "text", &err), 0);
    assert_int_equal(writer_close(w, "complete", &err), 0);
}

static inline void write_text(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* What came of a file. */
struct outcome {
    long lines, trials, bad, plans, summaries, cuts, ends, others;
    bool partial;
    char text[512]; /* of the last bad line */
    int code;       /* of the error that ended it, or 0 */
    char error[400];
};

static inline void count(struct outcome *o, const struct record *line)
{
    o->lines++;
    o->trials += line->type == RECORD_TRIAL;
    o->bad += line->type == RECORD_BAD;
    o->plans += line->type == RECORD_PLAN;
    o->summaries += line->type == RECORD_SUMMARY;
    o->cuts += line->type == RECORD_CUT;
    o->ends += line->type == RECORD_END;
    o->others += line->type == RECORD_OTHER;
    if (line->type == RECORD_BAD)
        snprintf(o->text, sizeof o->text, "%s", line->is.text);
}

static inline struct outcome read_file(const char *path, unsigned flags)
{
    struct outcome o = {.code = 0};
    struct reader *reader;
    struct record line;
    struct err err = {0};
    int got = -1;

    if (!reader_open(&reader, path, flags, &err)) {
        while ((got = reader_next(reader, &line, &err)) > 0)
            count(&o, &line);
        o.partial = reader_partial(reader) != NULL;
        reader_close(reader);
    }
    if (got < 0) {
        o.code = err.code;
        memcpy(o.error, err.text, sizeof o.error);
        assert_true(*err.text && !strchr(err.text, '\n'));
    }
    return o;
}

static inline struct outcome read_text(const char *text)
{
    write_text("b.jsonl", text, strlen(text));
    return read_file("b.jsonl", READER_KEEP | READER_HASH);
}

static inline bool same_real(double a, double b)
{
    return fabs(a - b) <= 1e-14 * fabs(a) || (isnan(a) && isnan(b));
}

static inline void same_metrics(const struct trial *a, const struct trial *b,
                                int n)
{
    for (int m = 0; m < n; m++) {
        if (!same_real(a->metric[m], b->metric[m]))
            fail_msg("metric %d: %g is not %g", m, a->metric[m], b->metric[m]);
    }
}

static inline uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

#endif
