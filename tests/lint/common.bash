# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the lints share. Each lint takes the root of a tree (default: the one
# it stands in), prints FILE:LINE: and what is wrong there, and exits 1 if it
# printed anything. A lint whose tool is missing exits 77: skipped, not passed.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${1:-$here/../..}" || exit 2

# Files of the tree that match any of the find patterns, one a line; below
# the folders in $folders where that is set. What was built is no source.
sources() {
    local pattern terms=()

    for pattern in "$@"; do
        terms+=(-o -name "$pattern")
    done
    # shellcheck disable=SC2086 # a list of folders is meant
    find ${folders:-.} -type d \( -name .git -o -name 'build*' \) -prune -o \
        -type f \( "${terms[@]:1}" \) -print 2>/dev/null |
        sed 's|^\./||' | sort
}

# Ends a lint whose tool is not there.
want() {
    command -v "$1" >/dev/null && return 0
    printf '%s is missing: apt-get install %s\n' "$1" "$2" >&2
    exit 77
}

# Keeps the FILE:LINE of what grep printed, and says what is wrong there.
say() {
    cut -d: -f1,2 | while read -r place; do
        printf '%s: %s\n' "$place" "$1"
    done
}

# Prints stdin and tells whether there was any: the last line of a lint.
nothing_found() {
    ! grep .
}
