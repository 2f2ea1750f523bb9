#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The product over more nodes than we have: right, and its messages hidden
# behind its flop.
load helper

efficiency() {
    field 6
}

@test "the kernel finds its product right, and the same, on every grid" {
    simulate 1 verify 250 8 3 1
    alone=$(field 5)
    for grid in '12 1' '12 3' '16 4' '60 1' '60 5'; do
        simulate "${grid% *}" verify 250 8 3 "${grid#* }"
        [ "$(field 1)" = "${grid% *}" ]
        below "$(field 3)" "$(field 4)"
        [ "$(field 5)" = "$alone" ]
    done
}

@test "panels deeper than the matrix, and more ahead than there are, do no harm" {
    simulate 1 verify 60 999 0 1
    alone=$(field 5)
    simulate 12 verify 60 999 7 1
    [ "$(field 5)" = "$alone" ]
    simulate 12 verify 60 999 7 6
    [ "$(field 5)" = "$alone" ]
}

@test "a layer that has no part of the inner dimension adds nothing, in any step" {
    simulate 1 verify 5 8 3 1
    alone=$(field 5)
    simulate 32 verify 5 8 3 8
    [ "$(field 5)" = "$alone" ]
}

@test "16 nodes lose 2 % of their speed at most; without look-ahead a third" {
    simulate 16 summa 32768 2 1 256 1
    below 0.98 "$(efficiency)"
    simulate 16 summa 32768 0 1 256 1
    below "$(efficiency)" 0.67
}

@test "64 nodes lose 2 % with four panels ahead" {
    simulate 64 summa 32768 4 1 256 1
    below 0.98 "$(efficiency)"
}

@test "256 nodes lose 3 % with five panels ahead" {
    simulate 256 summa 32768 5 1 256 1
    below 0.97 "$(efficiency)"
}

@test "1024 nodes keep 0.88 of their speed in four layers: 0.26 without" {
    simulate 1024 summa 32768 5 1 256 4
    below 0.88 "$(efficiency)"
    simulate 1024 summa 32768 0 1 256 1 16
    below "$(efficiency)" 0.3
}
