# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of the command line share. DRIVE names the program; each test
# has a folder of its own for its working directory.
bats_require_minimum_version 1.5.0

sources=$(realpath "${BASH_SOURCE[0]%/*}/../..")
DRIVE=${DRIVE:-$sources/build/release/drive}
DRIVE=$(realpath "$DRIVE")

# A container's only user is root, which Open MPI does not like.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Whoever runs the tests in a job or on a terminal must not show through.
unset DRIVE_LOBBY NO_COLOR OMP_NUM_THREADS OMP_THREAD_LIMIT OMP_PROC_BIND
export TERM=dumb

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" # bats itself writes beside it
    cd "$BATS_TEST_TMPDIR/here" || return 1
    shm_before=$(shm_files)
}

teardown() {
    # A test that failed half-way leaves nobody behind.
    [ -z "${session:-}" ] || kill_session
    set_records_aside
}

# All records that the tests of a file have left must be as the schema says;
# one Python for all of them, as it takes its time to start.
teardown_file() {
    validate_records
}

validate_records() {
    local records=$BATS_FILE_TMPDIR/records status=0

    [ ! -d "$records" ] || PATH=/usr/bin:$PATH python3 \
        "$sources/tests/schema/validate.py" \
        "$sources/results/record/schema/record.schema.json" \
        - "$records" >"$BATS_FILE_TMPDIR/valid" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || {
        cat "$BATS_FILE_TMPDIR/valid"
        return 1
    }
}

# For that, all but those that a test spoils on purpose, which are to be named
# *.spoilt.jsonl. A folder for each test, as names are used again.
set_records_aside() {
    local aside=$BATS_FILE_TMPDIR/records/$BATS_TEST_NUMBER file
    local here=$BATS_TEST_TMPDIR/here

    find "$here" -name '*.jsonl' ! -name '*.spoilt.jsonl' -type f \
        -not -path '*/tree/*' -size +0 | while read -r file; do
        mkdir -p "$aside"
        ln "$file" "$aside/$(basename "${file%.jsonl}")-$RANDOM.jsonl"
    done
}

# Between two runs of one test.
forget_records() {
    set_records_aside
    rm -rf "$BATS_TEST_TMPDIR/here/results"
}

# -- running ------------------------------------------------------------------

# The program, which may not hang.
drive() {
    timeout --kill-after=5 60 "$DRIVE" "$@"
}

# Runs it with stdout in $output and stderr in $stderr. Shows all that when the
# test fails.
try() {
    run --separate-stderr drive "$@"
    show "$@"
}

show() {
    printf '$ drive %s\n[%s]\n%s\n-- stderr\n%s\n' "$*" "$status" "$output" \
        "$stderr"
}

# try, and it must work.
succeed() {
    try "$@"
    [ "$status" -eq 0 ]
}

# succeed with words on stdout, and nothing on stderr.
succeed_quietly() {
    succeed "$@"
    [ -z "$stderr" ]
}

fails_with() {
    local code=$1
    shift
    try "$@"
    [ "$status" -eq "$code" ]
}

# Bad input: refused with this code in one line on stderr that has this word in
# it; nothing on stdout, nothing left behind.
refuses() {
    local code=$1 word=$2
    shift 2
    fails_with "$code" "$@"
    one_line_with "$word"
    [ -z "$output" ]
    left_nothing
}

one_line_with() {
    [ "$(grep -c . <<<"$stderr")" -eq 1 ]
    [[ $stderr == "drive: "* ]]
    has "$stderr" "$1"
}

left_nothing() {
    local left

    left=$(find . -mindepth 1)
    echo "left behind: $left"
    [ -z "$left" ]
}

has() {
    [[ $1 == *"$2"* ]] || {
        printf 'no "%s" in:\n%s\n' "$2" "$1"
        return 1
    }
}

has_not() {
    [[ $1 != *"$2"* ]] || {
        printf '"%s" is in:\n%s\n' "$2" "$1"
        return 1
    }
}

# So many lines of $1 match the pattern $2.
lines_with() {
    [ "$(grep -cE -- "$2" <<<"$1")" -eq "$3" ] || {
        printf 'not %d lines with "%s" in:\n%s\n' "$3" "$2" "$1"
        return 1
    }
}

# -- what there is --------------------------------------------------------------

# How many cores, or hardware threads, the program may use.
cores() {
    drive null --dry-run | sed -nE 's/^host .* ([0-9]+) cores?,.*/\1/p'
}

threads() {
    drive null --dry-run |
        sed -nE 's/^host .* ([0-9]+) hardware threads?,.*/\1/p'
}

# One more than can have a place of their own.
a_crowd() {
    echo $(($(threads) + 1))
}

# Why the build lacks an executor; empty: it has it.
why_absent() {
    drive list --json |
        jq -r --arg name "$1" '.executors[] | select(.name == $name).absent // ""'
}

need() {
    local why

    for name in "$@"; do
        why=$(why_absent "$name")
        [ -z "$why" ] || skip "$name: $why"
    done
}

# The launcher that the program was built for, unless MPIRUN names another.
launcher() {
    local found=${MPIRUN:-}

    [ -n "$found" ] || found=$(compiled_launcher)
    [ -n "$found" ] || found=$(command -v mpirun) || found=
    [ -x "$found" ] && printf '%s\n' "$found"
}

compiled_launcher() {
    grep -aoE '/[[:alnum:]/._+-]*/mpi(exec|run)[[:alnum:]._-]*' "$DRIVE" |
        head -n 1
}

need_launcher() {
    need ranks
    launcher >/dev/null || skip 'no MPI launcher'
}

# -- the record -----------------------------------------------------------------

# The one record there is.
record() {
    local files=(results/*.jsonl)

    if [ "${#files[@]}" -ne 1 ] || [ ! -f "${files[0]}" ]; then
        printf 'not one record: %s\n' "${files[*]}" >&2
        return 1
    fi
    printf '%s\n' "${files[0]}"
}

# Its lines; one that was torn off is none.
record_lines() {
    local file

    file=$(record)
    head -n "$(wc -l <"$file")" "$file"
}

# Applies a jq filter to all lines of the record, as one array; what comes out
# must not be false, null or nothing.
record_says() {
    record_lines | jq -es "$@" >/dev/null || {
        echo "the record does not say: $*"
        record_lines | cut -c 1-400
        return 1
    }
}

# Every line is one JSON object.
record_is_readable() {
    record_lines | jq -es 'length > 0 and all(type == "object")' >/dev/null
    [ "$(record_lines | jq -c . | wc -l)" -eq "$(record_lines | wc -l)" ]
}

# The record ends with a line that says why it does.
closed_as() {
    record_is_readable
    record_says --arg why "$1" '.[-1].t == "end" and .[-1].why == $why'
}

# -- processes --------------------------------------------------------------------

# Starts it in a session of its own, so that whoever belongs to it is known by
# that, whatever becomes of its parents. Sets $session. A shell starts what runs
# behind it deaf to Ctrl-C, so the signals are reset.
start() {
    setsid env --default-signal=INT,TERM,HUP "$@" >out 2>err </dev/null 3>&- &
    session=$!
}

# The program itself is there, no longer what starts it.
under_way() {
    [ "/proc/$session/exe" -ef "$DRIVE" ]
}

# Pids of the session's processes that have not ended.
in_session() {
    local stat line fields

    for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        # "pid (name) state ppid pgrp session": a name may have anything in it
        read -ra fields <<<"${line##*) }"
        if [ "${fields[3]}" = "$session" ] && [ "${fields[0]}" != Z ]; then
            echo "${line%% *}"
        fi
    done
}

# Waits up to $1 seconds until the rest of the line is a command that works.
within() {
    local end=$((SECONDS + $1 + 1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || {
            echo "it took too long: $*"
            return 1
        }
        sleep 0.05
    done
}

ended() {
    ! kill -0 "$session" 2>/dev/null || [ "$(ps_state)" = Z ]
}

ps_state() {
    sed -E 's/.*\) (.).*/\1/' "/proc/$session/stat"
}

# Its exit status in $status; what it printed is shown.
finish() {
    within "${1:-20}" ended
    status=0
    wait "$session" || status=$?
    echo "[$status]"
    cat out err
}

nobody_left() {
    [ -z "$(in_session)" ]
}

# Nobody of the session is there any more, or will be soon.
all_gone() {
    within "${1:-10}" nobody_left || {
        describe_session
        return 1
    }
}

describe_session() {
    local pid

    for pid in $(in_session); do
        echo "still there: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    done
}

kill_session() {
    local pid

    for pid in $(in_session); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

started() {
    [ "$(in_session | wc -l)" -ge "$1" ]
}

# The record has trials of this executor.
tried() {
    grep -q "\"t\":\"trial\".*\"executor\":\"$1\"" results/*.jsonl
}

# -- shared memory ------------------------------------------------------------------

shm_files() {
    find /dev/shm -mindepth 1 2>/dev/null | sort
}

# Files in /dev/shm that the session's processes have mapped.
session_shm() {
    local pid

    for pid in $(in_session); do
        grep -oE '/dev/shm/[^ ]+' "/proc/$pid/maps" 2>/dev/null
    done | sort -u
}

# New files in /dev/shm that no process uses: other people's runs have theirs.
shm_orphans() {
    local file

    comm -13 <(echo "$shm_before") <(shm_files) | while read -r file; do
        grep -qsF "$file" /proc/[0-9]*/maps || echo "$file"
    done
}

no_shm_orphans() {
    [ -z "$(shm_orphans)" ]
}

left_no_shm() {
    within 5 no_shm_orphans || {
        echo "left in /dev/shm: $(shm_orphans)"
        return 1
    }
}
