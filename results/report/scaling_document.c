/* SPDX-License-Identifier: Apache-2.0 */
/* A scaling study as one JSON object. */
#include <math.h>
#include <stdlib.h>

#include "results/record/json.h"
#include "results/report/scaling.h"

static json_t *value_interval(const struct interval *ci)
{
    json_t *list = json_array();

    if (!isfinite(ci->low) || !isfinite(ci->high)) {
        json_decref(list);
        return json_null();
    }
    array_put(&list, value_real(ci->low));
    array_put(&list, value_real(ci->high));
    return list;
}

static json_t *value_nonzero(int n)
{
    return n ? json_integer(n) : json_null();
}

static json_t *value_row(const struct scaling_row *row)
{
    const struct estimate *e = &row->speedup;
    bool there = row->n && e->n;
    json_t *object = json_object();

    object_put(&object, "workers", json_integer(row->workers));
    object_put(&object, "nodes", value_nonzero(row->on.nodes));
    object_put(&object, "cores", value_nonzero(row->on.cores));
    object_put(&object, "cores_per_node", value_nonzero(row->on.most));
    object_put(&object, "cores_per_node_fewest", value_nonzero(row->on.fewest));
    object_put(&object, "crowded", json_boolean(row->crowded));
    object_put(&object, "base", json_boolean(row->base));
    object_put(&object, "trials", value_count(row->n));
    object_put(&object, "amount", value_real(row->amount));
    object_put(&object, "median_ns",
               row->n ? value_whole(row->median_ns) : json_null());
    object_put(&object, "ci95_ns",
               row->n ? value_whole_interval(&row->ci_ns) : json_null());
    object_put(&object, "speedup", there ? value_real(e->value) : json_null());
    object_put(&object, "speedup_ci95",
               there ? value_real_interval(e) : json_null());
    object_put(&object, "efficiency",
               there ? value_real(e->value / row->workers) : json_null());
    object_put(&object, "efficiency_ci95",
               there && e->valid ? value_interval(&row->efficiency)
                                 : json_null());
    object_put(&object, "core_hours",
               row->n ? value_real(row->core_hours) : json_null());
    object_put(&object, "why", value_text(*row->why ? row->why : NULL));
    return object;
}

static void put_peak(json_t **object, const struct fit *f)
{
    bool told = fit_peak_holds(f);

    object_put(object, "peak", told ? value_real(f->peak) : json_null());
    object_put(object, "peak_ci95",
               told ? value_interval(&f->peak_ci) : json_null());
    if (f->law == FIT_USL && !told)
        object_put(object, "why",
                   value_text(fit_coherency_holds(f)
                                  ? "the peak lies beyond what was measured"
                                  : "beta's interval includes 0"));
}

static json_t *value_law(const struct fit *f)
{
    bool share = f->law != FIT_LINEAR, told = fit_coherency_holds(f);
    json_t *object = json_object();

    object_put(&object, "law", value_text(fit_law_name(f->law)));
    object_put(&object, "gamma", value_real(f->gamma));
    object_put(&object, "gamma_ci95", value_interval(&f->gamma_ci));
    object_put(&object, "alpha", share ? value_real(f->alpha) : json_null());
    object_put(&object, "alpha_ci95",
               share ? value_interval(&f->alpha_ci) : json_null());
    object_put(&object, "beta", told ? value_real(f->beta) : json_null());
    object_put(&object, "beta_ci95",
               f->law == FIT_USL ? value_interval(&f->beta_ci) : json_null());
    object_put(&object, "sse", value_real(f->sse));
    object_put(&object, "aicc", value_real(f->aicc));
    object_put(&object, "strays", value_real(f->strays));
    object_put(&object, "points", value_count(f->points));
    object_put(&object, "trials", value_count(f->trials));
    put_peak(&object, f);
    return object;
}

static json_t *value_ahead(const struct scaling_curve *curve)
{
    const struct fit *best = &curve->fit[curve->best];
    json_t *object = json_object();

    object_put(&object, "workers", json_integer(best->ahead));
    object_put(&object, "projected", json_true());
    object_put(&object, "rate", value_real(best->ahead_rate));
    object_put(&object, "rate_ci95", value_interval(&curve->hull));
    return object;
}

static json_t *value_curve(const struct scaling_curve *curve)
{
    json_t *object = json_object(), *rows = json_array(), *laws = json_array();
    const struct scaling_row *good = scaling_find(curve, curve->good);
    bool fitted = curve->fits > 0;

    for (int i = 0; i < curve->rows; i++)
        array_put(&rows, value_row(&curve->row[i]));
    for (int i = 0; i < curve->fits; i++)
        array_put(&laws, value_law(&curve->fit[i]));
    object_put(&object, "executor", value_text(curve->executor));
    object_put(&object, "points", rows);
    object_put(&object, "good",
               curve->good ? json_integer(curve->good) : json_null());
    object_put(&object, "good_nodes", value_nonzero(good ? good->on.nodes : 0));
    object_put(&object, "good_sure",
               json_boolean(curve->good && curve->certainty != STRADDLES));
    object_put(&object, "laws", laws);
    object_put(&object, "best",
               fitted ? value_text(fit_law_name(curve->fit[curve->best].law))
                      : json_null());
    object_put(&object, "ahead",
               fitted && curve->carries ? value_ahead(curve) : json_null());
    object_put(&object, "why", value_text(fitted ? NULL : curve->no_fit));
    return object;
}

int scaling_print_json(FILE *out, const struct scaling *s, const char *file,
                       struct err *err)
{
    json_t *object = json_object(), *curves = json_array();
    char *text;
    int failed = 0;

    for (int i = 0; i < s->curves; i++)
        array_put(&curves, value_curve(&s->curve[i]));
    object_put(&object, "schema", json_integer(1));
    object_put(&object, "kernel", value_text(s->kernel));
    object_put(&object, "scaling", value_text(scaling_mode_name(s->mode)));
    object_put(&object, "constant",
               value_text(s->mode == SCALING_STRONG ? "work of all workers"
                                                    : "work of each worker"));
    object_put(&object, "amount", value_real(s->constant));
    object_put(&object, "unit", value_text(s->unit));
    object_put(&object, "drift", value_real(s->drift));
    object_put(&object, "base", value_text(scaling_base_name(s->base)));
    object_put(&object, "study_core_hours", value_real(s->core_hours));
    object_put(&object, "curves", curves);
    object_put(&object, "file", value_text(file));
    text = object ? json_dumps(object, JSON_INDENT(2) | REAL_FORMAT) : NULL;
    json_decref(object);
    if (!text)
        return err_set(err, EXIT_RESOURCE, "no memory for a JSON document");
    if (fprintf(out, "%s\n", text) < 0 || fflush(out))
        failed =
            err_errno(err, EXIT_RESOURCE, "cannot write the JSON document");
    free(text);
    return failed;
}
