/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_LEAST = 1 << 18 };

int input_open(struct input *input, const char *path, struct err *err)
{
    *input = (struct input){.path = path};
    input->file = open(path, O_RDONLY | O_CLOEXEC);
    if (input->file < 0)
        return err_errno(err, EXIT_USAGE, "cannot open '%s'", path);
    return 0;
}

void input_close(struct input *input)
{
    if (input->file >= 0)
        close(input->file);
    free(input->room);
    input->room = NULL;
    input->file = -1;
}

/* At least half of the least room behind what is there, and one byte more. */
static int make_room(struct input *input, struct err *err)
{
    size_t size = input->size ? 2 * input->size : ROOM_LEAST;
    char *grown;

    if (input->from) {
        memmove(input->room, input->room + input->from,
                input->to - input->from);
        input->to -= input->from;
        input->from = 0;
    }
    if (input->size - input->to > ROOM_LEAST / 2)
        return 0;
    grown = realloc(input->room, size + 1);
    if (!grown)
        return err_set(err, EXIT_RESOURCE, "no memory to read '%s'",
                       input->path);
    input->room = grown;
    input->size = size;
    return 0;
}

static int fill(struct input *input, struct err *err)
{
    ssize_t n;

    if (make_room(input, err))
        return -1;
    do
        n = read(input->file, input->room + input->to, input->size - input->to);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(err, EXIT_USAGE, "cannot read '%s'", input->path);
    input->exhausted = n == 0;
    input->to += (size_t)n;
    input->room[input->to] = '\n';
    return 0;
}

int input_line(struct input *input, size_t most, struct line *line,
               struct err *err)
{
    size_t seen = 0;
    char *end = NULL;

    for (;;) {
        size_t there = input->to - input->from;

        if (there > seen)
            end = memchr(input->room + input->from + seen, '\n', there - seen);
        if (end || input->exhausted || there > most)
            break;
        seen = there;
        if (fill(input, err))
            return -1;
    }
    line->text = input->room + input->from;
    line->length = (size_t)((end ? end : input->room + input->to) - line->text);
    line->torn = !end;
    if (line->length > most)
        return err_set(err, EXIT_USAGE, "%s:%ld: a line of more than %zu bytes",
                       input->path, input->number + 1, most);
    if (!end && line->length == 0)
        return 0;
    input->from += line->length + !line->torn;
    input->number++;
    return 1;
}
