/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive compare OLD NEW: did anything change? OLD and NEW are records or
 * folders of them, a launch each. Exit 1 on a regression.
 * drive compare --history PATH...: how cells moved over launches.
 * drive compare --nodes PATH...: which hosts are slow.
 */
#include "drivers/commands/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "results/record/noise.h"
#include "results/report/changes.h"
#include "results/report/trends.h"

static int add_all(const struct options *options, struct launches *launches,
                   struct err *err)
{
    if (options->words == 0)
        return err_set(err, EXIT_USAGE,
                       "which records? Name files or folders of them");
    for (int i = 0; i < options->words; i++) {
        if (launches_add(launches, options->word[i], err))
            return -1;
    }
    return 0;
}

/* -- many launches ------------------------------------------------------- */

static int show_history(const struct options *options,
                        struct launches *launches, struct err *err)
{
    struct history history;
    int failed = 0;

    if (history_make(launches, options->margin, &history, err))
        return -1;
    if (options->json)
        failed = history_print_json(stdout, &history, err);
    else
        history_print(stdout, launches, &history);
    history_free(&history);
    return failed;
}

static int show_nodes(const struct options *options, struct launches *launches,
                      struct err *err)
{
    struct node *node;
    size_t n;
    int failed = 0;

    if (nodes_rank(launches, options->margin, &node, &n, err))
        return -1;
    if (options->json)
        failed = nodes_print_json(stdout, node, n, err);
    else
        nodes_print(stdout, launches, node, n);
    free(node);
    return failed;
}

/* -- two sides ----------------------------------------------------------- */

/* An existing file is never overwritten. */
static int write_junit(const char *path, const struct changes_sides *sides,
                       const struct changes *changes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    int failed;

    if (!file) {
        if (fd >= 0)
            close(fd);
        return err_errno(err, EXIT_USAGE, "cannot create '%s'", path);
    }
    changes_print_junit(file, sides, changes);
    failed = ferror(file);
    if (fclose(file) || failed)
        return err_errno(err, EXIT_RESOURCE, "cannot write '%s'", path);
    return 0;
}

static int show(const struct options *options,
                const struct changes_sides *sides,
                const struct changes *changes, struct err *err)
{
    if (options->md)
        changes_print_markdown(stdout, sides, changes);
    else
        changes_print(options->json ? stderr : stdout, sides, changes,
                      options->quiet);
    if (options->json && changes_print_json(stdout, sides, changes, err))
        return -1;
    return options->junit ? write_junit(options->junit, sides, changes, err)
                          : 0;
}

static int grade(const struct options *options, const struct changes *changes,
                 struct err *err)
{
    size_t slower = changes->count[CHANGE_SLOWER];
    size_t unclear = changes->count[CHANGE_UNCLEAR];

    if (changes->old_wrong || changes->new_wrong)
        return err_set(err, EXIT_WRONG, "wrong results: %zu in OLD, %zu in NEW",
                       changes->old_wrong, changes->new_wrong);
    if (slower)
        return err_set(err, EXIT_REGRESSION, "%zu regression%s", slower,
                       slower == 1 ? "" : "s");
    if (options->fail_inconclusive && unclear)
        return err_set(err, EXIT_IMPRECISE, "%zu row%s inconclusive", unclear,
                       unclear == 1 ? " is" : "s are");
    return 0;
}

/* The margin, but not below the noise of the hosts it was measured on, where
 * that is known here. */
static double honest_margin(const struct options *options,
                            const struct launches *side)
{
    double margin = options->margin;
    char note[160];
    struct err err;

    for (int i = 0; i < 2; i++) {
        if (noise_raise(side[i].launch[0].host, NULL, 0, &margin, note,
                        sizeof note, &err))
            fprintf(stderr, "drive: warning: %s\n", err.text);
        else if (*note)
            fprintf(stderr, "drive: note: %s\n", note);
    }
    return margin;
}

static int show_changes(const struct options *options,
                        const struct launches *side, struct err *err)
{
    struct changes_sides sides = {options->word[0], options->word[1], &side[0],
                                  &side[1]};
    struct changes changes;
    int failed;

    if (compare_launches(&side[0], &side[1], honest_margin(options, side),
                         options->across_hosts, &changes, err))
        return -1;
    failed =
        show(options, &sides, &changes, err) || grade(options, &changes, err)
            ? -1
            : 0;
    changes_free(&changes);
    return failed;
}

static int compare_sides(const struct options *options, struct err *err)
{
    struct launches side[2] = {{.n = 0}, {.n = 0}};
    int failed = 0;

    if (options->words != 2)
        return err_set(err, EXIT_USAGE,
                       "compare wants two sides, OLD and NEW: records, or "
                       "folders of them");
    for (int i = 0; i < 2 && !failed; i++)
        failed = launches_add(&side[i], options->word[i], err);
    if (!failed)
        failed = show_changes(options, side, err);
    launches_free(&side[0]);
    launches_free(&side[1]);
    return failed;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct launches launches = {.n = 0};
    int failed;

    (void)conductor;
    if (options->history && options->nodes)
        return err_set(err, EXIT_USAGE, "--history and --nodes: want one");
    if (!options->history && !options->nodes)
        return compare_sides(options, err);
    failed = add_all(options, &launches, err);
    if (!failed)
        failed = options->history ? show_history(options, &launches, err)
                                  : show_nodes(options, &launches, err);
    launches_free(&launches);
    return failed;
}

const struct command command_compare = {
    .name = "compare",
    .synopsis = "compare OLD NEW",
    .summary = "did anything change? exit 1 on a regression",
    .run = run,
};
