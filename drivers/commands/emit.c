/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/commands/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rng.h"

enum { NODE_COUNTS = 64, WORDS = 4096 };

/* What the templates need. */
struct chain {
    const char *kernel, *mode, *folder, *launcher;
    char words[WORDS];  /* of the command line, quoted */
    char program[4096]; /* this one, quoted */
    int nodes[NODE_COUNTS], order[NODE_COUNTS], counts;
    int per_node, launches, minutes;
};

/* -- templates: @NAMES@ are filled in ------------------------------------- */

static const char job_template[] =
    "#!/bin/bash\n"
    "# One point of a scaling study, written by drive: @NODES@ nodes, each\n"
    "# array task a launch. Partition and account: edit here, or set\n"
    "# SBATCH_PARTITION and SBATCH_ACCOUNT.\n"
    "#SBATCH --job-name=drive-@KERNEL@-@NODES@\n"
    "#SBATCH --nodes=@NODES@\n"
    "#SBATCH --ntasks-per-node=@PER_NODE@\n"
    "#SBATCH --cpus-per-task=1\n"
    "#SBATCH --exclusive\n"
    "#SBATCH --hint=nomultithread\n"
    "#SBATCH --time=@MINUTES@\n"
    "#SBATCH --array=1-@LAUNCHES@\n"
    "#SBATCH --requeue\n"
    "#SBATCH --signal=B:USR1@@60\n"
    "#SBATCH --open-mode=append\n"
    "#SBATCH --output=%x-%a.log\n"
    "set -u\n"
    "\n"
    "drive=@PROGRAM@\n"
    "restarts=${RESTARTS:-20} # so often may a task go on after its time "
    "limit\n"
    "task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID # its id alone may be "
    "the array's\n"
    "# Times of other nodes belong into another record.\n"
    "where=$SLURMD_NODENAME\n"
    "[ \"$SLURM_JOB_NUM_NODES\" -eq 1 ] ||\n"
    "    where=$where-$(cksum <<<\"$SLURM_JOB_NODELIST\" | cut -d' ' -f1)\n"
    "record=@KERNEL@-@MODE@-@NODES@-$SLURM_ARRAY_TASK_ID-$where.jsonl\n"
    "# Slurm 22.05 and later do not hand --cpus-per-task on to srun.\n"
    "export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK\n"
    "launch=(@LAUNCH@)\n"
    "\n"
    "# A requeued job goes on with its record; drive measures nothing twice.\n"
    "if grep -qs '\"t\":\"plan\"' \"$record\"; then\n"
    "    how=(--resume \"$record\")\n"
    "else # it had not begun to measure\n"
    "    rm -f \"$record\"\n"
    "    how=(--output \"$record\")\n"
    "fi\n"
    "\n"
    "# 60 s before the time limit: drive finishes its trial and exits with "
    "138;\n"
    "# the task queues again, for the same nodes.\n"
    "told='' running=''\n"
    "trap 'told=yes; [ -z \"$running\" ] || kill -USR1 \"$running\"' USR1\n"
    "\"${launch[@@]}\" \"$drive\" scale @KERNEL@ --mode @MODE@ -n @WORKERS@ "
    "\\\n"
    "    @WORDS@\"${how[@@]}\" &\n"
    "running=$!\n"
    "status=0\n"
    "while :; do\n"
    "    wait \"$running\"\n"
    "    status=$?\n"
    "    kill -0 \"$running\" 2>/dev/null || break # a trap ends wait, too\n"
    "done\n"
    "if [ \"$told\" ] && [ \"$status\" -ne 0 ] &&\n"
    "    [ \"${SLURM_RESTART_COUNT:-0}\" -lt \"$restarts\" ]; then\n"
    "    trap '' TERM # which requeue sends\n"
    "    scontrol requeue \"$task\" &&\n"
    "        scontrol update JobId=\"$task\" "
    "ReqNodeList=\"$SLURM_JOB_NODELIST\"\n"
    "fi\n"
    "exit \"$status\"\n";

static const char report_template[] =
    "#!/bin/bash\n"
    "# The table of the study, when all its jobs have ended.\n"
    "#SBATCH --job-name=drive-@KERNEL@-report\n"
    "#SBATCH --nodes=1\n"
    "#SBATCH --ntasks=1\n"
    "#SBATCH --time=10\n"
    "#SBATCH --output=%x.log\n"
    "# What was left before its first block has nothing to tell.\n"
    "mapfile -t records < <(grep -l '\"t\":\"plan\"' ./*.jsonl)\n"
    "[ \"${#records[@@]}\" -gt 0 ] || {\n"
    "    echo \"no job has measured anything: see $PWD/*.log\" >&2\n"
    "    exit 1\n"
    "}\n"
    "@PROGRAM@ scale --mode @MODE@ @BASE@\"${records[@@]}\"\n";

static const char submit_template[] =
    "#!/bin/bash\n"
    "# Submits the study: bash submit.sh [more options of sbatch]\n"
    "set -eu\n"
    "cd \"$(dirname \"$0\")\"\n"
    "echo 'at most @CORE_HOURS@ core-hours (@JOBS@ jobs, @LAUNCHES@ launches "
    "each)'\n"
    "ids=\n"
    "for nodes in @ORDER@; do # in random order\n"
    "    id=$(sbatch --parsable \"$@@\" \"job-$nodes.sbatch\")\n"
    "    ids=$ids:${id%%;*}\n"
    "done\n"
    "sbatch --dependency=\"afterany$ids\" \"$@@\" report.sbatch\n";

/* -- filling them in ----------------------------------------------------- */

struct name {
    const char *name, *text;
};

static void fill(FILE *out, const char *template, const struct name *names)
{
    while (*template) {
        const char *end = *template == '@' ? strchr(template + 1, '@') : NULL;
        const struct name *n = names;

        if (!end) {
            fputc(*template ++, out);
            continue;
        }
        /* "@@" stands for itself. */
        if (end == template + 1)
            fputc('@', out);
        while (n->name && (strlen(n->name) != (size_t)(end - template - 1) ||
                           strncmp(n->name, template + 1,
                                   (size_t)(end - template - 1)) != 0))
            n++;
        if (n->name)
            fputs(n->text, out);
        template = end + 1;
    }
}

static int write_script(const struct chain *chain, const char *name,
                        const char *template, const struct name *names,
                        struct err *err)
{
    char path[4352];
    FILE *file;
    int fd;

    snprintf(path, sizeof path, "%.4000s/%s", chain->folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        err_errno(err, EXIT_USAGE, "cannot create '%.300s'", path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fill(file, template, names);
    if (ferror(file) | fclose(file))
        return err_errno(err, EXIT_RESOURCE, "cannot write '%.300s'", path);
    return 0;
}

/* -- the chain ----------------------------------------------------------- */

/* For a shell: nothing in single quotes is special but their end. */
static void quote(char *out, size_t size, const char *text)
{
    size_t used = 0;

    if (used + 1 < size)
        out[used++] = '\'';
    for (; *text && used + 6 < size; text++) {
        if (*text == '\'')
            used += (size_t)snprintf(out + used, size - used, "'\\''");
        else
            out[used++] = *text;
    }
    snprintf(out + used, size - used, "'");
}

static void add_word(struct chain *chain, const char *option, const char *value)
{
    size_t used = strlen(chain->words);
    char quoted[1024];

    quote(quoted, sizeof quoted, value);
    snprintf(chain->words + used, sizeof chain->words - used, "%s %s ", option,
             quoted);
}

static void add_number(struct chain *chain, const char *option, double value)
{
    char text[40];

    snprintf(text, sizeof text, "%.12g", value);
    add_word(chain, option, text);
}

/* All that makes the study what it is. */
static void list_words(struct chain *chain, const struct options *o)
{
    for (int i = 0; i < o->params; i++)
        add_word(chain, "-P", o->param[i]);
    if (o->executors)
        add_word(chain, "-e", o->executors);
    if (o->ranks_per)
        add_word(chain, "--ranks-per", o->ranks_per);
    if (o->base)
        add_word(chain, "--base", o->base);
    if (o->blocks)
        add_number(chain, "--blocks", o->blocks);
    add_word(chain, "--placement", o->placement);
    add_number(chain, "--warmups", o->warmups);
    add_number(chain, "--precision", 100 * o->precision);
    add_number(chain, "--margin", 100 * o->margin);
    add_number(chain, "--budget", o->budget);
}

static int read_chain(struct chain *chain, const struct options *o, int cores,
                      bool stays, struct err *err)
{
    char path[1024];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    int per_node[WORKER_COUNTS], n, nodes[WORKER_COUNTS];

    if (length < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot find this program");
    path[length] = '\0';
    quote(chain->program, sizeof chain->program, path);
    if (options_workers(o->emit_slurm, cores, nodes, &chain->counts, err) ||
        options_workers(o->workers ? o->workers : "cores", cores, per_node, &n,
                        err))
        return -1;
    if (n != 1)
        return err_set(err, EXIT_USAGE,
                       "-n %s: with --emit-slurm it is the workers of a node, "
                       "one number",
                       o->workers);
    if (chain->counts > NODE_COUNTS)
        return err_set(err, EXIT_USAGE, "--emit-slurm: at most %d node counts",
                       NODE_COUNTS);
    for (int i = 0; i < chain->counts && stays; i++) {
        if (nodes[i] > 1)
            return err_set(err, EXIT_USAGE,
                           "--emit-slurm %s: -e %s stays on one node; over "
                           "nodes ranks share a problem out",
                           o->emit_slurm, o->executors ? o->executors : "all");
    }
    memcpy(chain->nodes, nodes, (size_t)chain->counts * sizeof *nodes);
    chain->per_node = per_node[0];
    chain->launches = o->launches ? o->launches : 5;
    /* Twice the budget, as teams start and warm up besides, and the minute
     * before the end. */
    chain->minutes = 4 + (int)ceil(2 * o->budget / 60);
    list_words(chain, o);
    rng_shuffle(chain->order, chain->counts, o->seeded ? o->seed : clock_now(),
                0);
    return 0;
}

static double core_hours(const struct chain *chain)
{
    double hours = 0;

    for (int i = 0; i < chain->counts; i++)
        hours += chain->nodes[i] * chain->per_node * chain->launches *
                 chain->minutes / 60.0;
    return hours;
}

static int write_job(const struct chain *chain, int nodes, struct err *err)
{
    char count[16], per_node[16], workers[24], minutes[16], launches[16],
        name[32], launch[512];
    const struct name names[] = {{"KERNEL", chain->kernel},
                                 {"MODE", chain->mode},
                                 {"NODES", count},
                                 {"PER_NODE", per_node},
                                 {"WORKERS", workers},
                                 {"MINUTES", minutes},
                                 {"LAUNCHES", launches},
                                 {"PROGRAM", chain->program},
                                 {"LAUNCH", launch},
                                 {"WORDS", chain->words},
                                 {NULL, NULL}};

    snprintf(count, sizeof count, "%d", nodes);
    snprintf(per_node, sizeof per_node, "%d", chain->per_node);
    snprintf(workers, sizeof workers, "%lld",
             (long long)nodes * chain->per_node);
    snprintf(minutes, sizeof minutes, "%d", chain->minutes);
    snprintf(launches, sizeof launches, "%d", chain->launches);
    snprintf(name, sizeof name, "job-%d.sbatch", nodes);
    snprintf(launch, sizeof launch, "%.400s%s", chain->launcher,
             strncmp(chain->launcher, "srun", 4) == 0
                 ? " --cpus-per-task=\"$SLURM_CPUS_PER_TASK\""
                 : "");
    return write_script(chain, name, job_template, names, err);
}

static int write_others(const struct chain *chain, const struct options *o,
                        struct err *err)
{
    char hours[32], jobs[16], launches[16], order[NODE_COUNTS * 8] = "",
                                                                base[64] = "";
    const struct name names[] = {{"KERNEL", chain->kernel},
                                 {"MODE", chain->mode},
                                 {"PROGRAM", chain->program},
                                 {"BASE", base},
                                 {"CORE_HOURS", hours},
                                 {"JOBS", jobs},
                                 {"LAUNCHES", launches},
                                 {"ORDER", order},
                                 {NULL, NULL}};
    size_t used = 0;

    if (o->base)
        snprintf(base, sizeof base, "--base %.40s ", o->base);
    snprintf(hours, sizeof hours, "%.1f", core_hours(chain));
    snprintf(jobs, sizeof jobs, "%d", chain->counts);
    snprintf(launches, sizeof launches, "%d", chain->launches);
    for (int i = 0; i < chain->counts; i++)
        used += (size_t)snprintf(order + used, sizeof order - used, "%s%d",
                                 i ? " " : "", chain->nodes[chain->order[i]]);
    return write_script(chain, "report.sbatch", report_template, names, err) ||
                   write_script(chain, "submit.sh", submit_template, names, err)
               ? -1
               : 0;
}

int emit_slurm(const struct options *o, const char *kernel, int cores,
               bool stays, struct err *err)
{
    struct chain chain = {.kernel = kernel,
                          .mode = o->mode,
                          .launcher =
                              o->launcher ? o->launcher : "srun --mpi=pmix"};
    char folder[256];

    snprintf(folder, sizeof folder, "scale-%.100s-%.20s", kernel, o->mode);
    chain.folder = o->output ? o->output : folder;
    if (read_chain(&chain, o, cores, stays, err))
        return -1;
    printf("at most %.1f core-hours: %d jobs of up to %d min, %d launches "
           "each, %d workers a node%s\n",
           core_hours(&chain), chain.counts, chain.minutes, chain.launches,
           chain.per_node,
           o->workers ? "" : " (as many as this machine has cores; -n)");
    if (mkdir(chain.folder, 0777) && errno != EEXIST)
        return err_errno(err, EXIT_USAGE, "cannot make the folder '%.300s'",
                         chain.folder);
    for (int i = 0; i < chain.counts; i++) {
        if (write_job(&chain, chain.nodes[i], err))
            return -1;
    }
    if (write_others(&chain, o, err))
        return -1;
    printf("next: bash %s/submit.sh\n", chain.folder);
    return 0;
}
