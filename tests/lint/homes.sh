#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each library of others has one home: no other file includes its header.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

folders='core kernels results drivers'

# lines that match the pattern, in files that do not match the home
away_from_home() {
    local what=$1 home=$2 pattern=$3

    sources '*.c' '*.h' '*.def' | grep -vE "^($home)\$" |
        xargs -r grep -nHE "$pattern" |
        say "$what is at home elsewhere: $home"
}

header() {
    away_from_home "$1" "$2" "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$3[>\"]"
}

{
    executors='drivers/executors'
    header mpi.h "$executors/(ranks.c|hybrid(_post)?.[ch]|(messages|tree).[ch])" '(.*/)?mpi\.h'
    header omp.h "$executors/(threads|hybrid).c" '(.*/)?omp\.h'
    away_from_home 'OpenMP' "$executors/(threads|hybrid).c" \
        '#[[:space:]]*pragma[[:space:]]+omp|_Pragma\("omp'
    header hwloc.h 'drivers/placement.c|results/record/environment.*.c' \
        '(hwloc|hwloc/.*)\.h'
    header blis.h 'kernels/blas.c' '(.*/)?(blis|cblas)\.h'
    header plplot.h 'kernels/plot.c' '(.*/)?plplot.*\.h'
    header jansson.h 'results/.*' '(.*/)?jansson\.h'
    header sha2.h 'results/record/digest.c' '(.*/)?sha2\.h'
    header Random123 'core/rng.c' 'Random123/.*'
} | nothing_found
