#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The article's experiments against bare loops and CPython, as ratios of medians
# over rounds in which all take turns. Nothing passes or fails.
#   article.sh [ROUNDS]      7
# DRIVE names the program.
set -u

rounds=${1:-7}
here=$(cd "$(dirname "$0")" && pwd)
drive=${DRIVE:-$here/../../build/release/drive}
scripts=$here/../../results/reference/cpython
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# A parent of the same size: a fork copies what is mapped, libraries too.
mapfile -t libraries < <(ldd "$drive" | awk '$3 ~ "^/" { print $3 }')
cc -O2 -pthread -o "$scratch/bare" "$here/bare.c" -Wl,--no-as-needed \
    "${libraries[@]}" || exit 1

# Seconds of a trial of "KERNEL OPTIONS..." under one executor; the median of
# three.
ours() {
    local executor=$1
    shift

    "$drive" "$@" -e "$executor" -b 3 --warmups 1 --no-record --json \
        2>/dev/null | jq '.cells[0].median_ns / 1e9'
}

python() {
    local script=$1
    shift

    /usr/bin/python3 "$scripts/$script" --scratch "$scratch" "$@" |
        jq '(.seconds | sort)[(.seconds | length) / 2 | floor]'
}

# take NAME COMMAND...: one figure more for a name
take() {
    local name=$1
    shift

    "$@" >>"$scratch/$name.txt"
}

median() {
    sort -g "$scratch/$1.txt" | awk '{ x[NR] = $1 } END {
        print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'
}

# row WHAT A B GOAL: A over B
row() {
    awk -v a="$(median "$2")" -v b="$(median "$3")" -v what="$1" -v goal="$4" \
        'BEGIN { printf "%-58s %7.2f   %s\n", what, a / b, goal }'
}

for ((r = 0; r < rounds; r++)); do
    take threads ours threads spawn -n 1000 -P together=no
    take threads_at_once ours threads spawn -n 1000
    take bare_threads "$scratch/bare" threads 1000
    take processes ours processes spawn -n 1000 -P together=no
    take processes_at_once ours processes spawn -n 1000
    take bare_processes "$scratch/bare" processes 1000
    take python_threads python e2_create.py --model thread --workers 1000
    take python_processes python e2_create.py --model process --workers 1000
    take square ours serial square -P n=1000 -P rounds=1
    take numpy python e6_square.py --model thread --workers 1 --n 1000
    take io ours threads io -n 12 -P hold=1
    take io_no_hold ours threads io -n 12 -P hold=0
done

# The article's ten rounds against one of ours.
awk '{ print $1 / 10 }' "$scratch/numpy.txt" >"$scratch/numpy_one.txt"
awk '{ print $1 + 1 }' "$scratch/io_no_hold.txt" >"$scratch/io_goal.txt"

row '1,000 threads / bare pthread_create and join' threads bare_threads '<= 1.1'
row '1,000 processes / bare fork and wait' processes bare_processes '<= 1.1'
row 'the same, all alive at once: threads' threads_at_once bare_threads ''
row 'the same, all alive at once: processes' processes_at_once bare_processes ''
row 'CPython 1,000 threads / ours, alive at once' python_threads threads_at_once '>= 3'
row 'CPython 1,000 processes / ours, alive at once' python_processes processes_at_once '>= 15'
row 'numpy draw and square / ours' numpy_one square '>= 5'
row 'io, 12 workers / hold and the same without it' io io_goal '<= 1.05'

# A parent that holds 1 GiB: forked from it, or from a small server.
ballast=$((1 << 30))
take heavy ours processes spawn -n 1000 -P "ballast=$ballast" -P method=forkserver
take bare_heavy "$scratch/bare" processes 1000 $ballast
row '1,000 from 1 GiB, by a fork server / bare fork' heavy bare_heavy ''
printf 'seconds by the fork server: %s (< 1)\n' "$(median heavy)"
