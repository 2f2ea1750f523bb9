#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How often a real comparison is right, on this machine: sessions of the kernel
# null, whose time is known, in half of them with a neighbour that takes a core
# now and then (stress-ng).
#   A/A  threads against processes, the same delay for both
#   A/B  one executor under two labels, one of them with 3 % more to wait
# Prints a line a session, then: false "different", power, and coverage of the
# intervals. What is said is what this machine did; nothing passes or fails.
#   errors.sh [SESSIONS [BUDGET]]      20 sessions of each, 10 s at most
# DRIVE names the program.
set -u

sessions=${1:-20}
budget=${2:-10}
here=$(cd "$(dirname "$0")" && pwd)
drive=${DRIVE:-$here/../../build/release/drive}
delay=0.005
more=0.00515

for tool in stress-ng jq; do
    command -v "$tool" >/dev/null || {
        echo "errors: $tool is missing: apt-get install $tool" >&2
        exit 77
    }
done
[ -x "$drive" ] || {
    echo "errors: no program at $drive; DRIVE names one" >&2
    exit 2
}

# A container's only user is root, which Open MPI does not like.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
scratch=$(mktemp -d)
neighbour=

# Comes and goes: up to half a second of work at a time, 40 % of the time.
invite() {
    stress-ng --quiet --temp-path "$scratch" --timeout 3600 \
        --cpu 1 --cpu-load 40 --cpu-load-slice 0 &
    neighbour=$!
}

dismiss() {
    [ -n "$neighbour" ] || return 0
    kill "$neighbour" 2>/dev/null
    wait "$neighbour" 2>/dev/null
    neighbour=
}

leave() {
    dismiss
    rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 130' INT TERM

# What a session says of its pair: "VERDICT RATIO LOW HIGH BLOCKS STOP". One
# without an interval says nothing and holds whatever is true.
pair() {
    jq -r '.stop as $stop | .pairs[0] |
        [.verdict, .ratio, (.ci95 // [0, 1e9])[], .blocks, $stop] | @tsv'
}

common=(--budget "$budget" --no-record --json)

same() {
    "$drive" null -P delay=$delay -e threads,processes "${common[@]}" \
        2>"$scratch/err" | pair
}

unlike() {
    "$drive" check --aa null -P delay=$delay,$more -e "$labelled" \
        "${common[@]}" 2>"$scratch/err" | pair
}

# One session: its line on stdout, and its result in the file of all.
session() {
    local kind=$1 truth=$2 others=$3 said
    shift 3

    said=$("$@")
    if [ -z "$said" ]; then
        echo "$kind failed: $(tail -n 1 "$scratch/err")" >&2
        return
    fi
    printf '%s\t%s\t%s\t%s\n' "$kind" "$others" "$truth" "$said" |
        tee -a "$scratch/all" |
        awk -F '\t' '{
            printf "%-4s %-10s %+7.2f %% [%+.2f, %+.2f]  %-12s", $1, $2,
                100 * ($5 - 1), 100 * ($6 - 1), 100 * ($7 - 1), $4
            printf " %3d blocks, %s\n", $8, $9
        }'
}

# The three figures over the lines that have $1 in their second field. The
# truth is known to 0.01 %: 0.5 us of 5 ms is what stamping may take.
figures() {
    awk -F '\t' -v others="$1" '
        function rate(part, of) {
            return of ? sprintf("%5.1f %% (%d of %d)", 100 * part / of, part,
                of) : "none ran"
        }
        $2 !~ others { next }
        { runs++; held += $6 - 1e-4 <= $3 && $3 <= $7 + 1e-4 }
        $1 == "A/A" { same++; wrong += $4 == "different" }
        $1 == "A/B" { unlike++; found += $4 == "different" && $5 > 1 }
        END {
            printf "  false \"different\"  %s\n", rate(wrong, same)
            printf "  3 %% found          %s\n", rate(found, unlike)
            printf "  intervals hold     %s\n", rate(held, runs)
        }' "$scratch/all"
}

labelled=threads
"$drive" check --aa --dry-run -e threads >"$scratch/out" 2>&1 ||
    labelled=processes
: >"$scratch/all"
for ((i = 0; i < sessions; i++)); do
    others=alone
    ((i % 2)) && others=neighbour
    [ $others = alone ] || invite
    session A/A 1 $others same
    session A/B 1.03 $others unlike
    dismiss
done

printf '\nalone\n'
figures alone
printf 'with a neighbour\n'
figures neighbour
printf 'all\n'
figures .
