#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole suite: every preset with every compiler and MPI it is meant for is
# built and tested; ctest's own closing line is that of the release build,
# which comes last and has all tests.
set -eu
cd "$(dirname "$0")/.."

jobs=$(nproc)
logs=build/logs
mkdir -p "$logs"

# A configuration: a name, the labels of the tests that run in it, and what
# cmake is told. Its output is shown only when it fails.
configuration() {
    local name=$1 labels=$2 log="$logs/$1.log"
    shift 2
    printf '== %s\n' "$name"
    if ! {
        cmake -B "build/$name" "$@" &&
            cmake --build "build/$name" --parallel "$jobs" &&
            ctest --test-dir "build/$name" --output-on-failure -L "$labels"
    } >"$log" 2>&1; then
        tail -n 120 "$log"
        printf '%s failed; the whole log: %s\n' "$name" "$log"
        exit 1
    fi
    grep -E 'tests passed' "$log"
}

configuration dev 'unit' --preset dev
configuration dev-clang 'unit|check' --preset dev -DCMAKE_C_COMPILER=clang
configuration asan 'unit|check' --preset asan
configuration tsan 'unit|check' --preset tsan
configuration nompi 'unit|check' --preset nompi
configuration minimal 'unit|check' --preset minimal
configuration mpich 'check' --preset release \
    -DMPI_C_COMPILER=mpicc.mpich -DMPIEXEC_EXECUTABLE=/usr/bin/mpiexec.mpich

printf '== release\n'
exec ctest --preset release
