#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Small enough to be read: functions of at most 80 lines, files of at most
# 600. A function is what stands between braces at the left margin.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

longest=80
largest=600

# "LENGTH FILE:LINE" of each function
functions() {
    folders='core kernels drivers results tests' sources '*.c' |
        xargs -r awk '
            /^\{/ { start = FNR }
            /^\}/ && start {
                printf "%d %s:%d\n", FNR - start + 1, FILENAME, start
                start = 0
            }'
}

long_functions() {
    awk -v most="$longest" '$1 > most {
        printf "%s: a function of %d lines, at most %d\n", $2, $1, most
    }' <<<"$lengths"
}

large_files() {
    folders='core kernels drivers results tests' sources '*.c' '*.h' |
        while read -r file; do
            lines=$(wc -l <"$file")
            [ "$lines" -le "$largest" ] ||
                printf '%s:%d: a file of %d lines, at most %d\n' "$file" \
                    "$largest" "$lines" "$largest"
        done
}

lengths=$(functions | sort -n)
awk 'NF { length_of[NR] = $1 } END {
    if (NR)
        printf "%d functions, median %d lines, longest %d\n", NR,
            length_of[int((NR + 1) / 2)], length_of[NR]
}' <<<"$lengths" >&2
{
    long_functions
    large_files
} | nothing_found
