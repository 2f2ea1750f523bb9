#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# drive scale: points, what is held constant, the table, and job scripts.

load helper

# Quick and small; times do not matter here.
scale() {
    succeed scale null -P delay=0.0005 -b 6 -e serial,threads,processes "$@"
}

# The numbers of workers of the record's comparisons, in the order measured.
order_of() {
    jq -c 'select(.t == "plan").workers' "$1" | tr '\n' ' '
}

@test "what cannot scale is refused in one line" {
    refuses 2 '--mode strong' scale null
    refuses 2 'strong or weak' scale null --mode divide
    refuses 2 'smallest, self or serial' scale null --mode weak --base first
    refuses 2 '--mode weak' scale square --mode strong
    refuses 2 'bringing workers to life' scale spawn --mode weak
    refuses 2 'no weak scaling' scale share --mode weak
    refuses 2 'nothing scales' scale null --mode weak -e serial
    refuses 2 'leaves serial out' scale null --mode weak -e threads --base serial
    refuses 2 '2 problems' scale null --mode weak -P delay=0,1
    refuses 2 'unknown kernel' scale nul --mode weak
    refuses 2 'drive scale' null --mode strong
    refuses 2 'want a larger n' scale matmul --mode weak -P n=4 -n 1,2
    refuses 2 'grows to' scale matmul --mode weak -P n=10^9 -n 1,2
    refuses 2 'launches' scale null --mode weak --launches 3
}

@test "a study: a table of each executor and one record of all points" {
    scale --mode weak -n 1,2
    has "$output" 'weak scaling of null over 1 to 2 workers'
    has "$output" 'work of each worker is held'
    lines_with "$output" '^threads$' 1
    lines_with "$output" '^processes$' 1
    lines_with "$output" '^ +workers +median' 0
    lines_with "$output" '^workers +median' 2
    lines_with "$output" '^SCALING ' 1
    record_says 'map(select(.t == "plan")) | length == 2'
    record_says '.[0].study.scaling == "weak" and .[0].study.base == "smallest"
        and .[0].study.comparisons == 2'
    record_says '.[0].command_line | contains("--mode weak")'
    succeed_quietly check "$(record)"
}

@test "no line has more than 80 columns" {
    scale --mode weak -n "1,2,$(a_crowd)"
    [ "$(awk 'length > 80' <<<"$output")" = '' ]
}

@test "few points: the table, no law, and why" {
    scale --mode weak -n 1,2
    has "$stderr" '-n asks for no more'
    lines_with "$output" '^law +none is fitted: fewer than 5 points' 2
}

@test "points come in random order, the same for a seed" {
    need threads
    for seed in 1 2 3 4 5 6; do
        scale --mode weak -n 1,2,3,4 -b 1 --warmups 0 --seed $seed -q \
            -e threads -o $seed.jsonl
        order_of $seed.jsonl >>orders
        echo >>orders
    done
    [ "$(sort -u orders | wc -l)" -gt 2 ]
    scale --mode weak -n 4,3,2,1 -b 1 --warmups 0 --seed 3 -q -e threads \
        -o again.jsonl
    [ "$(order_of again.jsonl)" = "$(order_of 3.jsonl)" ]
}

@test "a count that is asked for twice is one point" {
    scale --mode weak -n 1,1,2,1 -q
    record_says 'map(select(.t == "plan")) | length == 2'
}

@test "a crowd is shown, marked, and no point of a law" {
    local crowd
    crowd=$(a_crowd)
    scale --mode weak -n "1,$crowd"
    lines_with "$output" "^ +$crowd\\*" 2
    has "$output" 'more workers than places'
}

@test "weak scaling grows the problem: as much work for each worker" {
    succeed scale matmul --mode weak -P n=64 -n 1,2 -b 2 -e serial,threads -q
    record_says 'map(select(.t == "plan") | {(.workers | tostring): .params.n})
        | add == {"1": 64, "2": 81}'
    record_says 'map(select(.t == "plan" and .workers == 2).executors[].executor)
        == ["threads"]'
    record_says 'map(select(.t == "plan" and .workers == 1).executors[].executor)
        == ["serial", "threads"]'
}

@test "strong scaling divides one problem" {
    succeed scale matmul --mode strong -P n=64 -n 1,2 -b 2 -q
    record_says 'map(select(.t == "plan")) | map(.params.n) | unique == [64]'
    record_says 'map(select(.t == "plan").mode) | unique == ["divide"]'
}

@test "bases" {
    succeed scale matmul --mode strong -P n=64 -n 2 -b 6 -e serial,threads \
        --base serial
    has "$output" 'serial kernel, in the same blocks'
    lines_with "$output" ' base ' 0
    succeed scale matmul --mode strong -P n=64 -n 2 -b 6 -e threads --base self
    has "$output" 'not measured with one worker'
}

@test "--json is one document, the table is on stderr" {
    scale --mode weak -n 1,2 --json
    jq -e '.scaling == "weak" and .base == "smallest" and
        (.curves | map(.executor) == ["threads", "processes"]) and
        (.curves[0].points | map(.workers) == [1, 2]) and
        (.curves[0].points[0].efficiency == 1) and
        (.curves[0].best == null) and (.curves[0].why | contains("5 points"))' \
        <<<"$output"
    has "$stderr" 'SCALING'
    jq -e --arg file "$(record)" '.file == $file' <<<"$output"
}

@test "records that are there become a table, of several launches too" {
    scale --mode weak -n 1 -q -o a.jsonl
    scale --mode weak -n 2 -q -o b.jsonl
    scale --mode weak -n 2 -q -o c.jsonl
    succeed_quietly scale a.jsonl b.jsonl c.jsonl
    has "$output" 'over 1 to 2 workers'
    succeed scale --json ./a.jsonl ./b.jsonl ./c.jsonl
    jq -e '.curves[0].points | map(.trials) == [6, 12]' <<<"$output"
}

# As a machine with five cores would have written it.
@test "five points with places of their own: laws, and what they do not say" {
    scale --mode weak -n 1,2,3,4,5 -q -o a.jsonl
    jq -c 'select(.t != "end") |
        if .t == "plan" then .crowded = false else . end' \
        a.jsonl >b.spoilt.jsonl
    succeed_quietly scale ./b.spoilt.jsonl
    lines_with "$output" '^law > ' 2
    lines_with "$output" '^law ' 6
    lines_with "$output" '^ahead ' 2
    has "$output" Gustafson
    [ "$(awk 'length > 80' <<<"$output")" = '' ]
}

@test "records of no study want a mode, those of two do not mix" {
    succeed null -b 2 -n 1 -e serial,threads -q -o a.jsonl
    fails_with 2 scale a.jsonl
    one_line_with '--mode'
    succeed triad -P n=1000 -b 2 -n 1 -e serial,threads -q -o b.jsonl
    fails_with 2 scale a.jsonl b.jsonl --mode strong
    one_line_with triad
    fails_with 2 scale ./nowhere.jsonl
    one_line_with nowhere.jsonl
}

@test "--dry-run shows the points and runs nothing" {
    succeed scale null --mode weak -n 1,2 --dry-run
    lines_with "$output" 'over [12] worker' 2
    [ ! -e results ]
}

# -- job scripts ------------------------------------------------------------------

@test "--emit-slurm: core-hours first, then scripts that are in order" {
    succeed_quietly scale null --mode weak --emit-slurm 1,2,4 -n 12 \
        --launches 3 --budget 60 -P delay=0.001
    [[ ${lines[0]} == 'at most '*' core-hours: 3 jobs of up to 6 min, 3 launches'* ]]
    # 7 nodes x 12 workers x 3 launches x 0.1 h
    has "${lines[0]}" 'at most 25.2'
    for file in job-1.sbatch job-2.sbatch job-4.sbatch report.sbatch submit.sh; do
        bash -n "scale-null-weak/$file"
    done
    grep -q -- '--nodes=4$' scale-null-weak/job-4.sbatch
    grep -q -- '-n 48 ' scale-null-weak/job-4.sbatch
    grep -q -- '--array=1-3$' scale-null-weak/job-4.sbatch
    grep -q -- '--signal=B:USR1@60$' scale-null-weak/job-4.sbatch
    grep -q 'srun --mpi=pmix --cpus-per-task=' scale-null-weak/job-4.sbatch
    run -1 grep -n '@[A-Z_]\+@' scale-null-weak/*
    if command -v shellcheck; then shellcheck scale-null-weak/*; fi
    fails_with 2 scale null --mode weak --emit-slurm 1,2,4 -n 12
    one_line_with 'File exists'
}

@test "--emit-slurm with mpirun, in a folder of one's own" {
    succeed scale null --mode weak --emit-slurm 2 -n 4 -o mine \
        --launcher 'mpirun'
    grep -qx 'launch=(mpirun)' mine/job-2.sbatch
    fails_with 2 scale null --mode weak --emit-slurm 2 -n 1,2
    one_line_with 'workers of a node'
    fails_with 2 scale null --mode strong --emit-slurm 1,2 -n 2 -e threads
    one_line_with '--emit-slurm 1,2: -e threads stays on one node'
    [ ! -e scale-null-strong ]
    fails_with 2 scale null --mode weak --emit-slurm two
    one_line_with two
}

# A batch system that knows no more than these scripts ask of it.
fake_slurm() {
    mkdir bin
    cat >bin/srun <<'END'
#!/bin/bash
while [[ $1 == --* ]]; do shift; done
exec "$@"
END
    cat >bin/scontrol <<'END'
#!/bin/bash
echo "$*" >>"$REQUEUED"
END
    cat >bin/sbatch <<'END'
#!/bin/bash
echo "$*" >>"$SUBMITTED"
wc -l <"$SUBMITTED"
END
    chmod +x bin/*
    export PATH=$PWD/bin:$PATH REQUEUED=$PWD/requeued SUBMITTED=$PWD/submitted
    export SLURM_CPUS_PER_TASK=1 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_JOB_ID=7
    export SLURMD_NODENAME=n1 SLURM_JOB_NUM_NODES=1 SLURM_JOB_NODELIST=n1
}

@test "the chain is submitted in full, the report waits for all" {
    fake_slurm
    succeed scale null --mode weak --emit-slurm 1,2,4 -n 1
    run -0 bash scale-null-weak/submit.sh --partition=short
    has "$output" 'core-hours'
    [ "$(grep -c -- '--partition=short job-[124].sbatch$' submitted)" -eq 3 ]
    tail -n 1 submitted | grep -q -- '--dependency=afterany:1:2:3 .*report'
}

@test "a job that is told to end is requeued, and goes on where it was" {
    fake_slurm
    succeed scale null --mode weak --emit-slurm 1 -n 1 -b 60 -P delay=0.02 \
        -e serial,threads
    mv scale-null-weak results # where the record is looked for
    start env -C results bash job-1.sbatch
    within 20 grep -q '"warmup":false' results/null-weak-1-1-n1.jsonl
    kill -USR1 "$session"
    finish
    [ "$status" -eq 138 ]
    # The same nodes again.
    [ "$(cat "$REQUEUED")" = 'requeue 7_1
update JobId=7_1 ReqNodeList=n1' ]
    run -0 env -C results bash job-1.sbatch
    closed_as complete
    record_says 'map(select(.t == "trial" and (.warmup or .late | not))) |
        group_by(.executor) | map(map(.block) == [range(60)]) | all'
    [ "$(wc -l <"$REQUEUED")" -eq 2 ]
}

@test "a job elsewhere begins a record of its own, and one without trials anew" {
    fake_slurm
    succeed scale null --mode weak --emit-slurm 1,2 -n 1 -b 2 -e threads
    mv scale-null-weak results
    echo '{"t":"run"' >results/null-weak-1-1-n1.jsonl
    run -0 env -C results bash job-1.sbatch
    closed_as complete
    run -0 env -C results SLURMD_NODENAME=n2 bash job-1.sbatch
    [ "$(echo results/*.jsonl)" = \
        'results/null-weak-1-1-n1.jsonl results/null-weak-1-1-n2.jsonl' ]
    # The first node may be the same where others are not.
    for nodes in 'n[1-2]' 'n[1,3]'; do
        run -0 env -C results SLURM_JOB_NUM_NODES=2 \
            SLURM_JOB_NODELIST="$nodes" bash job-2.sbatch
    done
    [ "$(find results -name 'null-weak-2-1-n1-[0-9]*.jsonl' | wc -l)" -eq 2 ]
    # Nothing was measured there.
    echo '{"t":"run"' >results/none.jsonl
    run -0 env -C results bash report.sbatch
    has "$output" SCALING
    rm results/none.jsonl
}
