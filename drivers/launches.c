/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/launches.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/report/agreement.h"

enum { WORDS_MAX = 4096, PADDING_MAX = 4096, RIGOROUS_LAUNCHES = 5 };

static const char ledger_name[] = "DRIVE_LAUNCHES";

/* The command line as it was typed, which getopt has put into another order.
 * text holds the words. */
struct words {
    char *text, *word[WORDS_MAX];
    int n;
};

static char *read_all(FILE *file, size_t *length)
{
    char *text = NULL;
    FILE *memory = open_memstream(&text, length);
    int c;

    if (!memory)
        return NULL;
    while ((c = getc(file)) != EOF)
        putc(c, memory);
    return fclose(memory) ? NULL : text;
}

static int read_words(struct words *words, struct err *err)
{
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t length = 0;

    words->text = file ? read_all(file, &length) : NULL;
    if (file)
        fclose(file);
    if (!words->text)
        return err_errno(err, EXIT_RESOURCE, "cannot read the command line");
    for (size_t i = 0; i < length; i += strlen(words->text + i) + 1) {
        if (words->n == WORDS_MAX - 4)
            return err_set(err, EXIT_USAGE, "--launches: too many words");
        words->word[words->n++] = words->text + i;
    }
    return 0;
}

/* Options before a word "--", which ends them: the last of a kind wins. */
static void add_words(struct words *words, char **more, int n)
{
    int at = 0;

    while (at < words->n && strcmp(words->word[at], "--") != 0)
        at++;
    memmove(words->word + at + n, words->word + at,
            (size_t)(words->n - at) * sizeof *words->word);
    memcpy(words->word + at, more, (size_t)n * sizeof *more);
    words->n += n;
    words->word[words->n] = NULL;
}

/* "a/b.jsonl" as "--output=a/b-2.jsonl" */
static void number_output(const char *output, int launch, char *out,
                          size_t size)
{
    const char *slash = strrchr(output, '/');
    const char *dot = strrchr(output, '.');
    size_t stem = dot && dot != output && (!slash || dot > slash + 1)
                      ? (size_t)(dot - output)
                      : strlen(output);

    snprintf(out, size, "--output=%.*s-%d%s", (int)stem, output, launch,
             output + stem);
}

/* The stack begins behind the environment, whose size shifts it. */
static void pad_environment(void)
{
    char padding[PADDING_MAX + 1];
    unsigned short random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (unsigned short)getpid();
    memset(padding, 'x', sizeof padding);
    padding[random % PADDING_MAX] = '\0';
    setenv("DRIVE_PADDING", padding, 1);
}

static pid_t start(const struct words *words)
{
    pid_t child = fork();

    if (child)
        return child;
    pad_environment();
    signal(SIGPIPE, SIG_DFL);
    execv("/proc/self/exe", words->word);
    perror("drive: cannot start itself");
    _exit(EXIT_RESOURCE);
}

/* A signal that only we were sent is passed on; one from a terminal has
 * reached the child as well, which minds no second one. */
static int wait_for(pid_t child, const struct conductor *conductor)
{
    bool told = false;
    int status;

    for (;;) {
        if (conductor_stop(conductor) && !told) {
            kill(child, conductor_stop(conductor));
            told = true;
        }
        if (waitpid(child, &status, 0) == child)
            break;
        if (errno != EINTR)
            return EXIT_RESOURCE;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : EXIT_SIGNAL + WTERMSIG(status);
}

static int launch_one(const struct conductor *conductor,
                      const struct options *options, int launch,
                      struct err *err)
{
    struct words words = {.n = 0};
    char once[] = "--launches=1", output[4096];
    char *more[] = {once, output};
    pid_t child;
    int code = EXIT_RESOURCE;

    if (options->output)
        number_output(options->output, launch, output, sizeof output);
    if (read_words(&words, err)) {
        free(words.text);
        return -1;
    }
    add_words(&words, more, options->output ? 2 : 1);
    child = start(&words);
    free(words.text);
    if (child < 0)
        return err_errno(err, EXIT_RESOURCE, "cannot fork a launch");
    code = wait_for(child, conductor);
    return code ? err_set(err, code, "%s", "") : 0;
}

/* -- what they say ------------------------------------------------------- */

/* A file in memory that the launches inherit and write to; -1: none, and the
 * launches are not summed up. */
static int ledger_open(void)
{
    int fd = memfd_create("drive-launches", 0);
    char number[16];

    snprintf(number, sizeof number, "%d", fd);
    if (fd >= 0)
        setenv(ledger_name, number, 1);
    return fd;
}

/* Only a file in memory can be what ledger_open() made. */
void launches_tell(const struct comparison *c, const struct judgement *j)
{
    const char *number = getenv(ledger_name);
    struct saying said[PAIRS_MAX];
    size_t bytes = (size_t)agreement_sayings(c, j, said) * sizeof *said;
    int fd = number ? atoi(number) : -1;

    if (bytes && fd > 2 && fcntl(fd, F_GET_SEALS) >= 0 &&
        write(fd, said, bytes) != (ssize_t)bytes)
        fprintf(stderr, "drive: warning: a launch could not be summed up\n");
}

static size_t ledger_count(int fd)
{
    struct stat there;

    return fd < 0 || fstat(fd, &there)
               ? 0
               : (size_t)there.st_size / sizeof(struct saying);
}

/* said[launch]: how many sayings there were behind it. */
static void sum_up(FILE *out, int fd, const size_t *said, int launches)
{
    size_t n = said[launches];
    struct saying *all = n ? malloc(n * sizeof *all) : NULL;
    ssize_t bytes = (ssize_t)(n * sizeof *all);

    if (all && pread(fd, all, (size_t)bytes, 0) == bytes) {
        for (int launch = launches; launch > 0; launch--) {
            for (size_t i = 0; i < said[launch]; i++)
                all[i].launch = launch;
        }
        fprintf(out, "\n");
        agreement_print(out, all, n, launches);
    }
    free(all);
}

/* -- all of them --------------------------------------------------------- */

int launches_wanted(const struct conductor *conductor,
                    const struct options *options)
{
    const char *why = options->json      ? "--json is one document"
                      : conductor->lobby ? "a launcher starts its ranks once"
                                         : NULL;

    if (options->launches || !options->rigorous || options->dry_run)
        return options->launches ? options->launches : 1;
    if (!why)
        return RIGOROUS_LAUNCHES;
    if (!options->quiet)
        fprintf(stderr,
                "drive: note: one launch, as %s; %s %d gives records for "
                "`drive compare`\n",
                why, options->json ? "--launches" : "launching it",
                RIGOROUS_LAUNCHES);
    return 1;
}

static int launch_all(const struct conductor *conductor,
                      const struct options *options, int launches, int ledger,
                      FILE *out, struct err *err)
{
    size_t *said = calloc((size_t)launches + 1, sizeof *said);
    int done = 0, failed = said ? 0 : -1;

    if (!said)
        return err_set(err, EXIT_RESOURCE, "no memory for %d launches",
                       launches);
    while (!failed && done < launches && !conductor_stop(conductor)) {
        if (!options->quiet)
            fprintf(stderr, "launch %d of %d\n", done + 1, launches);
        failed = launch_one(conductor, options, done + 1, err);
        if (!failed)
            said[++done] = ledger_count(ledger);
    }
    if (done > 1)
        sum_up(out, ledger, said, done);
    free(said);
    return failed;
}

int launches_run(const struct conductor *conductor,
                 const struct options *options, int launches, FILE *out,
                 struct err *err)
{
    int ledger, failed;

    if (conductor->lobby)
        return err_set(err, EXIT_USAGE,
                       "--launches: a launcher starts its ranks once; start "
                       "it several times instead");
    ledger = ledger_open();
    failed = launch_all(conductor, options, launches, ledger, out, err);
    if (ledger >= 0)
        close(ledger);
    if (!failed && conductor_stop(conductor))
        failed = err_set(err, EXIT_SIGNAL + conductor_stop(conductor),
                         "interrupted");
    return failed;
}
