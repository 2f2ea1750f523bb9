#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernel null goes wrong on request: what becomes of its row, of the others, of
# the record, and which exit code. The serial team has worker 0 alone, so what
# befalls worker 1 leaves it be.
load helper

# status and reason of a cell, from the record's summary
cell() {
    record_says --arg name "$1" "map(select(.t == \"summary\").cells[]) |
        map(select(.executor == \$name))[0] | $2"
}

@test "a wrong result: exit 3, and the comparison is void" {
    fails_with 3 null -P fault=wrong -n 2 -b 6 --warmups 0
    one_line_with 'worker 0 has a wrong result'
    lines_with "$output" '^VERDICT +VOID' 1
    lines_with "$output" '^results verified 0 of 1 ' 1
}

@test "a wrong result: the record keeps the trial and says so" {
    fails_with 3 null -P fault=wrong -n 2 -b 6 --warmups 0
    record_is_readable
    record_says 'map(select(.t == "trial" and .wrong)) | length == 1'
    record_says 'map(select(.t == "summary")) | all(.stop == "wrong result")'
    record_says '.[-1].t == "end" and (.[-1].why | contains("wrong result"))'
}

@test "a wrong result after good ones: these are not lost, nor counted" {
    fails_with 3 null -P fault=wrong -P at=2 -n 1 -b 6 --warmups 0 \
        -e serial,processes
    record_says 'map(select(.t == "trial" and (.wrong | not))) | length >= 4'
    has "$output" VOID
}

@test "a step that fails: its row says why, the others go on, exit 6" {
    fails_with 6 null -P fault=fail -P slow=1 -n 2 -b 3 --warmups 0 \
        -e serial,processes
    one_line_with 'worker 1 was told to fail'
    lines_with "$output" '^processes +failed: worker 1 was told to fail' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
    cell processes '.status == "failed" and .trials == 0'
    cell serial '.status == "ok" and .trials == 3'
}

@test "a step that fails in every executor" {
    fails_with 6 null -P fault=fail -n 2 -b 2 --warmups 0
    lines_with "$output" '^(serial|threads|processes|ranks) +(failed|skipped): ' 4
    has "$output" 'Nothing was measured'
}

@test "a step that fails late: the row keeps what there was, and why it ended" {
    fails_with 6 null -P fault=fail -P at=2 -P slow=1 -n 2 -b 4 --warmups 0 \
        -e serial,processes
    lines_with "$output" '^processes +failed: worker 1' 1
    cell serial '.status == "ok" and .trials == 4'
    record_says 'map(select(.t == "trial" and .executor == "processes")) |
        length == 2'
}

@test "a worker of processes is lost: that one is named" {
    fails_with 6 null -P fault=lost -P slow=1 -n 2 -b 3 --warmups 0 \
        -e serial,processes
    one_line_with 'worker 1 was lost: signal 9'
    cell serial '.status == "ok" and .trials == 3'
}

@test "threads that are lost take their team along, and no other" {
    need threads
    fails_with 6 null -P fault=lost -P slow=1 -n 2 -b 3 --warmups 0 \
        -e serial,threads,processes
    lines_with "$output" '^threads +failed: .*signal 9' 1
    cell threads '.status == "failed"'
    cell serial '.status == "ok" and .trials == 3'
    left_no_shm # built with clang, its OpenMP has a segment there
}

@test "ranks of our own that are lost: a row with the reason, nothing left" {
    need_launcher
    start "$DRIVE" null -P fault=lost -P slow=1 -n 2 -b 3 --warmups 0 \
        -e serial,ranks
    finish 40
    [ "$status" -eq 6 ]
    lines_with "$(cat out)" '^ranks +failed: .+' 1
    cell serial '.status == "ok" and .trials == 3'
    all_gone
    left_no_shm
}

@test "ranks of our own that are lost: the reason names the signal" {
    need_launcher
    fails_with 6 null -P fault=lost -P slow=1 -n 2 -b 1 --warmups 0 -e ranks
    grep -qE '^ranks +failed: .*(signal|[Kk]illed|137)' <<<"$output"
    # What launchers say first is not always what happened.
    has_not "$output" 'terminated normally'
}

@test "the next problem is measured although one failed" {
    fails_with 6 null -P fault=fail,none -n 1 -b 2 --warmups 0 \
        -e serial,processes
    record_says 'map(select(.t == "summary")) | length == 2 and
        (.[1].cells | all(.status == "ok" and .trials == 2))'
}

# T is max(end) - min(start): one late worker is seen in full. A sleeping
# machine can only make it longer.
@test "a slow worker: T shows the whole delay, balance drops" {
    succeed null -P delay=0.001 -P extra=0.02 -P slow=1 -n 2 -b 3 --warmups 0
    record_says 'map(select(.t == "trial" and .executor != "serial")) |
        length >= 3 and all(.ns >= 21000000)'
    record_says 'map(select(.t == "trial" and .executor != "serial" and
        (.late | not))) | map(.balance) | min < 0.9'
    record_says 'map(select(.t == "trial" and .executor == "serial")) |
        all(.ns >= 1000000 and .balance == 1)'
}

@test "a slow worker 0 is slow in the serial team too" {
    succeed null -P extra=0.01 -P slow=0 -n 1 -b 2 --warmups 0 \
        -e serial,processes
    record_says 'map(select(.t == "trial")) | all(.ns >= 10000000)'
}
