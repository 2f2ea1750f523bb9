/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main: decides what this process is.
 *
 *   alone                the conductor: runs the command
 *   rank 0 of a launcher forks the conductor, before MPI, and is then a rank
 *   any other rank       a rank and nothing else
 *   a kernel's child     lives that life and nothing else
 *
 * So MPI never touches the process that leads the other executors, and what
 * leads them is the same with and without a launcher.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/segment.h"
#include "drivers/allocation.h"
#include "drivers/born.h"
#include "drivers/commands/command.h"
#include "drivers/executors/executor.h"
#include "drivers/executors/ranks.h"
#include "drivers/overrule.h"
#include "drivers/scratch.h"

/* The number of the signal that asks us to end; written by its handler. */
static volatile int stop_signal;

/* On rank 0: the conductor has said that all is done. */
static struct lobby *watched_lobby;

static void on_signal(int number)
{
    stop_signal = number;
}

/* The batch system says that time is nearly up: SIGUSR1 ends the program as
 * soon as the trial in hand is over. */
static volatile int leave_signal;

static void on_leave(int number)
{
    leave_signal = number;
}

/* On rank 0: launchers send signals to the ranks. */
static volatile pid_t led_by;

static void pass_on(int number)
{
    if (led_by > 0)
        kill(led_by, number);
}

/* The conductor has died on rank 0 without closing the lobby: nobody will call
 * the ranks any more, and a rank that leaves like this ends the whole job. */
static void on_child(int number)
{
    (void)number;
    if (!atomic_load(&watched_lobby->closed))
        _exit(EXIT_RESOURCE);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(number, &action, NULL);
}

static int print_error(const struct err *err)
{
    if (*err->text)
        fprintf(stderr, "drive: %s\n", err->text);
    return err->code;
}

/* -- the conductor ------------------------------------------------------- */

static void union_of_masks(const struct lobby *lobby, struct cpuset *mask)
{
    *mask = (struct cpuset){{0}};
    for (int i = 0; i < lobby->ranks; i++)
        cpuset_union(mask, &lobby->guest[i].mask);
}

/* Waits for the ranks, if we were launched, and opens the places we may use:
 * the union of the ranks' masks, or the mask we were started with. */
static int prepare(struct conductor *c, struct cpuset *mask, struct err *err)
{
    struct watch watch = {.stop = c->stop};

    if (c->lobby) {
        if (lobby_wait(c->lobby, &watch, err))
            return -1;
        memcpy(c->mpi, c->lobby->library, sizeof c->mpi);
        union_of_masks(c->lobby, mask);
    }
    return topology_open(&c->topology, mask, err);
}

static int find_launcher(struct conductor *c, const struct options *options,
                         char *launcher, size_t size, struct err *err)
{
    /* Only a launcher that was asked for by name must be there. Where one
     * started us, kernels that launch ranks themselves still want it. */
    if (launcher_find(options->launcher, launcher, size, err))
        return options->launcher && !c->lobby ? -1 : 0;
    c->launcher = launcher;
    return 0;
}

/* The first word is a command if it is one, else a kernel. */
static const struct command *choose_command(struct options *options)
{
    const struct command *command;

    if (options->version)
        return command_find("version");
    if (options->help || options->words == 0)
        return command_find("help");
    command = command_find(options->word[0]);
    if (!command)
        return command_find("run");
    options->words--;
    memmove(options->word, options->word + 1,
            (size_t)options->words * sizeof *options->word);
    return command;
}

/* Whoever set them should know. */
static void tell_overruled(const struct options *options)
{
    char list[400];

    if (!options->quiet && *overrule_list(list, sizeof list))
        fprintf(stderr,
                "drive: note: not obeyed, as drive places its workers "
                "itself: %s\n",
                list);
}

static int run_command(struct conductor *c, int argc, char **argv,
                       struct cpuset *mask, struct err *err)
{
    struct options options;
    const struct command *command;
    char launcher[256];

    if (options_parse(&options, argc, argv, err))
        return -1;
    c->scratch_home = options.scratch;
    command = choose_command(&options);
    if (command->flags & COMMAND_MAKES_TEAMS) {
        tell_overruled(&options);
        if (!options.quiet)
            allocation_tell(stderr, &c->launch, mask);
        if (allocation_check(&c->launch, err) ||
            find_launcher(c, &options, launcher, sizeof launcher, err) ||
            prepare(c, mask, err))
            return -1;
    }
    return command->run(c, &options, err);
}

/* Ranks that are stuck in a message to one that is gone. */
static void end_stuck_ranks(const struct conductor *c)
{
    for (int i = 0; c->stuck && i < c->lobby->ranks; i++)
        kill(c->lobby->guest[i].pid, SIGTERM);
}

static int conduct(int argc, char **argv, struct cpuset *mask,
                   const struct launch *launch, struct lobby *lobby)
{
    struct conductor c = {.launch = *launch,
                          .lobby = lobby,
                          .stop = &stop_signal,
                          .leave = &leave_signal,
                          .first_rank = getppid()};
    struct err err = {0};
    int code = 0;

    handle(SIGINT, on_signal);
    handle(SIGTERM, on_signal);
    handle(SIGHUP, on_signal);
    handle(SIGUSR1, on_leave);
    handle(SIGPIPE, SIG_IGN);
    if (nursery_open(&c.nursery, &err) ||
        run_command(&c, argc, argv, mask, &err))
        code = print_error(&err);
    if (fflush(stdout) && !code) {
        perror("drive: cannot write to standard output");
        code = EXIT_RESOURCE;
    }
    if (lobby)
        lobby_close(lobby, code);
    if (lobby)
        end_stuck_ranks(&c);
    topology_close(c.topology);
    nursery_close(c.nursery);
    if (scratch_close(&c, &err) && print_error(&err) && !code)
        code = EXIT_RESOURCE;
    return code;
}

/* -- a rank -------------------------------------------------------------- */

static int live_as_rank(struct rank_start *start, bool speaks)
{
    struct err err = {0};
    int code = 0;

    if (ranks_live(start, &code, &err)) {
        code = code ? code : err.code;
        if (speaks)
            print_error(&err);
    }
    return code;
}

/* Rank 0 has the conductor for a child and outlives it. */
static int live_as_first_rank(int argc, char **argv, struct cpuset *mask,
                              const struct launch *launch,
                              struct rank_start *start)
{
    struct err err = {0};
    char path[64];
    int fd, code;
    pid_t conductor, parent = getpid();

    if (lobby_create(&watched_lobby, &fd, launch->size, &err))
        return print_error(&err);
    handle(SIGCHLD, on_child);
    conductor = fork();
    if (conductor < 0) {
        err_errno(&err, EXIT_RESOURCE, "cannot fork the conductor");
        return print_error(&err);
    }
    if (conductor == 0) {
        handle(SIGCHLD, SIG_DFL);
        /* A launcher ends its ranks by process group and gives them no time;
         * the conductor hears of it through rank 0 and closes the record. */
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            exit(EXIT_RESOURCE);
        exit(conduct(argc, argv, mask, launch, watched_lobby));
    }
    led_by = conductor;
    handle(SIGUSR1, pass_on);
    start->lobby = segment_path(fd, path, sizeof path);
    code = live_as_rank(start, false);
    led_by = 0;
    waitpid(conductor, NULL, 0);
    return code;
}

static int live_as_child(const char *call, uint64_t started_ns)
{
    struct err err = {0};
    int code = 0;

    return born_live(call, started_ns, &code, &err) ? print_error(&err) : code;
}

/* Started with a standard stream closed, the next file would take its place,
 * and what is printed would go there. What cannot be written shall fail. */
static void open_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            open(fd == 0 ? "/dev/null" : "/dev/full", fd ? O_WRONLY : O_RDONLY);
    }
}

int main(int argc, char **argv)
{
    struct rank_start start = {.started_ns = clock_now(),
                               .words_hash = launch_hash(argc, argv)};
    struct launch launch;
    struct cpuset mask;
    struct err err = {0};

    if (born_called())
        return live_as_child(born_called(), start.started_ns);
    open_streams();
    setlocale(LC_CTYPE, ""); /* numbers stay as in C */
    /* A file that meets `ulimit -f` is an error like a full disk. */
    handle(SIGXFSZ, SIG_IGN);
    /* Only who leads obeys it; a rank must not die of it. */
    handle(SIGUSR1, SIG_IGN);
    launch_detect(&launch);
    if (cpuset_current(&mask, &err))
        return print_error(&err);
    start.mask = &mask;
    start.expected = launch.size;
    if (launch.lobby) {
        start.lobby = launch.lobby;
        return live_as_rank(&start, true);
    }
    if (!launch.launched)
        return conduct(argc, argv, &mask, &launch, NULL);
    if (executor_ranks.absent)
        return launch.rank ? 0 : conduct(argc, argv, &mask, &launch, NULL);
    if (launch.rank)
        return live_as_rank(&start, false);
    return live_as_first_rank(argc, argv, &mask, &launch, &start);
}
