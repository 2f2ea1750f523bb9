#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Jobs that end before they are done: nothing measured is lost, nothing is
# measured twice, nobody is left.
export NODES=4
load helper

# Longer than Slurm takes to look at time limits, which is half a minute: 40
# blocks of four executors.
long="null -P delay=0.25 -b 40"

# The job that meets its time limit takes longer than all others together, most
# of it for waiting: it is sent to a node of its own first and looked at last.
setup_file() {
    start_cluster
    [ -z "$why" ] && [ "$HAVE_RESUME" -gt 0 ] || return 0
    mkdir "$CLUSTER/home/limit"
    cd "$CLUSTER/home/limit" || return 1
    WHERE=$PWD submit KERNEL="$long" --time=1 --partition=aside --nodelist=n4 \
        "$SCRIPTS/compare.sbatch"
    echo "$JOB" >job
}

# How often Slurm has started the job anew.
restarts() {
    job_field "$1" Restarts
}

restarted() {
    [ "$(restarts "$1")" -gt 0 ]
}

@test "scancel: a record that can be read, and nobody left" {
    submit KERNEL="$long" "$SCRIPTS/compare.sbatch"
    within 30 compared 8
    cluster run scancel "$JOB"
    await "$JOB" 30
    [ "$(job_field "$JOB" JobState)" = CANCELLED ]
    record_is_readable
    record_says '.[-1].t == "end" and (.[-1].why | test("signal|interrupted"))'
    within 5 no_drives
    for k in 1 2 3; do
        [ -z "$(cluster node $k find /dev/shm -name '*drive*')" ]
    done
}

@test "qualify.sbatch: a node that dies is a result" {
    submit KERNEL="null -P delay=0.2 -b 10" --nodes=3 --no-requeue \
        "$SCRIPTS/qualify.sbatch"
    for node in n1 n2 n3; do
        within 30 has_trials "results/qualify-$JOB/$node.jsonl" 4
    done
    # Not the one that the script itself is on.
    cluster off 3
    await "$JOB" 90
    cluster on 3
    has "$(cat ./*.out)" 'no whole record from n3'
    lines_with "$(cat ./*.out)" '^n[12] ' 2
    jq -es '.[-1].why == "complete"' "results/qualify-$JOB/n2.jsonl"
    mv "results/qualify-$JOB"/n3{,.spoilt}.jsonl
}

# A stand-in for drive works until USR1 comes; the script is told by Slurm.
passes_on() {
    local launcher=$1 script array
    shift
    for script in "$@"; do
        array=()
        [ "$script" != launches ] || array=(--array=1)
        submit DRIVE="$STAND_IN" LAUNCHER="$launcher" --nodes=1 \
            "${array[@]}" "$SCRIPTS/$script.sbatch"
        echo "$JOB" >"$script.job"
    done
    for script in "$@"; do
        JOB=$(cat "$script.job")
        within 20 works "$script"
        cluster run scancel --batch --signal=USR1 "$JOB"
    done
    for script in "$@"; do
        JOB=$(cat "$script.job")
        within 30 grep 'done' "$(record_of "$script").1"
        await "$JOB" 20
        went_on "$(record_of "$script")"
    done
}

# Both ranks are at it.
works() {
    [ -e "$(record_of "$1").0" ] && [ -e "$(record_of "$1").1" ]
}

went_on() {
    local rank
    for rank in 0 1; do
        lines_with "$(cat "$1.$rank")" '^warned$' 1
        has "$(sed -n 1p "$1.$rank")" "--output $1"
        has "$(sed -n 3p "$1.$rank")" "--resume $1"
        has_not "$(cat "$1.$rank")" forgotten
    done
    rm "$1"
}

@test "scripts pass USR1 on, queue again and go on: srun" {
    passes_on srun compare strong weak
}

@test "scripts pass USR1 on, queue again and go on: mpirun" {
    passes_on mpirun compare launches
}

@test "a node that dies in mid-job: the job goes on from its record" {
    wants "$HAVE_RESUME" --resume
    submit KERNEL="null -P delay=0.1 -b 15" --nodelist=n2 \
        "$SCRIPTS/compare.sbatch"
    within 30 compared 20
    cluster off 2
    # Slurm notices when the node has been silent for long enough.
    within 60 restarted "$JOB"
    cluster on 2
    await "$JOB" 120
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    closed_as complete
    no_trial_lost_or_doubled "$(record_of compare)"
}

@test "one of two nodes dies in mid-job: the record of the rest is readable" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    submit KERNEL="$long -e ranks" --nodes=2 --nodelist=n1,n2 --no-requeue \
        "$SCRIPTS/compare.sbatch"
    within 30 compared 4
    cluster off 2
    await "$JOB" 90
    cluster on 2
    record_is_readable
    has_trials "$(record_of compare)" 4
    within 5 no_drives
}

@test "a task of an array queues again alone, even the one with the array's id" {
    submit DRIVE="$STAND_IN" --nodes=1 --array=1-2 "$SCRIPTS/launches.sbatch"
    folder=results/launches-$JOB
    within 20 find_two "$folder"
    cluster run scancel --batch --signal=USR1 "${JOB}_2"
    within 30 grep 'done' "$folder"/2-n?.jsonl.1
    [ "$(restarts "${JOB}_1")" -eq 0 ]
    [ "$(restarts "${JOB}_2")" -eq 1 ]
    cluster run scancel "$JOB"
    await "$JOB" 30
    rm -r "$folder"
}

find_two() {
    [ "$(find "$1" -name '[12]-n?.jsonl.1' | wc -l)" -eq 2 ]
}

emitted() {
    has_trials "$(echo scale-null-strong/*.jsonl)" "$1"
}

@test "emitted chain, USR1: its job goes on where it was, then the report" {
    wants "$HAVE_SCALE" 'drive scale'
    cluster run "$DRIVE" scale null -P delay=0.1 -b 25 --mode strong \
        -e threads,ranks --emit-slurm 2 -n 1 --launches 1
    cluster run bash scale-null-strong/submit.sh >submitted
    report=$(sed -n '$s/.* //p' submitted)
    job=$((report - 1))_1
    within 30 emitted 8
    record=$(echo scale-null-strong/*.jsonl)
    nodes=$(job_field "$job" NodeList)
    cluster run scancel --batch --signal=USR1 "$job"
    within 20 job_is "$job" PENDING
    # Somebody is on one of its nodes when it may run again; the third is free.
    first=n${nodes//[^0-9]/}
    submit --exclusive --nodelist="${first:0:2}" --wrap 'sleep 9'
    await "$report" 120
    [ "$(restarts "$job")" -eq 1 ]
    [ "$(job_field "$job" NodeList)" = "$nodes" ]
    [ "$(echo scale-null-strong/*.jsonl)" = "$record" ]
    jq -es '.[-1].why == "complete" and
        (map(select(.t == "resume")) | length == 1)' "$record"
    no_trial_lost_or_doubled "$record"
    jq -es '[.[] | select(.t == "trial" and (.warmup | not) and (.late | not)
        and .executor == "ranks")] | length == 25' "$record"
    has "$(cat scale-null-strong/*report.log)" SCALING
}

@test "USR1 before the time limit, requeue, resume: no trial lost or doubled" {
    wants "$HAVE_RESUME" --resume
    cd "$CLUSTER/home/limit" || return 1
    export WHERE=$PWD
    JOB=$(cat job)
    within 90 restarted "$JOB"
    # It ended in order.
    record_is_readable
    before=$(trials "$(record_of compare)")
    [ "$before" -gt 0 ]
    await "$JOB" 200
    [ "$(job_field "$JOB" JobState)" = COMPLETED ]
    [ "$(restarts "$JOB")" -ge 1 ]
    closed_as complete
    no_trial_lost_or_doubled "$(record_of compare)"
    record_says '[.[] | select(.t == "trial" and (.warmup | not)
        and (.late | not) and .executor == "ranks")] | length == 40'
    succeed check "$(record_of compare)"
}
