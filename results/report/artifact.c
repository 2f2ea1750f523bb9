/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/artifact.h"

#include <stdarg.h>
#include <string.h>

#include "results/report/html.h"
#include "results/report/phrases.h"
#include "results/report/texts.h"
#include "results/verdict/facts.h"

enum { GROUPS = 5 };

/* What a fact is about, by its name; the last is all others. */
static const struct {
    enum text title;
    const char *name[28];
} groups[GROUPS] = {
    {TEXT_a_hardware,
     {"cpu",
      "cpu_vendor",
      "cpu_family",
      "cpu_model",
      "cpu_stepping",
      "microcode",
      "cores",
      "pus",
      "numas",
      "packages",
      "all_cores",
      "all_pus",
      "all_numas",
      "all_packages",
      "smt",
      "memory_bytes",
      "caches",
      "frequency_driver",
      "frequency_cpus",
      "frequency_min_hz",
      "frequency_max_hz",
      "boost",
      "hypervisor"}},
    {TEXT_a_system,
     {"os", "kernel", "libc", "kernel_options", "governor", "governor_cpus",
      "clock_source", "thp", "thp_shmem", "numa_balancing", "aslr", "affinity",
      "container", "cpu_quota", "memory_limit"}},
    {TEXT_a_compiler,
     {"build.compiler", "build.flags", "build.build_type", "compiler", "flags",
      "build_type"}},
    {TEXT_a_libraries,
     {"build.version", "build.commit", "version", "commit", "mpi", "blas",
      "launcher", "ranks"}},
    {TEXT_a_other, {NULL}},
};

struct artifact {
    FILE *out;
    const struct report *report;
    enum language language;
};

/* What a record holds, on one line and without what Markdown would take for
 * its own: control characters are '?', long texts are cut. */
static void put(const struct artifact *a, const char *text)
{
    for (size_t n = 0; *text; n++) {
        const char *from = text;
        uint32_t character = utf8_next(&text);

        if (n == HTML_LONG) {
            fputs("...", a->out);
            return;
        }
        if (utf8_hides(character) || character < ' ' || character == 0xfffd ||
            character == '`')
            fputc('?', a->out);
        else
            fprintf(a->out, "%.*s", (int)(text - from), from);
    }
}

static void put_phrase(const struct artifact *a, const char *english)
{
    char said[2 * PHRASE_TEXT];
    const char *rest = phrase_split(english, a->language, said, sizeof said);

    put(a, said);
    put(a, rest);
}

static void say(const struct artifact *a, enum text text, ...)
{
    char line[4096];
    va_list list;

    va_start(list, text);
    vsnprintf(line, sizeof line, text_of(text, a->language), list);
    va_end(list);
    put(a, line);
}

static void heading(const struct artifact *a, const char *level, enum text text)
{
    fprintf(a->out, "\n%s %s\n\n", level, text_of(text, a->language));
}

/* "- name: `value`" */
static void item(const struct artifact *a, const char *name, const char *value)
{
    const char *called = phrase_fact(name, a->language);

    fprintf(a->out, "- %s%s", called ? called : "", called ? " " : "");
    put(a, name);
    fputs(": `", a->out);
    put(a, *value ? phrase_value(name, value, a->language)
                  : text_of(TEXT_not_known, a->language));
    fputs("`\n", a->out);
}

static int group_of(const char *name)
{
    for (int g = 0; g < GROUPS - 1; g++) {
        for (int i = 0; groups[g].name[i]; i++) {
            if (strcmp(groups[g].name[i], name) == 0)
                return g;
        }
    }
    return GROUPS - 1;
}

static void show_facts(const struct artifact *a, const struct report_file *file)
{
    for (int g = 0; g < GROUPS; g++) {
        bool begun = false;

        for (size_t i = 0; i < file->facts; i++) {
            if (group_of(file->fact[i].name) != g)
                continue;
            if (!begun)
                heading(a, "###", groups[g].title);
            begun = true;
            item(a, file->fact[i].name, file->fact[i].value);
        }
    }
}

static void show_experiments(const struct artifact *a, size_t file)
{
    heading(a, "###", TEXT_a_experiments);
    for (size_t i = 0; i < a->report->sections; i++) {
        const struct section *s = a->report->section[i];

        if (s->file != file)
            continue;
        fputs("- ", a->out);
        say(a, TEXT_heading, s->c.kernel, s->c.problem,
            text_translated(s->c.mode, a->language), s->c.workers);
        put(a, text_of(TEXT_semicolon, a->language));
        say(a, TEXT_a_seed, (unsigned long long)s->c.seed, s->c.blocks,
            s->trials, text_translated(stop_name(s->c.stop), a->language));
        fputs("\n", a->out);
    }
    if (!a->report->file[file].comparisons)
        fprintf(a->out, "%s\n", text_of(TEXT_n_empty, a->language));
}

static void show_record(const struct artifact *a,
                        const struct report_file *file)
{
    heading(a, "###", TEXT_a_record);
    item(a, text_of(TEXT_f_record, a->language), file->path);
    item(a, text_of(TEXT_e_start, a->language), file->start);
    item(a, text_of(TEXT_a_order, a->language), file->seed);
    item(a, text_of(TEXT_e_sha, a->language), file->sha256);
    if (file->seal == SEAL_BROKEN)
        fprintf(a->out, "- %s\n", text_of(TEXT_a_damaged, a->language));
    if (file->note) {
        fprintf(a->out, "- %s: ", text_of(TEXT_n_partial, a->language));
        put_phrase(a, file->note);
        fputs("\n", a->out);
    }
    if (file->bads) {
        fputs("- ", a->out);
        say(a, TEXT_n_bad, file->bads);
        fputs(" ", a->out);
        put_phrase(a, file->bad);
        fputs("\n", a->out);
    }
}

static void show_repeat(const struct artifact *a,
                        const struct report_file *file)
{
    heading(a, "###", TEXT_a_repeat);
    say(a, TEXT_a_repeat_text, file->version, file->commit);
    fputs("\n\n```\n", a->out);
    put(a, file->command_line);
    fputs("\ndrive compare ", a->out);
    put(a, file->path);
    fputs(" results/*.jsonl\n```\n", a->out);
}

int artifact_print(FILE *out, const struct report *report,
                   enum language language, struct err *err)
{
    struct artifact a = {out, report, language};

    (void)err;
    fprintf(out, "# %s\n\n", text_of(TEXT_a_title, language));
    say(&a, TEXT_a_intro, report->files);
    fputs("\n", out);
    for (size_t i = 0; i < report->files; i++) {
        const struct report_file *file = &report->file[i];

        fputs("\n## ", out);
        say(&a, TEXT_a_run, i + 1, file->id, file->host);
        fputs("\n", out);
        show_record(&a, file);
        show_experiments(&a, i);
        show_facts(&a, file);
        show_repeat(&a, file);
    }
    return 0;
}
