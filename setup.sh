#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# First steps on Debian 12:
#   ./setup.sh run     install what is missing, build, compare four executors
#   ./setup.sh test    the same set-up, then the whole test suite
#   ./setup.sh build   the set-up alone
set -eu
cd "$(dirname "$0")"

run_packages="gcc libc6-dev make cmake pkg-config git
    libhwloc-dev libjansson-dev libmd-dev librandom123-dev libblis-openmp-dev
    libopenmpi-dev openmpi-bin libplplot-dev plplot-driver-cairo gnuplot-nox"
test_packages="bats jq libcmocka-dev clang clang-format libomp-dev
    libclang-rt-dev codespell shellcheck mpich libmpich-dev python3
    python3-jsonschema python3-numpy python3-matplotlib python3-tk xvfb xauth
    sqlite3 hyperfine libbenchmark-tools python3-scipy cmark-gfm chktex
    slurm-wlm munge iproute2 util-linux libsimgrid-dev simgrid
    chromium chromium-driver python3-selenium python3-pil poppler-utils
    fonts-dejavu-core fonts-noto-cjk"

say() {
    printf '%s\n' "$*" >&2
}

# Packages of the list that dpkg does not know as installed.
missing_of() {
    for package in $1; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
            grep -q 'ok installed' || printf '%s ' "$package"
    done
}

install() {
    local missing as_root=
    if ! command -v apt-get >/dev/null; then
        say "setup: no apt-get here; looking for what is installed or loaded"
        return 0
    fi
    missing=$(missing_of "$1")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
        say "setup: these packages are missing, and only root can bring them:"
        say "    apt-get install $missing"
        return 0
    fi
    say "setup: installing $missing"
    # shellcheck disable=SC2086 # a list of words is meant
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@" >/dev/null' \
        install $missing
}

build() {
    cmake --preset release >/dev/null
    cmake --build --preset release --parallel "$(nproc)" >/dev/null
    ln -sf build/release/drive drive
}

cores() {
    nproc
}

case "${1:-}" in
build)
    install "$run_packages"
    build
    ;;
run)
    install "$run_packages"
    build
    # Root, as in a container, is not what Open MPI expects.
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    exec mpirun -np "$(cores)" ./drive matmul
    ;;
test)
    install "$run_packages $test_packages"
    build
    exec tests/all.sh
    ;;
*)
    say "usage: ./setup.sh run | test | build"
    exit 2
    ;;
esac
