#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nothing that shellcheck knows is wrong in any script.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

want shellcheck shellcheck

{
    sources '*.sh' '*.bash' '*.bats' '*.sbatch'
    [ -e .ci/run ] && echo .ci/run
} | xargs -r shellcheck --external-sources --format=gcc | nothing_found
