#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernel plot: the pictures are opened for real, and the library keeps quiet.
load helper

need_plot() {
    local why

    why=$(drive list --json |
        jq -r '.kernels[] | select(.name == "plot").absent // ""')
    [ -z "$why" ] || skip "plot: $why"
}

files() {
    find "${1:-scratch}" -mindepth 1
}

pictures() {
    find scratch -name '*_worker_class_test.png' | sort
}

# Every file there is decodes.
opened() {
    mapfile -t png < <(pictures)
    python3 "$BATS_TEST_DIRNAME/png.py" ffffff,1f77b4,ff7f0e "${png[@]}" >facts
}

# Each team's pictures stay until its next trial, so they stand still when the
# conductor does and the last trial is over.
@test "every worker of every executor saves a picture of its own" {
    local of executors=serial,processes

    need_plot
    command -v python3 >/dev/null || skip 'python3 is missing'
    [ -n "$(why_absent threads)" ] || executors+=,threads
    [ -n "$(why_absent ranks)" ] || ! launcher >/dev/null || executors+=,ranks
    mkdir scratch
    start "$DRIVE" plot --scratch scratch -n 3 -b 100000 -e "$executors"
    for of in ${executors//,/ }; do
        within 30 tried "$of"
    done
    kill -STOP "$session"
    sleep 0.5
    within 20 opened
    pictures
    cat facts
    of=${executors//[^,]/}
    # One of serial, and three of each other.
    [ "$(pictures | wc -l)" -eq $((1 + 3 * ${#of})) ]
    [ "$(pictures | sed 's|.*/||' | sort -u | tr '\n' ' ')" = \
        '0_worker_class_test.png 1_worker_class_test.png 2_worker_class_test.png ' ]
    # All are 8 x 8 inches of the same: mostly white, two lines, text.
    [ "$(sort -u facts | wc -l)" -eq 1 ]
    read -r width height colours white blue orange <facts
    [ "$width" -eq 800 ]
    [ "$height" -eq 800 ]
    [ "$colours" -gt 10 ]
    [ "$white" -gt 500000 ]
    [ "$blue" -gt 500 ]
    [ "$orange" -gt 500 ]
    # shellcheck disable=SC2046 # a list of words is meant
    [ "$(cksum $(pictures) | cut -d' ' -f1,2 | sort -u | wc -l)" -eq 1 ]
    kill -CONT "$session"
    kill -INT "$session"
    finish
    [ "$status" -eq 130 ]
    [ -z "$(files)" ]
}

@test "a figure of another size, with more points" {
    need_plot
    command -v python3 >/dev/null || skip 'python3 is missing'
    mkdir scratch
    start "$DRIVE" plot --scratch scratch -n 1 -P inches=3 -P points=100 \
        -b 100000 -e serial
    within 20 tried serial
    kill -STOP "$session"
    sleep 0.5
    within 20 opened
    cat facts
    [[ $(cat facts) == '300 300 '* ]]
    kill -CONT "$session"
    kill -INT "$session"
    finish
}

@test "threads wait for the library, processes do not" {
    need_plot
    need threads
    succeed plot -n 3 -b 3 --warmups 1 -e serial,threads,processes
    # Of three who start at once, two wait for a whole figure; a process has a
    # lock of its own and waits for nobody. The first metric is "locked".
    record_says 'map(select(.t == "trial" and .warmup == false)) |
        group_by(.executor) | map({key: .[0].executor,
            value: (map(.metrics[0]) | add)}) | from_entries |
        .threads > .processes and .threads > .serial'
}

@test "the library prints nothing and leaves nothing" {
    need_plot
    mkdir scratch home config
    HOME=$PWD/home XDG_CACHE_HOME='' XDG_CONFIG_HOME='' TMPDIR=$PWD/scratch \
        DISPLAY=:77 succeed_quietly check plot -n 1,3 \
        -e serial,threads,processes
    [ "$(grep -c . <<<"$output")" -eq 3 ]
    [ -z "$(files)" ]
    [ -z "$(files home)" ]
    left=$(find . -type f)
    echo "left: $left"
    [ -z "$left" ]
}

@test "plot reads nothing from a terminal or a pipe" {
    need_plot
    run --separate-stderr "$DRIVE" plot -n 1 -b 1 --warmups 0 \
        -e serial,processes --no-record < <(sleep 30)
    [ "$status" -eq 0 ]
}

@test "without its driver the rows are skipped, and say what brings it" {
    need_plot
    # Those of the library itself are there without the package.
    mkdir drivers
    cp "$(pkg-config --variable=drvdir plplot)"/ps.* drivers/
    export PLPLOT_DRV_DIR=$PWD/drivers
    run --separate-stderr "$DRIVE" plot -n 1 -b 1 --no-record \
        -e serial,processes </dev/null
    show plot
    [ "$status" -eq 77 ]
    lines_with "$output" '^(serial|processes) +skipped: .*plplot-driver-cairo' 2
    one_line_with 'plplot-driver-cairo'
}

@test "no space for a picture: failed with the reason, not wrong" {
    need_plot
    mkdir disk
    mount -t tmpfs -o size=100k none disk 2>/dev/null || skip 'cannot mount'
    try plot --scratch disk --warmups 0 -b 2 -n 5 -e serial,processes
    find disk -mindepth 1 >left
    umount disk
    [ "$status" -eq 6 ]
    lines_with "$output" '^processes +failed: .*No space left' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s .* n=2 ' 1
    [ ! -s left ]
}

@test "plot refuses what makes no sense" {
    refuses 2 'points=1' plot -P points=1
    refuses 2 'inches=21' plot -P inches=21
}
