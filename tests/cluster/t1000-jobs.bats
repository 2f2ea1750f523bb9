#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The job scripts do what they say, by sbatch on real nodes.
load helper

short="-b 3 -P delay=0.002"

@test "compare.sbatch compares all executors, started by srun" {
    submit KERNEL="null $short" "$SCRIPTS/compare.sbatch"
    await "$JOB" 60
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    closed_as complete
    record_says '[.[] | select(.t == "plan").executors[].executor]
        == ["serial", "threads", "processes", "ranks"]'
    record_says '.[0].ranks == 2'
    [ "$(hosts_in results/*.jsonl)" = "$(job_field "$JOB" BatchHost)" ]
}

@test "compare.sbatch compares all executors, started by mpirun" {
    submit KERNEL="null $short" LAUNCHER=mpirun "$SCRIPTS/compare.sbatch"
    await "$JOB" 60
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    closed_as complete
    record_says '.[0].ranks == 2'
    has_not "$(cat ./*.out)" 'drive: note'
}

@test "a job that fails says so to Slurm" {
    submit KERNEL="null -P fault=wrong $short" "$SCRIPTS/compare.sbatch"
    await "$JOB" 60
    [ "$(job_field "$JOB" JobState)" = FAILED ]
    [ "$(job_field "$JOB" ExitCode)" = 3:0 ]
}

@test "launches.sbatch makes a record for each task of the array" {
    submit KERNEL="null $short" --array=1-3 "$SCRIPTS/launches.sbatch"
    await "$JOB" 60
    folder=results/launches-$JOB
    [ "$(find "$folder" -name '[123]-n[123].jsonl' | wc -l)" -eq 3 ]
    for file in "$folder"/*; do
        jq -es '.[-1].why == "complete"' "$file"
    done
    [ "$(jq -r 'select(.t == "run").run' "$folder"/* | sort -u | wc -l)" -eq 3 ]
    succeed compare --history "$folder"
}

@test "a chain of jobs: two arrays, and a comparison that depends on both" {
    submit KERNEL="null $short" --array=1-2 "$SCRIPTS/launches.sbatch"
    old=$JOB
    submit KERNEL="null -b 3 -P delay=0.2 -e serial" --array=1-2 \
        --dependency="afterok:$old" "$SCRIPTS/launches.sbatch"
    new=$JOB
    submit --dependency="afterok:$new" --output=changes.out \
        --wrap "$DRIVE compare --across-hosts results/launches-$old results/launches-$new"
    job_is "$new" PENDING
    await "$JOB" 90
    has "$(cat changes.out)" VERDICT
    [ "$(find "results/launches-$new" -name "*.jsonl" | wc -l)" -eq 2 ]
}

@test "qualify.sbatch measures every node and ranks them" {
    submit KERNEL="null $short" --nodes=3 "$SCRIPTS/qualify.sbatch"
    await "$JOB" 60
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    for node in n1 n2 n3; do
        [ "$(hosts_in "results/qualify-$JOB/$node.jsonl")" = "$node" ]
        has "$(cat ./*.out)" "$node"
    done
    has "$(cat ./*.out)" 'VERDICT'
    has_not "$(cat ./*.out)" 'no whole record'
}

@test "qualify.sbatch works with mpirun, too" {
    submit KERNEL="null $short" LAUNCHER=mpirun --nodes=3 \
        "$SCRIPTS/qualify.sbatch"
    await "$JOB" 60
    for node in n1 n2 n3; do
        [ "$(hosts_in "results/qualify-$JOB/$node.jsonl")" = "$node" ]
        jq -es '.[0].ranks == 2' "results/qualify-$JOB/$node.jsonl"
    done
}

@test "ranks on several nodes: their hosts are in the record" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    submit KERNEL="matmul -P n=256 -b 3" --nodes=3 "$SCRIPTS/compare.sbatch"
    await "$JOB" 90
    closed_as complete
    [ "$(hosts_in results/*.jsonl)" = "n1 n2 n3" ]
}

@test "ranks on several nodes: messages go over the network" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    for launcher in srun mpirun; do
        before=$(received 2)
        submit KERNEL="matmul -e ranks -P n=512 -b 3" LAUNCHER=$launcher \
            --nodes=2 --nodelist=n1,n2 "$SCRIPTS/compare.sbatch"
        await "$JOB" 90
        # Of each matrix, 2 MiB, a half is wanted on the other node.
        [ $(($(received 2) - before)) -gt 3000000 ]
    done
}

@test "ranks and threads together: threads inside of nodes, ranks between" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    need hybrid
    submit KERNEL="matmul -e ranks,hybrid --ranks-per node -P n=256 -b 3" \
        --nodes=2 "$SCRIPTS/compare.sbatch"
    await "$JOB" 90
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    closed_as complete
    [ "$(hosts_in results/*.jsonl)" = "n1 n2" ]
    record_says 'map(select(.t == "place" and .executor == "hybrid"))[-1].workers
        | map([.node, .rank, .thread])
        == [[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]]'
    record_says 'map(select(.t == "trial")) | all(.wrong | not) and
        (map(.checksum) | unique | length == 1)'
}

# Submits a study in each mode over $1 nodes.
scales() {
    local mode
    wants "$HAVE_SCALE" 'drive scale'
    for mode in strong weak; do
        submit KERNEL="null -P delay=0.005 -b 3" --nodes="$1" \
            "$SCRIPTS/$mode.sbatch"
        await "$JOB" 120
        [ "$(job_field "$JOB" JobState)" = COMPLETED ]
        has "$(cat "drive-$mode-$JOB.out")" SCALING
        jq -es '.[-1].why == "complete"' "$(record_of "$mode")"
    done
}

@test "strong.sbatch and weak.sbatch end in a table of scaling" {
    scales 1
}

@test "strong.sbatch and weak.sbatch over three nodes" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    scales 3
}

# Submits the study that drive has written: a job for each number of nodes in
# $1, and one that reports when all are done.
chains() {
    wants "$HAVE_SCALE" 'drive scale'
    cluster run "$DRIVE" scale null -P delay=0.005 -b 3 --mode strong \
        --emit-slurm "$1" -n 2 --launches 2 >emitted
    has "$(cat emitted)" core-hours
    cluster run bash scale-null-strong/submit.sh >submitted
    JOB=$(tail -n 1 submitted)
    JOB=${JOB##* }
    await "$JOB" 120
    for nodes in ${1//,/ }; do
        for launch in 1 2; do
            jq -es '.[-1].why == "complete"' \
                "scale-null-strong/null-strong-$nodes-$launch"-n[123]*.jsonl
        done
    done
    has "$(cat scale-null-strong/*report.log)" SCALING
}

@test "scale --emit-slurm: a chain of jobs on one node, and its report" {
    chains 1
}

@test "scale --emit-slurm: a chain of jobs over nodes, and its report" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    chains 1,2,3
}
