#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A header brings along what it needs: it compiles alone, and stands first in
# the file that implements it, so that this is tried in every build.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

folders='core kernels drivers results'
compiler=${CC:-gcc}
want "$compiler" gcc

libraries=$(pkg-config --cflags jansson hwloc 2>/dev/null)

compile_alone() {
    # shellcheck disable=SC2086 # a list of flags is meant
    "$compiler" -fsyntax-only -std=gnu11 -D_GNU_SOURCE -I. $libraries \
        -x c "$1" 2>&1 | grep -E ': (fatal )?error:'
}

own_first() {
    local own=${1%.c}.h

    [ -e "$own" ] || return 0
    awk -v file="$1" -v own="$own" '
        /^[ \t]*#[ \t]*include/ {
            if (index($0, "\"" own "\"") == 0)
                printf "%s:%d: includes \"%s\" not first\n", file, NR, own
            exit
        }' "$1"
}

{
    sources '*.h' | while read -r file; do
        compile_alone "$file"
    done
    sources '*.c' | while read -r file; do
        own_first "$file"
    done
} | nothing_found
