/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive doctor: what about this machine may spoil a comparison, and what to do
 * about it. One line a check; it ends with 0 whatever it finds, or with 4
 * under --strict where a check warns or fails.
 */
#include "drivers/commands/command.h"

#include <stdio.h>

#include "drivers/probe.h"
#include "results/report/advice.h"
#include "results/report/doctor_document.h"

/* The places of a conductor, as other commands find them before they run; but
 * where there are none, that is a finding and no end. */
static int find_places(struct conductor *c, struct cpuset *cpus,
                       struct checks *list, struct err *err)
{
    struct watch watch = {.stop = c->stop};
    struct err why;

    if (cpuset_current(cpus, err))
        return -1;
    if (c->lobby) {
        if (lobby_wait(c->lobby, &watch, err))
            return -1;
        snprintf(c->mpi, sizeof c->mpi, "%s", c->lobby->library);
        for (int i = 0; i < c->lobby->ranks; i++) {
            if (c->lobby->guest[i].node == 0)
                cpuset_union(cpus, &c->lobby->guest[i].mask);
        }
    }
    if (topology_open(&c->topology, cpus, &why)) {
        struct check *check = checks_add(list, NULL, "topology");

        check_found(check, "%s", why.text);
        check_worry(check, CHECK_FAIL, "no worker can be placed");
        return 0;
    }
    topology_allowed(c->topology, cpus);
    return 0;
}

static int print(const struct options *options, const struct environment *env,
                 const struct checks *list, struct err *err)
{
    if (options->json)
        return doctor_document_print(stdout, env, list, err);
    printf("drive doctor %s  %s: %s\n\n", env->version, env->host,
           *env->cpu ? env->cpu : "processor unknown");
    advice_checks(stdout, list);
    printf("\n%d OK, %d to mind, %d failed, %d not readable%s\n",
           checks_count(list, CHECK_OK), checks_count(list, CHECK_WARN),
           checks_count(list, CHECK_FAIL), checks_count(list, CHECK_UNREADABLE),
           checks_count(list, CHECK_WARN) ? "; more: drive explain CODE" : "");
    return 0;
}

static int examine(struct conductor *conductor, const struct options *options,
                   const struct environment *env, struct checks *list,
                   struct err *err)
{
    struct checks teams = {.n = 0};
    struct probes probes;
    struct cpuset cpus;

    probes_look(&probes);
    if (find_places(conductor, &cpus, &teams, err))
        return -1;
    probes_watch(&probes, &cpus);
    checks_of_environment(env, &probes, list);
    if (conductor->topology &&
        probe_teams(conductor, options->launcher, &teams, err))
        return -1;
    for (int i = 0; i < teams.n; i++)
        *checks_add(list, NULL, NULL) = teams.item[i];
    checks_silence(list, options->quiet_warn);
    return 0;
}

static int run(struct conductor *conductor, const struct options *options,
               struct err *err)
{
    struct checks list = {.n = 0};
    struct environment *env;
    int bad, failed;

    if (options->words)
        return err_set(err, EXIT_USAGE, "doctor takes no word: '%s'",
                       options->word[0]);
    if (environment_collect(&env, err))
        return -1;
    failed = examine(conductor, options, env, &list, err) ||
             print(options, env, &list, err);
    environment_free(env);
    bad = checks_count(&list, CHECK_WARN) + checks_count(&list, CHECK_FAIL);
    if (failed || !options->strict || !bad)
        return failed ? -1 : 0;
    return err_set(err, EXIT_UNFIT, "%d check%s warn%s or fail%s", bad,
                   bad == 1 ? "" : "s", bad == 1 ? "s" : "",
                   bad == 1 ? "s" : "");
}

const struct command command_doctor = {
    .name = "doctor",
    .synopsis = "doctor",
    .summary = "what may spoil a comparison here, with remedies",
    .run = run,
};
