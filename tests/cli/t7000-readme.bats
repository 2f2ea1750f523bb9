#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every command of the README is typed, in its order, in a fresh copy of the
# tree. The test command itself is what runs this.
load helper

top=$(realpath "$BATS_TEST_DIRNAME/../..")

commands() {
    grep '^\$ ' "$top/README.md" | cut -c 3-
}

copy_tree() {
    mkdir tree
    tar -C "$top" --exclude=./.git --exclude='./build*' --exclude=./drive \
        --exclude='./results/*.jsonl' -cf - . | tar -C tree -xf -
}

@test "the README's commands work as typed" {
    need ranks
    copy_tree
    cd tree
    while read -r line; do
        [ "$line" != './setup.sh test' ] || continue
        echo "\$ $line"
        timeout 300 bash -c "$line" >out 2>&1 </dev/null || {
            cat out
            return 1
        }
        tail -n 3 out
    done < <(commands)
    [ -x drive ]
    ls results/*.jsonl
}

@test "the README has both commands of the set-up, and CI runs the second" {
    commands | grep -qxF './setup.sh run'
    commands | grep -qxF './setup.sh test'
    grep -q 'setup.sh test' "$top/.ci/run"
}
