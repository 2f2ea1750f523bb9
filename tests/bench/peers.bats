#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The peers' races run to their end, each row says something, nobody's result
# is wrong, and nothing stays behind. Of numbers nothing is said.
bats_require_minimum_version 1.5.0

left_behind() {
    find /tmp /dev/shm -maxdepth 1 -name 'drive-hpcc-*' | sort
}

@test "peers --smoke: all rows, ratios or what is missing" {
    before=$(left_behind)
    run "${BATS_TEST_FILENAME%/*}/peers" --smoke
    echo "$output"
    [ "$status" -eq 0 ]
    for row in 11 12 13 14 15 16 17 18 19 20 21; do
        grep -qE "^$row .*( ok| short|\(note\)|missing: )" <<<"$output"
    done
    [ "$(left_behind)" = "$before" ]
    run ! grep -E 'failed: |is out: |[^a-z](nan|inf)' <<<"$output"
}

@test "peers: a group that is not there" {
    run "${BATS_TEST_FILENAME%/*}/peers" --smoke nowhere
    [ "$status" -eq 2 ]
    grep -q 'usage: bench_rows' <<<"$output"
}
