# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests in a cluster share: a cluster for each file, a folder that all
# its nodes see for each test, and jobs in it.
# shellcheck source-path=SCRIPTDIR source=../cli/helper.bash
source "${BASH_SOURCE[0]%/*}/../cli/helper.bash"

export SCRIPTS=$sources/jobscripts
export STAND_IN=$sources/tests/cluster/standin.sh

# What another branch may bring; the tests that want it wait for it.
export HAVE_RESUME HAVE_SCALE HAVE_NODES
HAVE_RESUME=$("$DRIVE" help | grep -c -- --resume || true)
HAVE_SCALE=$("$DRIVE" help | grep -c 'drive scale' || true)
HAVE_NODES=$((1 - $(grep -ac 'this version compares on one node' "$DRIVE" | head -c 1)))

cluster() {
    "$sources/tests/cluster/cluster.sh" "$@"
}

setup_file() {
    start_cluster
}

start_cluster() {
    why=$(cluster why)
    export why
    [ -n "$why" ] || CLUSTER=$(cluster up "${NODES:-3}")
    export CLUSTER
}

teardown_file() {
    # Named as the helper of the command line wants its records.
    if [ -n "${CLUSTER:-}" ]; then
        keep_records
        cluster down
    fi
    validate_records
}

# Where there can be no cluster, the tests are skipped by name; a machine for
# continuous integration must be one where there can.
setup() {
    if [ -n "$why" ] && [ "${CI:-}" = true ]; then
        echo "there must be a cluster here: $why"
        return 1
    fi
    [ -z "$why" ] || skip "no cluster here: $why"
    need ranks
    export WHERE=$CLUSTER/home/$BATS_TEST_NUMBER
    mkdir "$WHERE"
    cd "$WHERE" || return 1
    export DRIVE
}

# Nobody works on for the next test, but for jobs that were sent aside.
teardown() {
    [ -n "${CLUSTER:-}" ] || return 0
    cluster run scancel --user=root --partition=main --quiet || true
    within 30 no_jobs
}

# The record that the tests of a file have left; names are used again.
keep_records() {
    local file n=0
    mkdir -p "$BATS_FILE_TMPDIR/records"
    find "$CLUSTER/home" -name '*.jsonl' ! -name '*.spoilt.jsonl' -size +0 |
        while read -r file; do
            n=$((n + 1))
            cp "$file" "$BATS_FILE_TMPDIR/records/$n.jsonl"
        done
}

wants() {
    [ "$1" -gt 0 ] || skip "this build has no $2 yet"
}

# -- jobs -------------------------------------------------------------------------

# submit [NAME=VALUE...] [sbatch's options] SCRIPT: the job's number in $JOB.
submit() {
    local variables=()
    while [[ $1 == [A-Z]*=* ]]; do
        variables+=("$1")
        shift
    done
    JOB=$(cluster run env "DRIVE=$DRIVE" "${variables[@]}" \
        sbatch --parsable "$@")
    export JOB
}

# A field of what Slurm knows of a job or of its first array task.
job_field() {
    cluster run scontrol show job "$1" |
        sed -nE "s/^(.* )?$2=([^ ]*).*/\\2/p" | head -n 1
}

job_is() {
    [[ $(job_field "$1" JobState) == "$2" ]]
}

no_jobs() {
    [ -z "$(cluster run squeue -h --partition=main)" ]
}

# No task of the job waits or runs any more.
job_over() {
    [ -z "$(cluster run squeue -h -j "$1" 2>/dev/null)" ]
}

# Waits for the end of a job and shows what it printed.
await() {
    within "$2" job_over "$1" || cluster run scontrol show job "$1"
    tail -n 40 ./*.out || true
}

# The job runs and has tried something.
trials() {
    grep -sc '"t":"trial"' "$1" || true
}

# The record of the job, or of its first array task, by a job script's name.
record_of() {
    local file
    for file in "results/$1-$JOB"-n?{,-*}.jsonl "results/$1-$JOB"/1-n?.jsonl; do
        [ ! -e "$file" ] || echo "$file"
    done
}

compared() {
    has_trials "$(record_of compare)" "$1"
}

has_trials() {
    [ -s "$1" ] && [ "$(trials "$1")" -ge "$2" ]
}

# Hosts that a record names anywhere.
hosts_in() {
    jq -r '.. | strings | select(test("^n[0-9]$"))' "$1" | sort -u | xargs
}

# Bytes that have come to a node over its interface.
received() {
    cluster node "$1" cat /proc/self/net/dev |
        awk '$1 == "eth0:" { print $2 }'
}

# Processes of drive on a node.
drives_on() {
    local mine process
    mine=$(cluster node "$1" readlink /proc/self/ns/net)
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/ns/net")" != "$mine" ] ||
            [ "$(readlink "$process/exe")" != "$DRIVE" ] ||
            echo "${process#/proc/}"
    done 2>/dev/null
}

no_drives() {
    local k
    for k in 1 2 3; do
        [ -z "$(drives_on $k)" ] || return 1
    done
}

# Every block of every comparison has every executor once, without a gap.
# Trials that started late are measured again, which is not doubled.
no_trial_lost_or_doubled() {
    jq -es '
        [.[] | select(.t == "trial" and (.warmup | not) and (.late | not))]
        | group_by([.plan, .executor, .workers_n // 0])
        | length > 0 and all(.[];
            [.[].block] | sort == [range(0; length)])' "$1" >/dev/null || {
        echo "trials lost or doubled in $1:"
        jq -c 'select(.t == "trial") | [.plan, .executor, .block, .warmup, .late]' "$1"
        return 1
    }
}
