/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/launches.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 4096, PADDING_MAX = 4096 };

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
static int wait_for(pid_t child, const volatile int *stop)
{
    bool told = false;
    int status;

    for (;;) {
        if (*stop && !told) {
            kill(child, *stop);
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
    code = wait_for(child, conductor->stop);
    return code ? err_set(err, code, "%s", "") : 0;
}

int launches_run(const struct conductor *conductor,
                 const struct options *options, struct err *err)
{
    if (conductor->lobby)
        return err_set(err, EXIT_USAGE,
                       "--launches: a launcher starts its ranks once; start "
                       "it several times instead");
    for (int i = 1; i <= options->launches && !*conductor->stop; i++) {
        if (!options->quiet)
            fprintf(stderr, "launch %d of %d\n", i, options->launches);
        if (launch_one(conductor, options, i, err))
            return -1;
    }
    if (*conductor->stop)
        return err_set(err, EXIT_SIGNAL + *conductor->stop, "interrupted");
    return 0;
}
