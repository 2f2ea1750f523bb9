#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernel io from the command line: the article's fifth experiment in small, a
# file of the user's own, and all that may be wrong with files. Scratch folders
# are made in a folder of the test's own, which must be empty afterwards.
load helper

# io in small
io() {
    try io --scratch scratch --warmups 0 -b 2 -P hold=0.01 "$@"
}

scratch() {
    mkdir scratch
}

no_scratch_left() {
    local left

    left=$(find scratch -mindepth 1)
    echo "left in scratch: $left"
    [ -z "$left" ]
}

cell() {
    record_says --arg name "$1" "map(select(.t == \"summary\").cells[]) |
        map(select(.executor == \$name))[0] | $2"
}

@test "io under every executor: verified, and nothing is left" {
    scratch
    io -n 3
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    lines_with "$output" '^results verified ([1-9][0-9]*) of \1 ' 1
    record_says 'map(select(.t == "trial")) |
        (map(.checksum) | unique | length) == 1 and
        (map(.executor) | unique | length) >= 2'
    no_scratch_left
}

@test "io takes at least as long as it holds" {
    scratch
    io -n 2 -P hold=0.05 -P bytes=1000 -e serial,processes
    [ "$status" -eq 0 ]
    record_says 'map(select(.t == "trial")) | length == 4 and
        all(.ns >= 50000000)'
}

@test "io under one lock: whoever sleeps lets the others work" {
    need threads
    scratch
    io -n 4 -P hold=1 -P bytes=1000 -b 1 -e threads --serialize lock
    [ "$status" -eq 0 ]
    # One after the other takes 4 s, however fast the machine is.
    record_says 'map(select(.t == "trial")) | all(.ns < 4000000000)'
    no_scratch_left
}

@test "io with sync, and several sizes" {
    scratch
    io -n 2 -P sync=yes -P bytes=1,100000 -e serial,processes
    [ "$status" -eq 0 ]
    lines_with "$output" '^results verified ([1-9][0-9]*) of \1 ' 2
    no_scratch_left
}

@test "a file of the user's own is copied, and not touched" {
    scratch
    printf 'one\ntwo\nthree' >mine.txt
    chmod 444 mine.txt
    stat -c '%i %Y %Z %s' mine.txt >before
    # What the copies are called may be there already.
    cp mine.txt test_0.txt
    cp mine.txt scratch/test_0.txt
    io -n 2 -P file=mine.txt
    [ "$status" -eq 0 ]
    lines_with "$output" '^results verified ([1-9][0-9]*) of \1 ' 1
    stat -c '%i %Y %Z %s' mine.txt | diff before -
    cmp mine.txt test_0.txt
    cmp mine.txt scratch/test_0.txt
    rm scratch/test_0.txt
    no_scratch_left
}

# -- what is refused --------------------------------------------------------------

@test "a source that is none is refused before anything is made" {
    mkdir "$BATS_TEST_TMPDIR/bad"
    cd "$BATS_TEST_TMPDIR/bad"
    : >../empty.txt
    printf 'text\0text\n' >../binary.txt
    mkfifo ../pipe.txt
    refuses 2 'bytes=0' io -P bytes=0
    refuses 2 'hold=-1' io -P hold=-1
    refuses 2 'No such file' io -P file=../missing.txt
    refuses 2 'is empty' io -P file=../empty.txt
    refuses 2 'is a directory' io -P file=..
    refuses 2 'no regular file' io -P file=../pipe.txt
    refuses 2 'NUL' io -P file=../binary.txt
    fails_with 2 check io -P file=../missing.txt
    one_line_with 'No such file'
}

# Root may read and write everywhere, so it becomes somebody else, who can get at
# nothing of a test's own folder.
try_as_nobody() {
    local as=()

    open=$(mktemp -d /tmp/drive-open-XXXXXX)
    chmod 755 "$open"
    cd "$open" || return 1
    mkdir closed
    echo text >mine.txt
    chmod 000 mine.txt
    if [ "$(id -u)" -eq 0 ]; then
        as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        "${as[@]}" "$DRIVE" version >/dev/null 2>&1 || skip 'nobody cannot run it'
    fi
    chmod 555 closed
    run --separate-stderr "${as[@]}" "$DRIVE" "$@"
    show "$@"
    cd /
    rm -rf "$open"
}

@test "a source that may not be read is refused" {
    try_as_nobody io -P file=mine.txt
    [ "$status" -eq 2 ]
    one_line_with "'mine.txt': Permission denied"
}

@test "a scratch folder that cannot be made: refused, no record" {
    refuses 2 "'nowhere': No such file" io --scratch nowhere
    refuses 2 "'/dev/null': Not a directory" io --scratch /dev/null
    refuses 6 "'/proc'" io --scratch /proc
    TMPDIR=nowhere refuses 6 "'nowhere'" io
}

@test "no permission to write to the scratch folder: refused, no record" {
    try_as_nobody io --scratch closed
    [ "$status" -eq 6 ]
    one_line_with "closed': Permission denied"
}

@test "a path too long for a scratch folder is refused" {
    local long

    long=$(printf '%0100d/%0100d/%0100d' 1 2 3)
    mkdir -p "$BATS_TEST_TMPDIR/$long"
    refuses 6 'name too long' io --scratch "$BATS_TEST_TMPDIR/$long"
}

# -- what fails on the way ----------------------------------------------------------

@test "a file that meets ulimit -f: failed, and the next problem goes on" {
    scratch
    ulimit -f 300
    io -n 2 -P bytes=1000000,10000 -e serial,processes
    ulimit -f unlimited || true
    [ "$status" -eq 6 ]
    lines_with "$output" '^serial +failed: .*File too large' 1
    lines_with "$output" '^processes +failed: .*File too large' 1
    lines_with "$output" '^results verified ([1-9][0-9]*) of \1 ' 1
    has_not "$output" 'signal'
    no_scratch_left
}

@test "no space for all: who fits goes on, the others say why" {
    mkdir disk
    mount -t tmpfs -o size=5m none disk 2>/dev/null || skip 'cannot mount'
    try io --scratch disk --warmups 0 -b 3 -P hold=0.01 -P bytes=1000000 \
        -n 4 -e serial,processes
    find disk -mindepth 1 >left
    umount disk
    [ "$status" -eq 6 ]
    one_line_with 'No space left'
    lines_with "$output" '^processes +failed: .*No space left' 1
    cell serial '.status == "ok" and .trials == 3'
    [ ! -s left ]
}

@test "too few descriptors: the team says why, the others go on" {
    need threads
    scratch
    ulimit -n 14
    io -n 40 -P bytes=5000000 -e serial,threads,processes
    [ "$status" -eq 6 ]
    lines_with "$output" '^threads +failed: .*Too many open files' 1
    cell serial '.status == "ok" and .trials == 2'
    cell processes '.status == "ok" and .trials == 2'
    no_scratch_left
}

@test "a source that changes meanwhile is a wrong result" {
    scratch
    echo text >mine.txt
    start "$DRIVE" io --scratch scratch -n 1 -P hold=0.05 -P file=mine.txt \
        -b 1000 -e serial,processes
    within 20 tried serial
    echo TEXT >mine.txt
    finish
    [ "$status" -eq 3 ]
    grep -q 'mine.txt.*unless that has changed' err
    no_scratch_left
}
