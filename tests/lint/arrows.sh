#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Includes go downwards only: drivers -> kernels, results -> core.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

# What the files of a floor may include of ours.
may_include() {
    case $1 in
    core/*) echo 'core/' ;;
    kernels/*) echo 'core/ kernels/' ;;
    results/*) echo 'core/ results/' ;;
    drivers/*) echo 'core/ kernels/ results/ drivers/' ;;
    esac
}

# Written as <core/err.h> it is ours as well; written without its folder it
# hides where it points.
check_file() {
    awk -v allowed="$(may_include "$1")" -v file="$1" '
        BEGIN { floors = split(allowed, floor, " ") }
        match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]+/) {
            text = substr($0, RSTART, RLENGTH)
            ours = text ~ /"/
            sub(/^[^"<]*["<]/, "", text)
            if (!ours && text !~ /^(core|kernels|results|drivers|tests)\//)
                next
            good = 0
            for (i = 1; i <= floors; i++)
                good = good || index(text, floor[i]) == 1
            if (text ~ /\.\./)
                good = 0
            if (!good)
                printf "%s:%d: includes \"%s\", may include %s only\n",
                    file, NR, text, allowed
        }' "$1"
}

folders='core kernels results drivers'
sources '*.c' '*.h' '*.def' | while read -r file; do
    check_file "$file"
done | nothing_found
