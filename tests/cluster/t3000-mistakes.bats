#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What goes wrong in jobs is said in one line, with what would mend it, and
# nothing that was measured is lost.
load helper

short="null -b 2 -P delay=0.001 --no-record"

# A job of one line, with sbatch's options before; what it prints is in ./out.
job_of() {
    submit "${@:1:$#-1}" --output=out --wrap "${!#}"
    await "$JOB" 60
}

notes() {
    lines_with "$(cat out)" '^drive: ' "$1"
}

@test "tasks that know nothing of each other are refused, by one of them" {
    job_of -N 2 --ntasks-per-node=2 "srun --mpi=none $DRIVE $short"
    notes 1
    has "$(cat out)" 'srun started 4 tasks that know nothing of each other'
    has "$(cat out)" 'srun --mpi=pmix'
    has "$(cat out)" 'Exited with exit code 6'
    has_not "$(cat out)" VERDICT
}

@test "one task without PMI is all there is, and runs" {
    job_of -n 1 "srun --mpi=none $DRIVE $short"
    notes 0
    has "$(cat out)" VERDICT
}

@test "commands that start no teams do not mind" {
    job_of -n 2 "srun --mpi=none $DRIVE version"
    notes 0
    lines_with "$(cat out)" '^drive ' 2
}

@test "fewer CPUs than --cpus-per-task: said, and what srun wants" {
    bound
    job_of -n 1 -c 2 "srun --exact --mpi=pmix $DRIVE $short"
    notes 1
    has "$(cat out)" 'has 1 of the 2 CPUs of --cpus-per-task'
    has "$(cat out)" '--cpus-per-task=2'
    has "$(cat out)" 'to srun'
    has "$(cat out)" VERDICT
}

@test "as many CPUs as --cpus-per-task: nothing to say" {
    job_of -n 1 -c 2 "srun --cpus-per-task=2 --mpi=pmix $DRIVE $short"
    notes 0
}

@test "mpirun binds to one CPU of several: said, and what it wants" {
    bound
    job_of -n 1 -c 2 "mpirun --bind-to core $DRIVE $short"
    notes 1
    has "$(cat out)" '--map-by slot:PE=2'
    job_of -n 1 -c 2 "mpirun --map-by slot:PE=2 $DRIVE $short"
    notes 0
}

# Only where a node's CPUs are real can tasks be bound to them.
bound() {
    grep -q task/affinity "$CLUSTER/slurm.conf" ||
        skip 'fewer CPUs here than a node of the cluster claims'
}

@test "fewer ranks than tasks: said" {
    job_of -n 2 -N 1 "mpirun -np 1 $DRIVE $short"
    notes 1
    has "$(cat out)" '1 ranks in a job of 2 tasks: '
    has "$(cat out)" '-np 2'
}

@test "on one node of several, without a launcher: said" {
    job_of -N 2 --ntasks-per-node=2 "$DRIVE $short -e serial,threads"
    notes 1
    has "$(cat out)" 'on one of the 2 nodes of the job'
    job_of -N 1 --ntasks-per-node=2 "$DRIVE $short -e serial,threads"
    notes 0
}

@test "-q says nothing of that" {
    job_of -N 2 --ntasks-per-node=2 "$DRIVE $short -q -e serial,threads"
    notes 0
}

@test "a node that lacks the folder: said, with both names" {
    mkdir partly
    cluster node 2 mount -t tmpfs -o size=1m tmpfs "$WHERE/partly"
    mkdir partly/here
    out=$PWD/out
    WHERE=$WHERE/partly/here submit --nodelist=n2 -n 1 --output="$out" \
        --wrap "srun --mpi=pmix $DRIVE $short -e serial,threads"
    await "$JOB" 60
    cluster node 2 umount "$WHERE/partly"
    notes 1
    has "$(cat out)" "n2 has no '$WHERE/partly/here'"
    has "$(cat out)" "writes below '/tmp'"
    has "$(cat out)" VERDICT
}

@test "the disk of rank 0 is full: said once, what was measured is kept" {
    mkdir full
    cluster node 1 mount -t tmpfs -o size=64k tmpfs "$WHERE/full"
    job_of --nodelist=n1 -n 2 "cd full
        srun --mpi=pmix $DRIVE null -b 200 -P delay=0.001 -o a.spoilt.jsonl
        cp a.spoilt.jsonl $WHERE"
    cluster node 1 umount "$WHERE/full"
    notes 1
    has "$(cat out)" "cannot write to 'a.spoilt.jsonl'"
    has "$(cat out)" 'make room, or write elsewhere with -o'
    has "$(cat out)" 'No space left on device'
    kept=$(trials a.spoilt.jsonl)
    [ "$kept" -gt 10 ]
    has "$(cat out)" "of which $kept trials are kept"
    jq -es 'all(type == "object")' a.spoilt.jsonl
    succeed check a.spoilt.jsonl
}

@test "the disk of rank 0 of several nodes is full: kept, and gone on with" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    mkdir full
    cluster node 1 mount -t tmpfs -o size=64k tmpfs "$WHERE/full"
    job="null -b 200 -P delay=0.001 --warmups 1 -e serial,ranks"
    job_of --nodelist=n1,n2 -N 2 --ntasks-per-node=1 "
        srun --mpi=pmix $DRIVE $job -o $WHERE/full/a.spoilt.jsonl
        cp full/a.spoilt.jsonl b.jsonl"
    cluster node 1 umount "$WHERE/full"
    notes 1
    has "$(cat out)" 'make room, or write elsewhere with -o'
    cp b.jsonl a.spoilt.jsonl
    kept=$(trials a.spoilt.jsonl)
    [ "$kept" -gt 10 ]
    job_of --nodelist=n1,n2 -N 2 --ntasks-per-node=1 \
        "srun --mpi=pmix $DRIVE $job --resume b.jsonl"
    jq -es '.[-1].why == "complete"' b.jsonl
    no_trial_lost_or_doubled b.jsonl
    # All that was whole is there still.
    [ "$(head -n "$kept" a.spoilt.jsonl)" = "$(head -n "$kept" b.jsonl)" ]
}

@test "a node of several lacks the folder: rank 0 alone writes, nothing is lost" {
    wants "$HAVE_NODES" 'ranks on several nodes'
    mkdir partly
    cluster node 2 mount -t tmpfs -o size=1m tmpfs "$WHERE/partly"
    mkdir partly/here
    WHERE=$WHERE/partly/here submit --nodelist=n1,n2 -N 2 --ntasks-per-node=1 \
        --output="$PWD/out" \
        --wrap "srun --mpi=pmix $DRIVE null -b 3 -P delay=0.001 -e serial,ranks"
    await "$JOB" 60
    cluster node 2 umount "$WHERE/partly"
    # Slurm says so itself, of its step.
    has "$(cat out)" 'slurmstepd-n2: error: couldn'
    has "$(cat out)" 'going to /tmp instead'
    has "$(cat out)" VERDICT
    [ "$(hosts_in partly/here/results/*.jsonl)" = 'n1 n2' ]
    jq -es '.[-1].why == "complete"' partly/here/results/*.jsonl
}

@test "fewer ranks than the study was written for: its row says so" {
    cluster run "$DRIVE" scale null -P delay=0.002 -b 3 --mode strong -n 2 \
        --emit-slurm 1,2 --launches 1 >emitted
    cluster run bash scale-null-strong/submit.sh --ntasks-per-node=1 >submitted
    within 60 no_jobs
    has "$(cat scale-null-strong/drive-null-1-1.log)" \
        '2  skipped: only 1 ranks were launched: start with  mpirun -np 2'
    has "$(cat scale-null-strong/drive-null-2-1.log)" \
        '4  skipped: only 2 ranks were launched: start with  mpirun -np 4'
    has "$(cat scale-null-strong/*report.log)" SCALING
}

@test "two jobs go on with one record: the second is refused, nothing is doubled" {
    job="null -b 40 -P delay=0.02 --warmups 1 -e serial,threads"
    submit --nodelist=n1 -n 1 --output=first --wrap "$DRIVE $job -o same.jsonl"
    within 30 has_trials same.jsonl 10
    cluster run scancel "$JOB"
    await "$JOB" 30
    for k in 1 2; do
        submit --nodelist=n1 -n 1 --output="out-$k" \
            --wrap "$DRIVE $job --resume same.jsonl"
    done
    within 60 no_jobs
    lines_with "$(cat out-1 out-2)" "^drive: 'same.jsonl' is being written by another process: wait" 1
    jq -es '.[-1].why == "complete"' same.jsonl
    no_trial_lost_or_doubled same.jsonl
}

@test "two jobs write into one folder: a record each" {
    for k in 1 2 3; do
        submit KERNEL="null -b 3 -P delay=0.001" \
            --wrap "$DRIVE null -b 5 -P delay=0.001 -e serial,threads"
    done
    within 60 no_jobs
    [ "$(find results -name '*.jsonl' | wc -l)" -eq 3 ]
    for record in results/*; do
        jq -es '.[-1].why == "complete"' "$record"
    done
}

@test "two jobs want one record: the second is refused, the first is whole" {
    for k in 1 2; do
        submit --output="out-$k" -n 2 -N 1 --wrap \
            "srun --mpi=pmix $DRIVE null -b 10 -P delay=0.01 -o same.jsonl"
    done
    within 60 no_jobs
    lines_with "$(cat out-1 out-2)" "^drive: 'same.jsonl' is there already" 1
    jq -es '.[-1].why == "complete" and (map(.run) | unique | length == 1)' \
        same.jsonl
}
