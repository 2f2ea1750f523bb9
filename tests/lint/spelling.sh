#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Words that are often misspelt. Golden files and captured machines are data.
# shellcheck source-path=SCRIPTDIR source=common.bash
. "$(dirname "$0")/common.bash"

want codespell codespell

# upto: a variable's name; paeth: a filter of PNG; the others: what tests mistype on purpose.
codespell --ignore-words-list=upto,paeth,corse,chek,nulll --quiet-level=35 \
    --skip='./.git,./build*,*/golden/*,*/topo/*,*.jsonl,*.json,*.xml' . |
    sed 's|^\./||' | nothing_found
