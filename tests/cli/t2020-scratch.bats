#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The scratch folder goes, however the program ends. Launchers have files of
# their own in $TMPDIR, so with ranks the folder is named by --scratch.
load helper

setup_scratch() {
    mkdir scratch
}

files() {
    find scratch -mindepth 1
}

has_files() {
    [ -n "$(find scratch -name 'test_*.txt')" ]
}

no_files() {
    [ -z "$(files)" ]
}

# Starts io, long enough to be interrupted, and waits until copies are there.
long_io() {
    mkdir -p scratch
    start "$@" io --scratch scratch -n 2 -P hold=0.05 -P bytes=500000 -b 10000
    within 40 "${ready[@]:-has_files}"
    within 5 has_files
}

# $1: seconds it may take after the end
left_no_files() {
    within "$1" no_files || {
        echo "left in scratch: $(files)"
        return 1
    }
}

@test "scratch is made where TMPDIR says, by kernels that write alone" {
    setup_scratch
    TMPDIR=$PWD/scratch start "$DRIVE" io -n 1 -P hold=0.05 -b 10000 \
        -e serial,processes
    within 20 has_files
    [ "$(find scratch -mindepth 1 -maxdepth 1 -printf '%f %m\n' |
        grep -cE '^drive-.{6} 700$')" -eq 1 ]
    kill -INT "$session"
    finish
    [ "$status" -eq 130 ]
    no_files

    TMPDIR=$PWD/scratch start "$DRIVE" null -P delay=0.01 -n 1 -b 10000 \
        -e serial,processes
    within 20 tried processes
    no_files
    kill -INT "$session"
    finish
    no_files
}

@test "scratch goes at the end of check and of a plain run" {
    setup_scratch
    succeed check io --scratch scratch -n 2
    no_files
    succeed io --scratch scratch -n 2 -P hold=0.01 -b 1
    no_files
}

@test "scratch goes on SIGINT, SIGTERM and SIGHUP" {
    local signal

    for signal in INT TERM HUP; do
        rm -rf results
        long_io "$DRIVE"
        kill "-$signal" "$session"
        finish
        [ "$status" -gt 128 ]
        no_files
        all_gone
    done
}

@test "scratch goes on Ctrl-C and Ctrl-\\, which all get" {
    local signal

    ulimit -c 0
    for signal in INT QUIT; do
        rm -rf results
        long_io env --default-signal=QUIT "$DRIVE"
        kill "-$signal" -- "-$session"
        finish
        left_no_files 10
        all_gone
    done
}

@test "scratch goes when the conductor is killed" {
    for executors in serial,threads,processes processes; do
        rm -rf results
        long_io "$DRIVE" -e "$executors"
        kill -KILL "$session"
        finish
        left_no_files 10
        all_gone
    done
}

@test "scratch goes when the conductor is killed while ranks write" {
    need_launcher
    ready=(tried ranks)
    long_io "$DRIVE" -e serial,ranks
    kill -KILL "$session"
    finish
    left_no_files 15
    all_gone 15
}

@test "scratch goes when the nursery is killed" {
    long_io "$DRIVE" -e serial,processes
    # The program's first child.
    kill -KILL "$(cut -d' ' -f1 "/proc/$session/task/$session/children")"
    finish 10
    [ "$status" -eq 6 ]
    no_files
}

@test "scratch goes when a host is killed" {
    setup_scratch
    start "$DRIVE" io --scratch scratch -n 2 -P hold=2 -b 1 --warmups 0 \
        -e processes
    within 20 has_source
    nursery=$(cut -d' ' -f1 "/proc/$session/task/$session/children")
    kill -KILL "$(cut -d' ' -f1 "/proc/$nursery/task/$nursery/children")"
    finish 10
    [ "$status" -eq 6 ]
    no_files
}

has_source() {
    [ -n "$(find scratch -name 'source_*.txt')" ]
}

# -- under a launcher ---------------------------------------------------------------

mpirun_io() {
    long_io "$(launcher)" -n 2 "$DRIVE"
}

conductor() {
    local pid

    # The one whose parent is a rank of ours.
    for pid in $(in_session); do
        [ "/proc/$pid/exe" -ef "$DRIVE" ] || continue
        tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q ' io ' || continue
        parent=$(sed -E 's/.*\) . ([0-9]+) .*/\1/' "/proc/$pid/stat")
        [ "/proc/$parent/exe" -ef "$DRIVE" ] && echo "$pid" && return
    done
}

@test "scratch goes at the end under a launcher" {
    need_launcher
    setup_scratch
    run "$(launcher)" -n 2 "$DRIVE" io --scratch scratch -P hold=0.01 -b 2
    echo "$output"
    [ "$status" -eq 0 ]
    no_files
}

@test "scratch goes when the launcher gets a signal" {
    local signal

    need_launcher
    for signal in INT TERM; do
        rm -rf results
        mpirun_io
        kill "-$signal" "$session"
        finish
        left_no_files 10
        all_gone 15
    done
}

@test "scratch goes when the launcher is killed" {
    need_launcher
    mpirun_io
    kill -KILL "$session"
    finish
    left_no_files 15
}

@test "scratch goes when the conductor is killed under a launcher" {
    need_launcher
    mpirun_io
    kill -KILL "$(conductor)"
    finish
    left_no_files 15
    all_gone 15
}
