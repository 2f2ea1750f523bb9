/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of results/report/changes.h that programs read. */
#include <math.h>
#include <string.h>

#include "results/record/json.h"
#include "results/report/changes.h"

/* -- JUnit XML ----------------------------------------------------------- */

/* value_text() mends what is not UTF-8; XML 1.0 has no control characters
 * even when they are escaped. */
static void print_xml(FILE *out, const char *text)
{
    json_t *clean = value_text(text);
    const char *at = json_string_value(clean);

    for (; at && *at; at++) {
        unsigned char c = (unsigned char)*at;

        if (strchr("&<>\"'", c))
            fprintf(out, "&#%d;", c);
        else
            fputc(c < ' ' || c == 0x7f ? '?' : c, out);
    }
    json_decref(clean);
}

static void print_case(FILE *out, const struct shift *change)
{
    char text[400], by[32];
    const char *kind = change_kind_name(change->kind);

    fprintf(out, "  <testcase classname=\"");
    print_xml(out, change->cell->kernel);
    fprintf(out, "\" name=\"");
    print_xml(out, launch_cell_format(change->cell, text, sizeof text));
    if (isfinite(change->new_ns))
        fprintf(out, "\" time=\"%.9f", change->new_ns * 1e-9);
    fprintf(out, "\">");
    if (change->kind == CHANGE_SLOWER)
        fprintf(out, "<failure type=\"regression\" message=\"%s\"/>",
                format_change(change->ratio.value, by, sizeof by));
    else if (change->kind != CHANGE_NONE && change->kind != CHANGE_FASTER)
        fprintf(out, "<skipped message=\"%s\"/>", kind);
    fprintf(out, "</testcase>\n");
}

void changes_print_junit(FILE *out, const struct changes_sides *sides,
                         const struct changes *c)
{
    char text[400];
    size_t wrong = c->old_wrong + c->new_wrong;

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite "
            "name=\"drive compare\" tests=\"%zu\" failures=\"%zu\" "
            "errors=\"%d\" skipped=\"%zu\">\n",
            c->n + (wrong > 0), c->count[CHANGE_SLOWER], wrong > 0,
            c->count[CHANGE_UNCLEAR] + c->count[CHANGE_ONLY_OLD] +
                c->count[CHANGE_ONLY_NEW]);
    fprintf(out, "  <properties><property name=\"old\" value=\"");
    print_xml(out, sides->old_name);
    fprintf(out, "\"/><property name=\"new\" value=\"");
    print_xml(out, sides->new_name);
    fprintf(out, "\"/></properties>\n");
    for (size_t i = 0; i < c->n; i++)
        print_case(out, &c->change[i]);
    if (wrong)
        fprintf(out,
                "  <testcase classname=\"drive\" name=\"results\"><error "
                "message=\"%zu wrong in OLD, %zu in NEW\"/></testcase>\n",
                c->old_wrong, c->new_wrong);
    fprintf(out, "  <system-out>%s</system-out>\n</testsuite>\n",
            changes_sentence(c, text, sizeof text));
}

/* -- JSON ---------------------------------------------------------------- */

static json_t *value_ratio(const struct estimate *ratio, bool interval)
{
    struct estimate e = *ratio;

    e.ci.low = exp(e.ci.low);
    e.ci.high = exp(e.ci.high);
    return interval ? value_real_interval(&e) : value_real(exp(e.value));
}

static json_t *value_change(const struct shift *change)
{
    static const struct estimate none = {.value = NAN};
    const struct launch_cell *cell = change->cell;
    bool single = change->kind >= CHANGE_ONLY_OLD;
    const struct estimate *ratio = single ? &none : &change->ratio;
    json_t *object = json_object();

    object_put(&object, "kernel", value_text(cell->kernel));
    object_put(&object, "params", value_params(cell->problem));
    object_put(&object, "mode", value_text(cell->mode));
    object_put(&object, "executor", value_text(cell->executor));
    object_put(&object, "workers", value_known(cell->workers));
    object_put(&object, "placement", value_text(cell->placement));
    object_put(&object, "verdict", value_text(change_kind_name(change->kind)));
    object_put(&object, "old_launches", value_count(change->old_launches));
    object_put(&object, "new_launches", value_count(change->new_launches));
    object_put(&object, "old_ns", value_real(change->old_ns));
    object_put(&object, "new_ns", value_real(change->new_ns));
    object_put(&object, "ratio", value_ratio(ratio, false));
    object_put(&object, "ci", value_ratio(ratio, true));
    object_put(&object, "level",
               ratio->valid ? value_real(ratio->level) : json_null());
    return object;
}

static json_t *value_fact(const struct fact_change *fact)
{
    json_t *object = json_object();

    object_put(&object, "fact", value_text(fact->name));
    object_put(&object, "old", value_text(fact->old_value));
    object_put(&object, "new", value_text(fact->new_value));
    return object;
}

static json_t *value_side(const char *name, const struct launches *side,
                          const char *hosts, size_t wrong)
{
    json_t *object = json_object(), *notes = json_array();

    for (size_t i = 0; i < side->n; i++) {
        if (side->launch[i].note)
            array_put(&notes, value_text(side->launch[i].note));
    }
    for (size_t i = 0; i < side->skips; i++)
        array_put(&notes, value_text(side->skipped[i]));
    object_put(&object, "name", value_text(name));
    object_put(&object, "launches", value_count(side->n));
    object_put(&object, "hosts", value_text(hosts));
    object_put(&object, "wrong", value_count(wrong));
    object_put(&object, "notes", notes);
    return object;
}

int changes_print_json(FILE *out, const struct changes_sides *sides,
                       const struct changes *c, struct err *err)
{
    char text[400];
    json_t *document = json_object(), *facts = json_array(),
           *rows = json_array();
    int failed;

    for (size_t i = 0; i < c->facts; i++)
        array_put(&facts, value_fact(&c->fact[i]));
    for (size_t i = 0; i < c->n; i++)
        array_put(&rows, value_change(&c->change[i]));
    object_put(&document, "schema", json_integer(1));
    object_put(&document, "old",
               value_side(sides->old_name, sides->old_side, c->old_hosts,
                          c->old_wrong));
    object_put(&document, "new",
               value_side(sides->new_name, sides->new_side, c->new_hosts,
                          c->new_wrong));
    object_put(&document, "margin", value_real(c->margin));
    object_put(&document, "environment", facts);
    object_put(&document, "rows", rows);
    object_put(&document, "regressions", value_count(c->count[CHANGE_SLOWER]));
    object_put(&document, "verdict",
               value_text(changes_sentence(c, text, sizeof text)));
    failed =
        document ? json_dumpf(document, out, JSON_INDENT(1) | REAL_FORMAT) : -1;
    json_decref(document);
    if (failed || fputc('\n', out) == EOF)
        return err_set(err, EXIT_RESOURCE, "the document was not written");
    return 0;
}
