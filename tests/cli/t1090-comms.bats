#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stencil, transpose, reduce: kernels whose workers talk, with any number of
# them, by messages and in memory that they have in common.
load helper

# Every executor of this build, with these numbers of workers and in all modes,
# was right; none was skipped that is there.
checks() {
    local kernel=$1 workers=$2
    shift 2
    succeed_quietly check "$kernel" -n "$workers" "$@"
    lines_with "$output" FAILED 0
    lines_with "$output" "^$kernel +divide .* processes ok" \
        "$(tr , '\n' <<<"$workers" | wc -l)"
    left_nothing
}

@test "stencil: any number of workers" {
    checks stencil 1,2,3,5,7
    checks stencil 2,5 -P n=61 -P radius=3 -P iterations=1
}

@test "stencil: blocks as small as the star allows" {
    checks stencil 9 -P n=6 -P radius=2
    checks stencil 5 -P n=11 -P radius=2
}

@test "transpose: any number of workers, more than rows too" {
    checks transpose 1,2,3,5,7
    checks transpose 3,5 -P n=5
    checks transpose 2,3 -P n=131 -P tile=1
}

@test "reduce: any number of workers, more than vectors too" {
    checks reduce 1,2,3,5,7
    checks reduce 3 -P op=max
    checks reduce 3 -P n=1 -P vectors=1
}

@test "ranks read each other's memory in a window" {
    need_launcher
    for kernel in stencil transpose reduce; do
        checks $kernel 3 -P comm=window
        has_not "$output" 'ranks skipped'
    done
}

@test "what workers hand over is said" {
    succeed stencil -n 2 -b 2 --warmups 0 --no-record -e serial,processes \
        -P n=100 -P iterations=3
    lines_with "$output" 'what stencil found +halo +messages' 1
    # 3 iterations, 2 workers, 2 rows of 100 numbers of 8 bytes
    lines_with "$output" '^processes +9.38 KiB +6$' 1
    succeed transpose -n 2 -b 2 --warmups 0 --no-record -e serial,processes \
        -P n=128 -P iterations=1
    lines_with "$output" '^processes +64 KiB$' 1
}

@test "a radius that does not fit" {
    refuses 2 'radius=5 needs n=11' stencil -P n=10 -P radius=5
    refuses 2 "from 1 to 32" stencil -P radius=33
    refuses 2 "radius=0" stencil -P radius=0
}

@test "blocks that are too small for the star" {
    refuses 2 'n=13' stencil -n 7 -P n=13
    refuses 2 'larger n' stencil -n 101 -P n=97
}

@test "values that make no sense" {
    refuses 2 'tile=0' transpose -P tile=0
    refuses 2 'n=0' transpose -P n=0
    refuses 2 'iterations=0' stencil -P iterations=0
    refuses 2 'vectors=0' reduce -P vectors=0
    refuses 2 'op=mean' reduce -P op=mean
    refuses 2 'comm=letter' reduce -P comm=letter
}

@test "memory beyond the machine is refused before anything runs" {
    refuses 6 'memory' stencil -P n=10^7 --no-record
    refuses 6 'memory' transpose -P n=10^7 --no-record
    refuses 6 'memory' reduce -P n=10^12 --no-record
}
