#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One way to lay out text: clang-format for C, no tabs and no white space at
# the end of lines, the licence in the first line.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

# Releases differ in taste: Debian 12's is the one that counts.
formatter=$(command -v clang-format-14 || echo clang-format)
want "$formatter" clang-format

badly_formatted() {
    sources '*.c' '*.h' |
        xargs -r "$formatter" --style=file --dry-run -Werror 2>&1 |
        grep -E ': (error|warning):' | sed 's|^\./||'
}

# Golden files are what programs print, and may end as those do.
bad_white_space() {
    sources '*.c' '*.h' '*.def' '*.sh' '*.bash' '*.bats' '*.sbatch' '*.md' '*.cmake' \
        CMakeLists.txt | grep -v '/golden/' |
        xargs -r awk '
            /\t/ { printf "%s:%d: a tab\n", FILENAME, FNR }
            /[ \t\r]$/ {
                printf "%s:%d: white space at the end\n", FILENAME, FNR
            }'
}

is_script() {
    [ "$(head -c 2 "$1" | tr -d '\0')" = '#!' ]
}

# After "#!" the second line will do.
without_licence() {
    local place

    sources '*' | while read -r file; do
        place=1
        case $file in
        *.c | *.h | *.sh | *.bash | *.bats | *.py | *.cmake) ;;
        */CMakeLists.txt | CMakeLists.txt) ;;
        *) is_script "$file" || continue ;;
        esac
        is_script "$file" && place=2
        sed -n "${place}p" "$file" |
            grep -q 'SPDX-License-Identifier: Apache-2.0' ||
            printf '%s:%d: no SPDX line\n' "$file" "$place"
    done
}

{
    badly_formatted
    bad_white_space
    without_licence
} | nothing_found
