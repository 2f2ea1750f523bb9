#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The product over more nodes than we have: right, and its messages hidden
# behind its flop.
load helper

efficiency() {
    field 6
}

@test "the kernel finds its product right, and the same, on every grid" {
    simulate 1 verify 250 8 3
    alone=$(field 5)
    for nodes in 12 16 60; do
        simulate "$nodes" verify 250 8 3
        [ "$(field 1)" = "$nodes" ]
        below "$(field 3)" "$(field 4)"
        [ "$(field 5)" = "$alone" ]
    done
}

@test "panels deeper than the matrix, and more ahead than there are, do no harm" {
    simulate 1 verify 60 999 0
    alone=$(field 5)
    simulate 12 verify 60 999 7
    [ "$(field 5)" = "$alone" ]
}

@test "16 nodes lose at most 2 % of their speed" {
    simulate 16 summa 32768 2 4 256
    below 0.98 "$(efficiency)"
}

@test "64 nodes lose 3 %; without look-ahead 16 nodes lose a tenth and more" {
    simulate 64 summa 32768 2 4 256 64
    below 0.97 "$(efficiency)"
    simulate 16 summa 32768 0 4 256 8
    below "$(efficiency)" 0.9
}

@test "256 nodes lose 6 %, the start of half the product counted in full" {
    simulate 256 summa 32768 4 4 256 64
    below 0.94 "$(efficiency)"
}
