#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# matmul over ranks: any grid, any panel, any look-ahead gives the same product.
load helper

summa_is_right() {
    need_launcher
    succeed_quietly check matmul -e ranks -n 2,3,6 "$@"
    lines_with "$output" '^6 passed, 0 failed, 0 skipped$' 1
}

@test "panels as the caches want them, of one column, and wider than the matrix" {
    summa_is_right
    summa_is_right -P panel=1 -P n=23
    summa_is_right -P panel=1000
}

@test "no look-ahead, and as much as there may be" {
    summa_is_right -P ahead=0 -P panel=8
    summa_is_right -P ahead=7 -P panel=8
}

@test "grids of one row, and matrices smaller than the grid" {
    summa_is_right -P rows=1
    summa_is_right -P n=2
    succeed_quietly check matmul -e ranks -n 6 -P rows=3 -P n=50
}

@test "layers: each with a grid of its own, and one that is all layers" {
    summa_is_right -P layers=1
    succeed_quietly check matmul -e ranks -n 6 -P layers=2 -P n=50 -P panel=8
    succeed_quietly check matmul -e ranks -n 6 -P layers=3 -P rows=2
    succeed_quietly check matmul -e ranks,threads -n 6 -P layers=6
    succeed_quietly check matmul -e ranks -n 4 -P layers=4 -P n=3
}

@test "a grid that the workers do not make is refused before anything runs" {
    fails_with 2 matmul -n 4 -P rows=3 --no-record
    one_line_with '4 workers do not make a grid of 3 rows'
    fails_with 2 matmul -n 4 -P layers=3 --no-record
    one_line_with '4 workers do not make 3 layers'
    fails_with 2 matmul -n 6 -P layers=2 -P rows=2 --no-record
    one_line_with '3 workers do not make a grid of 2 rows'
}

@test "a window gives the same product" {
    summa_is_right -P comm=window
}
