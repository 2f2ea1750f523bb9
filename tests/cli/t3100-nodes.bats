#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Over several nodes, which are namespaces of this machine (tests/cli/nodes.sh).
# They share its cores, so no time is looked at here.
load helper

setup_file() {
    local why

    why=$("${BATS_TEST_FILENAME%/*}/nodes.sh" probe 2>&1) || {
        [ -z "${CI:-}" ] || {
            echo "nodes cannot be made in CI: $why"
            return 1
        }
        skip "nodes cannot be made here: $why"
    }
}

# Open MPI alone can be told what to use in the place of ssh.
need_nodes() {
    need_launcher
    "$(launcher)" --version 2>&1 | grep -qiE 'open.?mpi|openrte' ||
        skip 'the launcher is not that of Open MPI'
}

# A rank on each of the slots "n1:2,n2:1": over $1, drive ...
over() {
    local slots=$1 hosts counts
    shift
    hosts=${slots//[^n]/}
    counts=$(tr ',' '\n' <<<"$slots" | sed 's/.*://' | paste -sd+ | bc)
    # shellcheck disable=SC2016 # for the shell inside
    run --separate-stderr timeout --kill-after=5 60 \
        "$sources/tests/cli/nodes.sh" "${#hosts}" sh -c \
        'mpirun=$1 slots=$2 n=$3; shift 3
        exec "$mpirun" --mca plm_rsh_agent "$NODES_AGENT" --wdir "$PWD" \
            --host "$slots" -np "$n" $MORE "$@"' \
        - "$(launcher)" "$slots" "$counts" "$DRIVE" "$@"
    show "over $slots: $*"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return 1
    need_nodes
    unset NODES_CLOCK NODES_APART
    # More ranks than cores: waiting must let others run.
    export OMPI_MCA_mpi_yield_when_idle=1 MORE=''
}

# Lines that are ours; launchers add their own.
ours() {
    grep '^drive: ' <<<"$stderr" || true
}

# The nodes of the workers of an executor, as the record has them: "[0,0,1]"
nodes_of() {
    record_lines | jq -sc --arg name "$1" \
        'map(select(.t == "place" and .executor == $name))[-1] |
            [.workers[].node]'
}

@test "divide: ranks over two nodes, the others on the first; all agree" {
    over n1:2,n2:2 matmul -P n=120 -b 3 --warmups 1
    [ "$status" -eq 0 ]
    lines_with "$output" '^nodes 2: n1 \(2 ranks\), n2 \(2 ranks\)$' 1
    lines_with "$output" '^note .* on n1 alone, at most 2 workers' 1
    [ "$(nodes_of ranks)" = '[0,0,1,1]' ]
    [ "$(nodes_of threads)" = '[0,0]' ]
    record_says '.[0].nodes | map(.host) == ["n1", "n2"] and
        map(.ranks) == [2, 2]'
    record_says 'map(select(.t == "trial")) | all(.wrong | not) and
        (map(.executor) | unique | length == 4) and
        (map(.checksum) | unique | length == 1)'
    closed_as complete
}

@test "replicate: all executors on all nodes" {
    over n1:2,n2:1,n3:1 matmul -m replicate -P n=60 -b 3 --warmups 0
    [ "$status" -eq 0 ]
    for executor in threads processes ranks; do
        [ "$(nodes_of "$executor")" = '[0,0,1,2]' ]
    done
    [ "$(nodes_of serial)" = '[0]' ]
    record_says 'map(select(.t == "trial" and .executor == "threads")) |
        length >= 3 and all(.workers == 4 and (.wrong | not))'
}

@test "ranks dealt out in turn, nodes of different size" {
    MORE='--map-by node' over n1:2,n2:1,n3:2 matmul -P n=90 -b 2 --warmups 0
    [ "$status" -eq 0 ]
    [ "$(nodes_of ranks)" = '[0,1,2,0,2]' ]
    [ "$(nodes_of threads)" = '[0,0]' ]
}

@test "fewer workers than ranks: some on one node, some on both" {
    over n1:2,n2:2 matmul -P n=90 -b 1 --warmups 0 -n 1,2,3
    [ "$status" -eq 0 ]
    [ "$(nodes_of ranks)" = '[0,0,1]' ]
    record_says 'map(select(.t == "trial")) | all(.wrong | not) and
        (map(.checksum) | unique | length == 1)'
}

# -- threads of ranks ----------------------------------------------------------------

# rank.thread of the workers of hybrid: "0.0 0.1 1.0"
threads_of_ranks() {
    record_lines | jq -sr 'map(select(.t == "place" and
        .executor == "hybrid"))[-1].workers |
            map("\(.rank).\(.thread)") | join(" ")'
}

@test "hybrid, divide: a rank a node, as many threads as it has places" {
    need hybrid
    over n1:2,n2:3 matmul -P n=90 -b 2 --warmups 1 -e serial,ranks,hybrid \
        --ranks-per node
    [ "$status" -eq 0 ]
    [ "$(nodes_of hybrid)" = '[0,0,1,1,1]' ]
    [ "$(threads_of_ranks)" = '0.0 0.1 1.0 1.1 1.2' ]
    record_says 'map(select(.t == "trial")) | all(.wrong | not) and
        (map(.executor) | unique | length == 3) and
        (map(.checksum) | unique | length == 1)'
    record_says 'map(select(.t == "summary"))[0].cells[2] |
        .workers == 5 and .ranks == 2 and .ranks_per == "node" and
        .failed == 0'
    succeed check results/*.jsonl
}

@test "hybrid, divide: three nodes, ranks dealt out in turn, not all have two" {
    need hybrid
    MORE='--map-by node' over n1:2,n2:1,n3:3 matmul -P n=90 -b 2 --warmups 0 \
        -e serial,hybrid --ranks-per 2
    [ "$status" -eq 0 ]
    [ "$(nodes_of hybrid)" = '[0,0,1,2,2,2]' ]
    [ "$(threads_of_ranks)" = '0.0 1.0 2.0 3.0 4.0 4.1' ]
    record_says 'map(select(.t == "trial")) | all(.wrong | not) and
        (map(.checksum) | unique | length == 1)'
    record_says 'map(select(.t == "summary"))[0].cells[1].ranks == 5'
}

@test "hybrid: fewer workers than ranks, on one node and on both" {
    need hybrid
    over n1:2,n2:2 check matmul overhead -n 1,2,3 -e serial,hybrid \
        --ranks-per 1
    [ "$status" -eq 0 ]
    lines_with "$output" 'hybrid ok' 9
    lines_with "$output" ' 0 failed' 1
}

@test "hybrid: one node is crowded, the other is not" {
    need hybrid
    over "n1:$(($(nproc) + 2)),n2:1" check matmul tasks share -e serial,hybrid \
        --ranks-per 2 -n "$(($(nproc) + 3))"
    [ "$status" -eq 0 ]
    lines_with "$output" ' 0 failed' 1
}

@test "replicate: all five executors on all nodes, where each is bound" {
    need hybrid
    over n1:2,n2:1 matmul -m replicate -P n=60 -b 2 --warmups 0 \
        -e serial,threads,processes,ranks,hybrid --ranks-per 1
    [ "$status" -eq 0 ]
    for executor in threads processes ranks hybrid; do
        [ "$(nodes_of "$executor")" = '[0,0,1]' ]
    done
    [ "$(threads_of_ranks)" = '0.0 0.1 1.0' ]
    record_says 'map(select(.t == "trial")) | all(.wrong | not)'
    over n1:2,n2:1 pin -e hybrid --ranks-per 1
    lines_with "$output" '^hybrid +0\.[01] +n1 .* ok' 2
    lines_with "$output" '^hybrid +1\.0 +n2 .* ok' 1
}

@test "hybrid: a thread of another node fails, whichever it is" {
    need hybrid
    # Of the leader of each node: the first thread, who relays, and the last.
    for worker in 0 1 2 4; do
        over n1:2,n2:3 null -P fault=fail -P slow=$worker -P at=1 -b 2 \
            --warmups 0 -e hybrid --ranks-per 1 --no-record
        [ "$status" -ne 0 ]
        node=n$((worker < 2 ? 1 : 2))
        lines_with "$output" "^hybrid +failed: $node: worker $worker was told" 1
    done
}

@test "hybrid: too few threads on another node: one line names it" {
    need hybrid
    cat >wrap <<'WRAP'
#!/bin/sh
[ "$(hostname)" != n2 ] || export OMP_THREAD_LIMIT=1
exec "$@"
WRAP
    chmod +x wrap
    # shellcheck disable=SC2030,SC2031 # for this test alone
    MORE=$PWD/wrap over n1:2,n2:2 null -b 2 --warmups 0 -e serial,ranks,hybrid \
        --ranks-per 1
    [ "$status" -ne 0 ]
    lines_with "$output" '^hybrid +failed: n2: .*fewer than 2 threads' 1
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
    [ "$(ours | wc -l)" -eq 1 ]
}

@test "hybrid: no window over nodes, whatever its ranks" {
    need hybrid
    over n1:2,n2:2 matmul -P n=60 -P comm=window -b 1 --warmups 0 \
        -e serial,hybrid --ranks-per node
    lines_with "$output" '^hybrid +skipped: .*no window in common' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

# -- clocks ------------------------------------------------------------------------

@test "clocks a thousand seconds apart: starts and ends agree" {
    NODES_CLOCK=1000 over n1:1,n2:1,n3:1 null -m replicate -P delay=0.02 -b 5 \
        --warmups 0
    [ "$status" -eq 0 ]
    # Were a clock taken as it is, trials would last 1000 s.
    record_says 'map(select(.t == "trial")) | length >= 20 and
        all(.ns >= 19000000 and .ns < 5000000000)'
    record_says '.[0].nodes | .[0].clock_error_ns == 0 and
        all(.[1:][]; .clock_error_ns > 0 and .clock_error_ns < 100000000)'
    # After the warm-up that there is none of, some start in time.
    has_not "$stderr" jumped
}

# A clock of n2 that is put forward or back by 5 s, three seconds from now.
jumps() {
    local cc

    cc=$(command -v cc gcc clang | head -n 1)
    [ -n "$cc" ] || skip 'no compiler'
    ! grep -q __asan_init "$DRIVE" || skip 'a sanitizer has to be loaded first'
    sed "s/+= 5/$1= 5/" "$sources/tests/cli/jump.c" >jump.c
    "$cc" -shared -fPIC -o jump.so jump.c
    cat >wrap <<'WRAP'
#!/bin/sh
[ "$(hostname)" != n2 ] || export LD_PRELOAD="$PWD/jump.so" \
    JUMP_AT=$(($(cut -d. -f1 /proc/uptime) + 3))
exec "$@"
WRAP
    chmod +x wrap
    # shellcheck disable=SC2030,SC2031 # for this test alone
    MORE=$PWD/wrap over n1:1,n2:1 null -m replicate -P delay=0.02 -b 120 \
        --warmups 0 -e processes,ranks
    [ "$status" -eq 0 ]
    has "$(ours)" 'the clock of n2 has jumped'
    # Trials with both clocks in them do not count.
    record_says 'map(select(.t == "trial" and (.late | not))) |
        length > 8 and all(.ns >= 19000000 and .ns < 4000000000)'
}

@test "a clock that is put forward while it runs: said, and no trial counts" {
    jumps +
}

@test "a clock that is put back while it runs: said, and no trial counts" {
    jumps -
}

@test "late starts are counted, run again and kept" {
    over n1:2,n2:2 null -m replicate -b 3 --warmups 0
    [ "$status" -eq 0 ]
    record_says '(map(select(.t == "trial" and .late)) | length) as $late |
        map(select(.t == "summary"))[0].late >= $late'
    record_says 'map(select(.t == "trial" and (.late | not))) |
        group_by([.executor, .block]) | all(length == 1)'
}

# Starts that others delay widen the window, and n2 reports before they come to
# pass.
@test "a node without workers spoils no trial, however wide the start window" {
    others=()
    for _ in 1 2 3 4 5 6; do
        while :; do :; done &
        others+=($!)
    done
    over n1:2,n2:1 matmul -P n=200 -n 2 -e threads,processes,ranks -b 40 --warmups 0
    kill "${others[@]}"
    [ "$status" -eq 0 ]
    record_says 'map(select(.t == "trial" and (.late | not))) |
        group_by(.block) | map(length) == [range(40) | 3]'
}

@test "drive pin: the node of each worker" {
    over n1:1,n2:2 pin
    [ "$status" -eq 0 ]
    for executor in threads processes ranks; do
        lines_with "$output" "^$executor +0 +n1 .* ok" 1
        lines_with "$output" "^$executor +[12] +n2 .* ok" 2
    done
}

@test "drive check over nodes" {
    over n1:1,n2:1 check null triad -n 2
    [ "$status" -eq 0 ]
    lines_with "$output" ' 0 failed' 1
}

@test "nodes that differ are named" {
    # One CPU of its own for n2, of as many as there are.
    [ "$(nproc)" -gt 1 ] || skip 'one core'
    MORE='--bind-to none' NODES_APART=n2 over n1:1,n2:1 null -b 1 --warmups 0
    [ "$status" -eq 0 ]
    lines_with "$output" "^note  nodes differ: n1 has $(nproc) cores.*n2 has 1 of .*; ask for nodes that are alike \(sbatch --constraint\)$" 1
}

@test "kernels that write files do so on every node" {
    over n1:1,n2:1 io -m replicate -P bytes=20000 -P hold=0 -b 1 --warmups 0 \
        --scratch /dev/shm # each node has its own
    [ "$status" -eq 0 ]
    [ "$(nodes_of processes)" = '[0,1]' ]
    over n1:1,n2:1 io -m replicate -P bytes=20000 -P hold=0 -b 1 --warmups 0 \
        --scratch "$BATS_TEST_TMPDIR"
    [ "$status" -eq 0 ]
    [ -z "$(find "$BATS_TEST_TMPDIR" -name 'drive*' -type d)" ]
}

@test "arenas in a window: refused where memory is not shared" {
    over n1:1,n2:1 matmul -P n=60 -P comm=window -b 1 --warmups 0
    lines_with "$output" '^ranks +skipped: .*several nodes' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

@test "--resume on the nodes that it had, and not on others" {
    job=(null -P delay=0.004 -b 12 --warmups 1 -e "ranks,serial")
    over n1:2,n2:1 "${job[@]}" -o whole.jsonl
    # As if it had been killed in its sixth block.
    grep -n '"t":"trial".*"block":5,' whole.jsonl | tail -n 1 >last
    head -n "$(cut -d: -f1 last)" whole.jsonl >part.jsonl
    for others in n1:1,n2:2 n2:2,n1:1 n1:2,n2:1,n3:1 n1:3; do
        before=$(cksum part.jsonl)
        over "$others" "${job[@]}" --resume part.jsonl
        [ "$status" -eq 2 ]
        lines_with "$(ours)" "^drive: cannot resume 'part.jsonl': its host [123] is .*, not .*: start it where it was, or begin a new record" 1
        [ "$(cksum part.jsonl)" = "$before" ]
    done
    sed 's/"host":"n2","cpu"/"host":"n9","cpu"/' part.jsonl >edited.spoilt.jsonl
    over n1:2,n2:1 "${job[@]}" --resume edited.spoilt.jsonl
    [ "$status" -eq 2 ]
    has "$(ours)" "its host 2 is 'n9' with 1 ranks, not 'n2' with 1 ranks"
    over n1:2,n2:1 "${job[@]}" --resume part.jsonl
    [ "$status" -eq 0 ]
    jq -es '.[-1].why == "complete" and
        (map(select(.t == "trial" and (.warmup or .late | not))) |
            group_by(.executor) | all(map(.block) == [range(12)]))' part.jsonl
}

# Points of the ranks, "[[workers,nodes,cores],...]".
points_of_ranks() {
    jq -c '.curves[] | select(.executor == "ranks") |
        [.points[] | [.workers, .nodes, .cores]]' <<<"$output"
}

@test "drive scale over nodes: nodes and cores of each, core-hours, one node's rest" {
    local all='[[1,1,1],[2,1,2],[3,2,3],[4,2,4],[5,3,5]]'
    for mode in strong weak; do
        over n1:2,n2:2,n3:1 scale matmul -P n=200 --mode "$mode" -n 1:5 -b 4 \
            --warmups 1 -o "$mode.jsonl"
        [ "$status" -eq 0 ]
        lines_with "$output" '^on 3 nodes, 1 to 2 cores of each$' 1
        lines_with "$output" '^on 2 nodes, 2 cores of each$' 1
        lines_with "$output" '^note  stays on one node' 2
        lines_with "$output" '^cost  [0-9.e-]* core-hours' 1
        jq -es '.[0].nodes | map(.host) == ["n1", "n2", "n3"]' "$mode.jsonl"
        succeed scale "./$mode.jsonl" --json
        [ "$(points_of_ranks)" = "$all" ]
        # All that stays has no more workers than n1 has places.
        jq -e '.curves | all(.executor == "ranks" or
            (.points | map(.workers) == [1, 2] and all(.nodes == 1)))' \
            <<<"$output"
        jq -e '.study_core_hours > 0 and all(.curves[].points[];
            .core_hours * 3600e9 / .median_ns / .cores |
                . > 0.999 and . < 1.001)' <<<"$output"
        succeed_quietly report --proposal "$mode.jsonl"
        lines_with "$output" '^ 3 +5 +5 x 1 ' 1
        has "$(tr '\n' ' ' <<<"$output")" 'on n1, n2, n3'
    done
    # In the rows of trials, too.
    succeed export strong.jsonl --csv -o - >/dev/null
    run jq -nRc '[inputs | split(",")] | .[0] as $h | .[1:] |
        map(.[$h | index("executor")] + .[$h | index("workers")] + ":" +
            .[$h | index("nodes")]) | unique' <<<"$output"
    [ "$output" = '["processes1:1","processes2:1","ranks1:1","ranks2:1","ranks3:2","ranks4:2","ranks5:3","serial1:1","threads1:1","threads2:1"]' ]
    # Of a job that was killed the places are not known.
    grep -v '"t":"\(place\|summary\|end\)"' strong.jsonl >part.spoilt.jsonl
    succeed scale ./part.spoilt.jsonl --json
    jq -e 'all(.curves[].points[]; .nodes == null)' <<<"$output"
}

@test "what stays on one node is no study of several" {
    over n1:2,n2:1 scale matmul -P n=60 --mode strong -e serial,threads
    [ "$status" -eq 2 ]
    [ "$(ours | wc -l)" -eq 1 ]
    has "$(ours)" '-e serial,threads: on one node, which has 2 of 3 workers'
    left_nothing
}

@test "commands about one host say so" {
    for words in 'check --aa' article; do
        # shellcheck disable=SC2086 # words are meant
        over n1:1,n2:1 $words
        [ "$status" -eq 2 ]
        [ "$(ours | wc -l)" -eq 1 ]
        has "$(ours)" 'the ranks are on 2: start it on one of them, without'
        left_nothing
    done
}

# -- what goes wrong --------------------------------------------------------------

@test "a worker of another node fails: its row names the node" {
    over n1:1,n2:1 null -m replicate -P fault=fail -P slow=1 -b 2 --warmups 0
    [ "$status" -ne 0 ]
    lines_with "$output" '^ranks +failed: n2: worker 1 was told to fail' 1
    lines_with "$output" '^processes +failed: n2: worker 1 was told' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

@test "a wrong result on another node: void, and the node is named" {
    over n1:1,n2:1 null -P fault=wrong -P slow=1 -b 1 --warmups 0 -e ranks
    [ "$status" -ne 0 ]
    [ "$(ours | wc -l)" -eq 1 ]
    has "$(ours)" 'n2: worker 1 has a wrong result'
    record_says 'map(select(.t == "trial" and .wrong)) | length == 1'
}

@test "a process of another node is lost: its row says where" {
    over n1:1,n2:1 null -m replicate -P fault=lost -P slow=1 -b 2 --warmups 0 \
        -e serial,processes
    lines_with "$output" '^processes +failed: n2: .*signal 9' 1
    lines_with "$output" '^serial +[0-9.]+ [mun]?s ' 1
}

@test "a rank of another node is lost: the job ends and names it" {
    over n1:1,n2:1 null -P fault=lost -P slow=1 -P at=3 -b 9 --warmups 0 \
        -e serial,ranks
    [ "$status" -ne 0 ]
    has "$stderr$output" 'on node n2'
    record_is_readable
    record_says '(map(select(.t == "trial")) | length > 0) and
        .[-1].t == "end" and .[-1].why != "complete"'
}

@test "no nursery on a node: its row says why, ranks go on" {
    cat >wrap <<'WRAP'
#!/bin/sh
exec env -u OMPI_COMM_WORLD_LOCAL_RANK "$@"
WRAP
    chmod +x wrap
    # shellcheck disable=SC2030,SC2031 # for this test alone
    MORE=$PWD/wrap over n1:1,n2:1 null -m replicate -b 1 --warmups 0
    lines_with "$output" '^processes +failed: n[12]: the launcher did not say' 1
    lines_with "$output" '^ranks +[0-9.]+ [mun]?s ' 1
}

# What is done to a long run, on whom: rank 0's child, which leads, the launcher,
# or the leader after a rank of n2 was stopped. Its status is in `code`.
disturbed() {
    cat >disturb <<'DISTURB'
drive=$3
"$1" --mca plm_rsh_agent "$NODES_AGENT" --wdir "$PWD" --host n1:2,n2:2 -np 4 \
    "$drive" null -P delay=0.005 -b 100000 -e serial,$4 &
launcher=$!
for _ in $(seq 300); do
    ! grep -qs "\"t\":\"trial\".*\"executor\":\"$4\"" results/*.jsonl || break
    sleep 0.1
done
for pid in $(pgrep -x drive); do
    parent=$(ps -o ppid= -p "$pid" | tr -d " ")
    [ "$(ps -o comm= -p "$parent")" != drive ] || continue
    last=$pid
    for child in $(pgrep -P "$pid"); do
        [ -z "$(pgrep -P "$child")" ] || conductor=$child
    done
done
case $2 in
    interrupt) kill -INT "$conductor" ;;
    lead) kill -KILL "$conductor" ;;
    launcher) kill -TERM "$launcher" ;;
    stuck) kill -STOP "$last"; sleep 0.5; kill -INT "$conductor" ;;
esac
wait "$launcher"
echo $? >code
DISTURB
    run --separate-stderr timeout --kill-after=5 60 \
        "$sources/tests/cli/nodes.sh" 2 sh disturb "$(launcher)" "$1" "$DRIVE" \
        "${2:-ranks}"
    show "disturbed: $*"
    [ "$(cat code)" -ne 0 ]
    record_is_readable
    record_says 'map(select(.t == "trial")) | length > 0'
}

@test "SIGINT to the one that leads: 130, the record is closed" {
    disturbed interrupt
    [ "$(cat code)" -eq 130 ]
    closed_as interrupted
}

@test "SIGTERM to the launcher, as a batch system sends it" {
    disturbed launcher
    closed_as interrupted
}

@test "kill -9 of the one that leads: the job ends" {
    disturbed lead
}

@test "SIGINT while a rank of another node hangs: the job ends" {
    disturbed stuck
    closed_as interrupted
}

@test "hybrid: SIGINT to the one that leads, and to one who waits for a rank" {
    need hybrid
    disturbed interrupt hybrid
    [ "$(cat code)" -eq 130 ]
    closed_as interrupted
    forget_records
    disturbed stuck hybrid
    closed_as interrupted
}

@test "bad input: one line, no file" {
    over n1:1,n2:1 nulll
    [ "$status" -ne 0 ]
    [ "$(ours | wc -l)" -eq 1 ]
    has "$(ours)" "'null'"
    left_nothing
}
