/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/commands/command.h"

#include <string.h>

#define COMMAND(name) extern const struct command command_##name;
#include "drivers/commands/commands.def"
#undef COMMAND

const struct command *const command_table[] = {
#define COMMAND(name) &command_##name,
#include "drivers/commands/commands.def"
#undef COMMAND
    NULL,
};

const struct command *command_find(const char *name)
{
    for (int i = 0; command_table[i]; i++) {
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    }
    return NULL;
}
