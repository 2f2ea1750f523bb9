#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What bad input gets: one line that quotes it and says what would do, the
# right exit code, and no file left behind.
load helper

# -- words ---------------------------------------------------------------------

@test "unknown kernel, nearest name offered" {
    refuses 2 "'matmull'" matmull
    has "$stderr" "'matmul'"
    refuses 2 "'tiad'" run tiad
    has "$stderr" "'triad'"
}

@test "unknown command, nearest name offered" {
    refuses 2 "'lst'" lst
    has "$stderr" "'list'"
    refuses 2 "'chek'" chek
    has "$stderr" "'check'"
}

@test "unknown word with nothing near: where to look" {
    refuses 2 "'xylophone'" xylophone
    has "$stderr" 'drive list'
}

@test "no kernel" {
    refuses 2 'which kernel' run
}

@test "two kernels" {
    refuses 2 "'triad'" matmul triad
}

@test "unknown option, nearest name offered" {
    refuses 2 "'--bloks'" null --bloks 3
    has "$stderr" "'--blocks'"
    refuses 2 "'--placment=core'" null --placment=core
    has "$stderr" "'--placement'"
    refuses 2 "'-Z'" null -Z
}

@test "the beginning of an option's name is not its name" {
    refuses 2 "'--block'; did you mean '--blocks'" null --block=3
    refuses 2 "'--work'; did you mean '--workers'" null --work 1 -e serial
    refuses 2 "'--rigo'; did you mean '--rigorous'" --rigo null
    refuses 2 "'--qui'" null --qui # of several
}

@test "a whole name in every spelling" {
    succeed_quietly null --workers=1 --executors serial --blocks=1 -n1 \
        --no-record --quiet -P delay=0
    forget_records
    refuses 2 '--mode -q' null --mode -q # which is a value here
}

@test "an option without its value" {
    refuses 2 "'-o'" null -o
    refuses 2 "'--workers'" null --workers
}

@test "unknown parameter, nearest name offered" {
    refuses 2 "'pags'" matmul -P pags=base
    has "$stderr" "'pages'"
    refuses 2 "'nonsense'" matmul -P nonsense=1
    has "$stderr" 'n, pages'
    refuses 2 "'n'" hold -P n=3
}

@test "unknown executor, nearest name offered" {
    refuses 2 "'thread'" null -e serial,thread
    has "$stderr" "'threads'"
    refuses 2 "''" null -e ''
}

# -- numbers -------------------------------------------------------------------

@test "number of workers" {
    for workers in 0 -1 1: :3 2:1 1,,2 1,x 2.5 1e3 '' 99999999999; do
        refuses 2 "--workers $workers: want" null -n "$workers"
    done
}

@test "more counts of workers than it can hold" {
    refuses 2 1:99999 null -n 1:99999
}

@test "size of the problem" {
    for n in 0 -5 abc 1.5 '' 10^10 2^64 2^-1 99999999999999999999; do
        refuses 2 "n=$n: want" matmul -P "n=$n"
    done
}

@test "a list or range of sizes" {
    refuses 2 'n=0: want' matmul -P n=4,0
    refuses 2 '8..4' matmul -P n=8..4
    refuses 2 'n=1..9999' matmul -P n=1..9999
}

@test "other values of parameters" {
    refuses 2 'delay=-1' null -P delay=-1
    refuses 2 'delay=nan' null -P delay=nan
    refuses 2 'fault=wrongg' null -P fault=wrongg
    has "$stderr" 'none, wrong, fail, lost'
    refuses 2 'delay' null -P delay
}

@test "values of options" {
    refuses 2 '--blocks 0' null -b 0
    refuses 2 '--blocks six' null -b six
    refuses 2 '--warmups -1' null --warmups -1
    refuses 2 '--seed -3' null --seed -3
    refuses 2 '--precision 0' null --precision 0
    refuses 2 '--margin x' null --margin x
    refuses 2 '--budget 0' null --budget 0
    refuses 2 '--mode both' null -m both
    has "$stderr" 'divide or replicate'
}

@test "a mode that the kernel has not" {
    refuses 2 "'hold'" hold -m divide
    has "$stderr" replicate
}

@test "--quick with --rigorous" {
    refuses 2 '--quick and --rigorous' null --quick --rigorous
}

@test "placements" {
    refuses 2 "'sprad'" null -p sprad
    has "$stderr" spread
    refuses 2 '99999' null -p 99999
    refuses 2 'pu:99999' null -p pu:99999
    refuses 2 "'numa:99'" null -p numa:99
}

# -- resources ----------------------------------------------------------------

@test "a problem that no memory holds: what it needs, what there is" {
    for n in 10^9 1000000000; do
        refuses 6 'n=1000000000' matmul -P "n=$n"
        [[ $stderr =~ needs\ [0-9.]+\ [KMGTP]iB.*[0-9.]+\ [KMGTP]iB ]]
    done
    refuses 6 'n=1000000000000' triad -P n=10^12
}

@test "one problem of several that no memory holds: nothing runs" {
    refuses 6 'n=1000000000' matmul -P n=8,10^9
}

@test "an executor that the build lacks" {
    name=$(drive list --json |
        jq -r 'first(.executors[] | select(.absent).name) // ""')
    [ -n "$name" ] || skip 'this build has all'
    refuses 77 "$name" null -e "$name"
    has "$stderr" "$(why_absent "$name")"
}

@test "a launcher that is not there" {
    refuses 6 "'/nonexistent'" null --launcher /nonexistent
    refuses 6 "'no-such-mpirun -q'" null --launcher 'no-such-mpirun -q'
}

# -- files -----------------------------------------------------------------------

@test "an output that cannot be written" {
    refuses 2 "'/dev/null/a.jsonl'" null -b 1 -o /dev/null/a.jsonl
    refuses 2 "'missing/a.jsonl'" null -b 1 -o missing/a.jsonl
}

@test "an output that is there already is not touched" {
    echo precious >a.spoilt.jsonl
    fails_with 2 null -b 1 -o a.spoilt.jsonl
    one_line_with "'a.spoilt.jsonl'"
    [ -z "$output" ]
    [ "$(cat a.spoilt.jsonl)" = precious ]
    [ "$(find . -mindepth 1)" = ./a.spoilt.jsonl ]
}

@test "an output that is a folder" {
    mkdir folder
    fails_with 2 null -b 1 -o folder
    one_line_with "'folder'"
    [ "$(find . -mindepth 1)" = ./folder ]
}

@test "results/ that is no folder" {
    echo precious >results
    fails_with 2 null -b 1
    one_line_with results
    [ "$(cat results)" = precious ]
}

@test "check and pin refuse as run does" {
    refuses 2 "'nulll'" check nulll
    refuses 2 '--workers 0' check null -n 0
    refuses 2 '--workers 0' pin -n 0
    refuses 2 '--workers 1,2' pin -n 1,2
}
