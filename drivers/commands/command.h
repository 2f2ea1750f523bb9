/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command: a word of the command line with a file of its own, which ends
 * with its descriptor; commands.def names it; nothing else knows it.
 */
#ifndef DRIVE_DRIVERS_COMMANDS_COMMAND_H
#define DRIVE_DRIVERS_COMMANDS_COMMAND_H

#include "core/err.h"
#include "drivers/conductor.h"
#include "drivers/options.h"

enum command_flags {
    COMMAND_MAKES_TEAMS = 1, /* wants a conductor with places and ranks */
};

struct command {
    const char *name, *synopsis, *summary;
    unsigned flags;
    /* options->word[0 ..] are the words behind the command's own. Fails with
     * the exit code in err; an empty text says that all was said already. */
    int (*run)(struct conductor *, const struct options *, struct err *);
};

/* All commands in the order of help; ends with NULL. */
extern const struct command *const command_table[];

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

#endif
