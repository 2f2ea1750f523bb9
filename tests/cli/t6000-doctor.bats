#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor and explain: what may spoil a comparison here, and what to do. They
# run everywhere: what cannot be read is said to be so.
load helper

codes=$(seq -f 'W%g' 101 115)

# The program in a mount namespace of its own, after a shell line that hides
# something from it.
in_sandbox() {
    local hide=$1
    shift
    unshare --user --map-root-user --mount true 2>/dev/null ||
        skip 'no namespaces here'
    run --separate-stderr timeout --kill-after=5 60 unshare --user \
        --map-root-user --mount sh -c "{ $hide; } || exit 99; exec \"\$@\"" \
        sh "$DRIVE" "$@"
    show "$@"
    [ "$status" -ne 99 ] || skip "cannot: $hide"
}

state_of() {
    jq -r --arg name "$1" '.checks[] | select(.name == $name).state' \
        <<<"$output"
}

@test "doctor: one line a check, every code among them" {
    succeed_quietly doctor
    for code in $codes; do
        lines_with "$output" "^(OK|WARN|FAIL|-) +$code  " 1
    done
    for executor in serial threads processes ranks; do
        lines_with "$output" "^(OK|WARN|FAIL|-) +$executor  " 1
    done
    lines_with "$output" '^[0-9]+ OK, [0-9]+ to mind, [0-9]+ failed, [0-9]+ not' 1
    [ "$(awk 'length > 80' <<<"$output")" = "" ]
    left_nothing
}

@test "doctor: what warns has an effect and a remedy" {
    succeed_quietly doctor --json
    jq -e '.checks | map(select(.state == "WARN" or .state == "FAIL")) |
        all(.found and .effect and .remedy)' <<<"$output"
    jq -e '.checks | map(select(.state == "OK")) |
        all(.found and .effect == null and .remedy == null)' <<<"$output"
}

@test "doctor --json: one document with the fields of the contract" {
    succeed_quietly doctor --json
    jq -es 'length == 1 and (.[0] | .schema == 1 and
        (.host | length > 0) and (.environment | type == "object") and
        (.build | has("compiler")))' <<<"$output"
    jq -e '.checks | length > 15 and all(has("code") and has("name") and
        has("state") and has("found") and has("effect") and has("remedy"))' \
        <<<"$output"
    jq -e '. as $d | .counts | to_entries |
        all(.key as $state | .value ==
            ($d.checks | map(select(.state == $state)) | length))' \
        <<<"$output"
    jq -e '[.checks[].code | select(.)] == [range(101; 116) | "W\(.)"]' \
        <<<"$output"
}

@test "doctor: the executors of this build start" {
    succeed_quietly doctor --json
    for executor in serial threads processes; do
        [ -n "$(why_absent "$executor")" ] ||
            [ "$(state_of "$executor")" = OK ]
    done
    [ "$(state_of 'shared board')" = OK ]
}

@test "doctor --strict: 4 when anything is to mind, else 0" {
    LD_PRELOAD=libm.so.6 fails_with 4 doctor --strict --json
    jq -e '.checks[] | select(.code == "W113").state == "WARN"' <<<"$output"
    one_line_with fail
    LD_PRELOAD=libm.so.6 succeed_quietly doctor
}

@test "doctor --quiet-warn leaves checks out" {
    LD_PRELOAD=libm.so.6 try doctor --strict --quiet-warn \
        "$(paste -sd, <<<"$codes")" --json
    jq -e '.checks | all(.code == null)' <<<"$output"
    LD_PRELOAD=libm.so.6 succeed_quietly doctor --quiet-warn W113,w105
    lines_with "$output" 'W113|W105' 0
    lines_with "$output" 'W101' 1
}

@test "doctor: a job that got fewer CPUs than it asked for" {
    [ "$(cores)" -gt 1 ] || skip 'one core'
    cpu=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
    run --separate-stderr env SLURM_JOB_ID=1 SLURM_CPUS_PER_TASK=2 \
        taskset -c "$cpu" "$DRIVE" doctor --json
    show doctor
    [ "$(state_of places)" = WARN ]
    jq -e '.checks[] | select(.code == "W103").effect |
        contains("asked for 2")' <<<"$output"
}

@test "doctor without a launcher goes on" {
    need ranks
    succeed_quietly doctor --launcher /nonexistent --json
    [ "$(state_of launcher)" = WARN ]
    [ "$(state_of ranks)" = 'not readable' ]
    [ "$(state_of serial)" = OK ]
}

@test "doctor under a launcher" {
    need_launcher
    run --separate-stderr timeout --kill-after=5 60 "$(launcher)" -np 1 \
        "$DRIVE" doctor --json
    show 'doctor under a launcher'
    [ "$status" -eq 0 ]
    [ "$(state_of ranks)" = OK ]
}

@test "doctor without /sys: not readable, and goes on" {
    in_sandbox 'mount -t tmpfs none /sys' doctor --json
    [ "$status" -eq 0 ]
    [ "$(state_of 'clock frequency')" = 'not readable' ]
    [ "$(state_of 'huge pages')" = 'not readable' ]
    [ "$(state_of serial)" = OK ]
}

@test "doctor with /sys and /proc/sys read-only" {
    in_sandbox 'mount --rbind /sys /sys && mount -o remount,bind,ro /sys &&
        mount --bind /proc/sys /proc/sys &&
        mount -o remount,bind,ro /proc/sys' doctor --json
    [ "$status" -eq 0 ]
    [ "$(state_of serial)" = OK ]
}

@test "doctor without /proc: says that no team can be led, and no more" {
    in_sandbox 'mount -t tmpfs none /proc' doctor --json
    [ "$status" -eq 0 ]
    [ "$(state_of neighbours)" = 'not readable' ]
    [ "$(state_of 'shared board')" = FAIL ]
    in_sandbox 'mount -t tmpfs none /proc' doctor --strict
    [ "$status" -eq 4 ]
}

@test "doctor takes no word" {
    refuses 2 "'me'" doctor me
}

@test "explain: every code has a page" {
    for code in $codes; do
        succeed_quietly explain "$code"
        [[ $output == "$code: "* ]]
        for part in checked effect remedy operator; do
            lines_with "$output" "^  $part +[^ ]" 1
        done
        [ "$(awk 'length > 80' <<<"$output")" = "" ]
    done
    left_nothing
}

@test "explain: several, and in small letters" {
    succeed_quietly explain w103 109
    lines_with "$output" '^W10[39]: ' 2
}

@test "explain alone lists all codes" {
    succeed_quietly explain
    [ "$(cut -d' ' -f1 <<<"$output")" = "$codes" ]
}

@test "explain of what is no code names the range" {
    for word in W100 W116 X101 W1; do
        refuses 2 "'$word'" explain "$word"
        has "$stderr" 'W101 to W115'
    done
    refuses 2 "'W999'" explain W101 W999
}

@test "--quiet-warn refuses what is no code" {
    refuses 2 "'W99'" null --quiet-warn W101,W99
    refuses 2 W101 doctor --quiet-warn ''
}
