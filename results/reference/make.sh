#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the reference records anew, one of each kernel, eight blocks each, and
# the pictures in doc/pictures that come from them. Takes some minutes on a quiet
# machine, whose records are to be committed together with the pictures:
#
#   results/reference/make.sh            all of it
#   results/reference/make.sh KERNEL...  these records, and all pictures
#   results/reference/make.sh --pictures pictures from the records there are
#
# DRIVE names the program (build/release/drive), WORKERS how many (2).
set -eu
cd "$(dirname "$0")/../.."

DRIVE=${DRIVE:-build/release/drive}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
here=results/reference

# What differs from a kernel's defaults, so that a trial stays below half a
# second; problems may therefore lie within a cache.
parameters() {
    case $1 in
    random) echo '-P log2=20' ;;
    cg) echo '-P n=40' ;;
    stencil) echo '-P n=1000' ;;
    transpose) echo '-P n=1000' ;;
    triad | copy) echo '-P n=2^22' ;;
    io) echo '-P bytes=2^20 -P hold=0.1' ;;
    hold) echo '-P hold=0.1' ;;
    latebind) echo '-P hold=0.1' ;;
    esac
}

record() {
    local kernel=$1 words status=0

    printf '%s\n' "$kernel" >&2
    words=$(parameters "$kernel")
    rm -f "$here/$kernel.jsonl"
    # shellcheck disable=SC2086 # words of a command are meant
    "$DRIVE" "$kernel" $words -b 8 -n "${WORKERS:-2}" --budget 120 -q \
        -o "$here/$kernel.jsonl" || status=$?
    # 5: eight blocks did not reach the precision.
    [ "$status" -eq 0 ] || [ "$status" -eq 5 ] || exit "$status"
}

kernels() {
    "$DRIVE" list --json | jq -r '.kernels[].name'
}

if [ "${1:-}" != --pictures ]; then
    [ $# -gt 0 ] || {
        # shellcheck disable=SC2046 # words are meant
        set -- $(kernels)
    }
    for kernel; do
        record "$kernel"
    done
fi
exec /usr/bin/python3 "$here/pictures.py" "$DRIVE" "$here" doc/pictures
