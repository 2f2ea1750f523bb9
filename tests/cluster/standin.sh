#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In place of drive, for what a job script makes of signals: works until USR1
# comes, then ends in order; called again with --resume it is soon done. Tells
# each task's fate in files beside the record.
set -u
rank=${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-0}}
record=${!#}
tell() {
    echo "$1" >>"$record.$rank"
}

trap 'tell warned; exit 138' USR1
tell "$*"
[ "$rank" -ne 0 ] || echo '{"t":"plan"}' >>"$record"
[[ " $* " != *" --resume "* ]] || {
    tell 'done'
    exit 0
}
for _ in $(seq 300); do
    sleep 0.1
done
tell forgotten
exit 1
