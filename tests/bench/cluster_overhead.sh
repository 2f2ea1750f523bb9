#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What of a job's wall time does the suite take for itself?
#
#     tests/bench/cluster_overhead.sh [ROUNDS [BUDGET [KERNEL]]]
#
# Three studies of BUDGET seconds (60) each round (3): KERNEL (matmul) divided
# and replicated over the four nodes of a virtual cluster, two ranks each, as
# the shipped job script runs it, and `mpirun -np 2` on this machine alone.
#
# Outside kernels is all of the wall time, from the first line of the job's
# script to its last, during which no worker of a trial is in setup, reset,
# step or verify; trials that warm up or started late count as kernel, for they
# are the same work. The record's summary tells (`account`), by stamps of all
# workers on one clock; what is outside is made of
#
#     launch   srun or mpirun, MPI_Init, nodes that find each other
#     bounds   what the seats can do is measured
#     teams    workers come to life and end
#     gates    all are ready and none has started: the start window
#     orders   words to the workers and reports from them
#     between  evidence, lines of the record, verdicts between trials
#     report   around the comparison: host, calibration, the printed result
#     leave    MPI_Finalize, the launcher's end
#
# Root is needed, jq, and what tests/cluster/cluster.sh needs. DRIVE names the
# program. It is a benchmark: the exit code does not depend on a number.
set -eu

rounds=${1:-3} budget=${2:-60} kernel=${3:-matmul}
nodes=4 ranks=2
sources=$(realpath "$(dirname "$0")/../..")
DRIVE=$(realpath "${DRIVE:-$sources/build/release/drive}")
here=$(mktemp -d)
CLUSTER=''
export DRIVE CLUSTER OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

cluster() {
    "$sources/tests/cluster/cluster.sh" "$@"
}

clean() {
    [ -z "$CLUSTER" ] || cluster down
    rm -rf "$here"
}
trap clean EXIT
trap 'exit 130' INT TERM

# The clock of the record, in seconds: no machine sleeps during this.
now='cut -d" " -f1 /proc/uptime'

# Runs what follows in a folder of its own, its first and last moment beside
# its record.
write_job() {
    mkdir -p "$1"
    printf '%s\n' '#!/bin/bash' "$now >began" "${@:2}" 'code=$?' \
        "$now >ended" "exit \$code" >"$1/job"
}

# One job over all nodes, in the folder; precision does not end it.
run_job() {
    local job
    WHERE=$1 cluster run env "DRIVE=$DRIVE" \
        "KERNEL=$kernel -m $2 --budget $budget --precision 0.01" \
        sbatch --nodes=$nodes --ntasks-per-node=$ranks --exclusive \
        --output=out --parsable job >"$1/number"
    job=$(cat "$1/number")
    while [ -n "$(cluster run squeue -h -j "$job" 2>/dev/null)" ]; do
        sleep 0.5
    done
}

# Percent outside kernels, wall time, and the parts in percent of it.
judge() {
    local record
    record=$(find "$1" -name '*.jsonl')
    if [ ! -s "$1/ended" ] || [ ! -s "$record" ]; then
        echo 'failed:'
        tail -n 20 "$1/out"
        return
    fi
    jq -rs --argjson began "$(cat "$1/began")" \
        --argjson ended "$(cat "$1/ended")" '
        (map(select(.t == "summary"))[0].account | map_values(. / 1e9)) as $a
        | (.[0].clock_ns / 1e9) as $run | (.[-1].clock_ns / 1e9) as $closed
        | ($ended - $began) as $wall
        | [($wall - $a.kernel_ns) / $wall * 100, $wall] +
          ([$run - $began, $a.bounds_ns, $a.teams_ns, $a.gates_ns, $a.orders_ns,
            $a.total_ns - ($a | .bounds_ns + .teams_ns + .gates_ns + .orders_ns
                                + .kernel_ns),
            $closed - $run - $a.total_ns, $ended - $closed]
           | map(. / $wall * 100))
        | map(. * 100 | round / 100) | @tsv' "$record" | tee -a "$1.rows"
}

# The median of the rounds, and the extremes.
conclude() {
    sort -n "$1.rows" 2>/dev/null | cut -f 1 | awk -v what="$2" '
        { x[NR] = $1 }
        END { if (NR) printf "%-38s %5.1f %%  [%.1f, %.1f]\n", what,
                  (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2, x[1], x[NR] }'
}

main() {
    local began=$EPOCHREALTIME round mode folder
    CLUSTER=$(cluster up $nodes)
    echo "$began $EPOCHREALTIME" |
        awk '{ printf "bring-up of %d nodes: %.1f s\n", '$nodes', $2 - $1 }'
    printf 'outside %%\twall s\tlaunch\tbounds\tteams\tgates\torders\tbetween'
    printf '\treport\tleave\n'
    for round in $(seq "$rounds"); do
        for mode in divide replicate; do
            folder=$CLUSTER/home/$mode$round
            write_job "$folder" "bash '$sources/jobscripts/compare.sbatch'"
            run_job "$folder" $mode
            judge "$folder"
            cat "$folder.rows" >>"$here/$mode.rows" 2>/dev/null || true
        done
        folder=$here/alone$round
        write_job "$folder" \
            "mpirun -np 2 '$DRIVE' $kernel --budget $budget --precision 0.01"
        (cd "$folder" && bash ./job >out 2>&1) || true
        judge "$folder"
        cat "$folder.rows" >>"$here/alone.rows" 2>/dev/null || true
    done
    conclude "$here/divide" "divided, $nodes nodes of $ranks ranks"
    conclude "$here/replicate" "replicated, $nodes nodes of $ranks ranks"
    conclude "$here/alone" 'mpirun -np 2 on this machine'
}

main
