#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The article's experiments in CPython: what each script prints, and that it
# leaves nothing behind.

load helper

SCRIPTS=$BATS_TEST_DIRNAME/../../results/reference/cpython
DOCUMENT=$BATS_TEST_DIRNAME/../schema/document.py

# Debian's own has the modules that setup.sh installs.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

need_modules() {
    for module in "$@"; do
        "$python" -c "import $module" 2>/dev/null || skip "$module is missing"
    done
}

# Runs a script with its document in $output.
ask() {
    local script=$1
    shift
    mkdir -p scratch
    run --separate-stderr timeout --kill-after=5 120 "$python" "${flags[@]}" \
        "$SCRIPTS/$script" --scratch scratch "$@"
    printf '$ %s %s\n[%s]\n%s\n-- stderr\n%s\n' "$script" "$*" "$status" \
        "$output" "$stderr"
    [ -z "$(ls -A scratch)" ]
}
flags=()

# It works, and the document is as the schema has it; the rest is a jq filter
# that holds.
says() {
    local filter=$1
    shift
    ask "$@"
    [ "$status" -eq 0 ]
    is_valid
    jq -e "$filter" >/dev/null <<<"$output" || {
        echo "the document does not say: $filter"
        return 1
    }
}

is_valid() {
    printf '%s\n' "$output" >document.json
    "$python" "$DOCUMENT" "$SCRIPTS/output.schema.json" document.json ||
        [ $? -eq 77 ]
}

fails_saying() {
    local word=$1
    shift
    ask "$@"
    [ "$status" -eq 1 ]
    is_valid
    has "$(jq -r .failed <<<"$output")" "$word"
}

left_no_python_files() {
    [ -z "$(find "$SCRIPTS" -name '*.pyc')" ]
}

# -- every experiment -------------------------------------------------------------

@test "workers that sleep" {
    for model in thread process; do
        says '.experiment == 4 and .workers == 3 and (.seconds | length) == 2
            and .seconds[0] >= .workload.hold_seconds' \
            e4_empty.py --model $model --workers 3 --hold 0.05 --repeat 2
    done
    left_no_python_files
}

@test "both start methods are told" {
    for method in fork spawn; do
        says ".start_method == \"$method\"" e4_empty.py --model process \
            --method $method --workers 3 --hold 0.05
    done
    says '.start_method == null' e4_empty.py --model thread --workers 3 \
        --hold 0.05
}

@test "created workers add up and need not sleep to the end" {
    for model in thread process; do
        says '.observed.right_sums == 6 and .seconds[0] < 100' \
            e2_create.py --model $model --workers 3 --hold 100 --repeat 2
    done
}

@test "threads read the loop variable late" {
    says '.observed == {values: [2, 2, 2], distinct: [1], files_left: [1]}' \
        e3_latebind.py --model thread --workers 3 --hold 1
}

@test "processes have the loop variable of their birth" {
    for method in fork spawn; do
        says '.observed == {values: [0, 1, 2], distinct: [3], files_left: [3]}' \
            e3_latebind.py --model process --method $method --workers 3 \
            --hold 0.05
    done
}

@test "copies of a text are equal to it" {
    for model in thread process; do
        says '.observed.equal_copies == 4 and .workload.bytes == 1000' \
            e5_io.py --model $model --workers 3 --hold 0.05 --bytes 1000
    done
}

@test "every variant of squaring is right" {
    need_modules numpy
    for variant in article own-randomstate own-generator multiply draw \
        pure-python; do
        for model in thread process; do
            says ".observed.right == 4 and .workload.variant == \"$variant\"
                and .ratio[0] > 0" e6_square.py --model $model --workers 3 \
                --n 100 --rounds 2 --variant $variant
        done
    done
}

@test "forked processes draw the same from numpy's shared state" {
    need_modules numpy
    says '.observed.different_draws == [1]' e6_square.py --model process \
        --method fork --workers 3 --n 100
    says '.observed.different_draws == [3]' e6_square.py --model process \
        --method fork --workers 3 --n 100 --variant own-randomstate
    says '.observed.different_draws == [3]' e6_square.py --model thread \
        --workers 3 --n 100
}

@test "what a thread keeps stays, a child takes it along" {
    says '.observed.left_bytes[1] > 2.5 * .workload.bytes_per_step' \
        e7_memory.py --model thread --workers 3 --bytes 20000000 --repeat 2
    says '.observed.left_bytes[1] < 0.5 * .workload.bytes_per_step and
        .observed.largest_bytes[1] > .workload.bytes_per_step' \
        e7_memory.py --model process --workers 3 --bytes 20000000 --repeat 2
}

@test "pictures from the parent's globals need a fork, or threads" {
    need_modules matplotlib
    export MPLBACKEND=agg
    for how in thread 'process --method fork'; do
        # shellcheck disable=SC2086 # a list of words is meant
        says '.observed.from_globals.pictures == 2 and
            .observed.from_globals.error == null and
            .observed.from_arguments.pictures == 2' \
            e1_plot.py --model $how --workers 2
    done
    says '.observed.from_globals.pictures == 0 and
        (.observed.from_globals.error | startswith("NameError")) and
        .observed.from_arguments.pictures == 2' \
        e1_plot.py --model process --method spawn --workers 2
}

@test "a user interface in a thread makes matplotlib warn, where there is one" {
    need_modules matplotlib tkinter
    command -v xvfb-run >/dev/null || skip 'xvfb is missing'
    export MPLBACKEND=TkAgg
    python_alone=$python
    python=./on_display
    printf '#!/bin/sh\nexec xvfb-run -a %s "$@"\n' "$python_alone" >on_display
    chmod +x on_display
    says '.observed.interactive and .observed.from_arguments.pictures == 2 and
        (.observed.from_arguments.warning | test("outside of the main thread"))' \
        e1_plot.py --model thread --workers 2
    says '.observed.interactive and .observed.from_arguments.pictures == 2 and
        .observed.from_arguments.warning == null' \
        e1_plot.py --model process --workers 2
}

# -- bad input, and the end ---------------------------------------------------------

@test "a missing module is named" {
    flags=(-S) # the interpreter alone
    ask e6_square.py --model thread --n 10
    [ "$status" -eq 77 ]
    [ "$output" = '{"skipped": "numpy is missing"}' ]
    is_valid
    ask e1_plot.py --model thread
    [ "$status" -eq 77 ]
    [ "$output" = '{"skipped": "matplotlib is missing"}' ]
    says '.numpy == null' e6_square.py --model thread --workers 2 --n 10 \
        --variant pure-python
}

@test "nonsense is refused" {
    for words in '' '--model coroutine' '--model thread --workers 0' \
        '--model thread --hold -1' '--model thread --hold nan'; do
        # shellcheck disable=SC2086 # a list of words is meant
        ask e4_empty.py $words
        [ "$status" -eq 2 ]
        [ -z "$output" ]
    done
}

@test "more memory than there is, is not asked for" {
    need_modules numpy
    fails_saying 'GB of memory' e6_square.py --model thread --n 1000000
    fails_saying 'GB of memory' e7_memory.py --model thread \
        --bytes 1000000000000000
}

@test "no folder for scratch, and no room for more workers" {
    run --separate-stderr "$python" "$SCRIPTS/e4_empty.py" --model thread \
        --scratch missing
    [ "$status" -eq 1 ]
    has "$output" 'No such file'
    ulimit -n 40
    fails_saying 'Too many open files' e2_create.py --model process \
        --workers 100
}

@test "whoever is in the scratch folder stays" {
    mkdir scratch
    touch scratch/mine
    for script in e3_latebind.py e5_io.py; do
        "$python" "$SCRIPTS/$script" --model thread --workers 2 --hold 0.05 \
            --scratch scratch >/dev/null
    done
    [ "$(ls -A scratch)" = mine ]
}

text_written() {
    compgen -G 'scratch/e5-*/source.txt'
}

@test "SIGTERM ends all workers and removes their files" {
    mkdir scratch
    for how in thread 'process --method fork' 'process --method spawn'; do
        # shellcheck disable=SC2086 # a list of words is meant
        start "$python" "$SCRIPTS/e5_io.py" --model $how --workers 3 \
            --hold 60 --scratch scratch --bytes 1000
        within 10 text_written
        sleep 0.3 # among the births of workers, or after them
        kill -TERM "$session"
        finish
        [ "$status" -eq 143 ]
        all_gone
        [ -z "$(ls -A scratch)" ]
        [ ! -s out ]
    done
}
