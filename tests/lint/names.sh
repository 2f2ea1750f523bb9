#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a name or a call may be used for: a word of the command line means one
# thing, only main has globals that change, only drivers/ prints, only main
# ends the program.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

# "FILE:LINE:code" of the C files of some folders; $1: a pattern of files that
# are let off
code() {
    local except=$1 folders=$2

    sources '*.c' '*.h' | grep -vE "$except" | xargs -r awk -f "$here/strip.awk"
}

words_of() {
    sed -nE "s/^$1\\(([A-Za-z0-9_]+)\\).*/\\1/p" "$2" 2>/dev/null
}

# The first word is a command if it is one, so such a kernel cannot be run.
kernels_named_as_commands() {
    words_of COMMAND drivers/commands/commands.def | while read -r word; do
        grep -nH "^KERNEL($word)" kernels/kernels.def 2>/dev/null |
            say "the kernel bears the name of command '$word'"
    done
}

# Objects at the left margin, or static ones inside functions, that nothing
# declares constant. A pointer to constant things is not constant itself.
changing_globals() {
    code '^drivers/drive\.c$' 'core kernels results drivers' |
        grep '^[^:]*\.c:' |
        awk -f "$here/globals.awk" |
        say 'changes while the program runs; only drivers/drive.c may have such'
}

# Lines that call one of some functions, or name one of some streams.
uses() {
    grep -E ":.*(^|[^A-Za-z0-9_])(($1)[[:space:]]*\(|($2)([^A-Za-z0-9_]|\$))"
}

# core/err.c is the home of BUG(); what nursery.c, processes.c, brood.c,
# forkserver.c, launcher.c, tool.c and share.c fork has no main to return to.
wrong_calls() {
    local prints='printf|vprintf|puts|putchar'

    code '^core/err\.[ch]$' 'core kernels' |
        uses "$prints|fprintf|vfprintf|fputs|perror|exit|abort" \
            'stdout|stderr' |
        say 'core/ and kernels/ neither print nor exit'
    code '^(core/(err|brood|forkserver|launcher|tool)|kernels/share)\.c$' 'core kernels' |
        uses _exit 'no stream' |
        say 'core/ and kernels/ do not exit'
    code '^$' results |
        uses "$prints|perror|exit|_exit|abort" 'stdout|stderr' |
        say 'results/ prints where it is told to, and does not exit'
    code '^drivers/(drive\.c$|commands/)' drivers |
        uses "$prints|abort" stdout |
        say 'commands print; nobody else'
    code '^drivers/(drive\.c$|nursery\.c$|executors/processes\.c$|commands/)' drivers |
        uses exit 'no stream' |
        say 'main exits; nobody else'
    code '^$' drivers/commands |
        uses 'exit|_exit|abort' 'no stream' |
        say 'a command returns its code'
}

{
    kernels_named_as_commands
    changing_globals
    wrong_calls
} | nothing_found
