#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two builds of one program, one of them slower by 3 % or not at all: how often
# is `drive compare` right about them, and how often hyperfine, given the same
# time? In half of the repetitions a neighbour (stress-ng) comes and goes.
#   drive      ten launches of each build, in turns, then `drive compare`
#   hyperfine  what its summary says: "1.03 +- 0.02 times faster" is read as a
#              difference if 1 lies outside; and Welch's test at 5 % of the
#              times it exports, which its authors ship as a script
#   builds.sh [REPETITIONS [SECONDS]]     50 of each kind, 4 s a tool
# Right is "slower" of the slower build, and nothing of the equal one.
set -u

repetitions=${1:-50}
seconds=${2:-4}
launches=10
rounds=10000000
here=$(cd "$(dirname "$0")" && pwd)
top=$(realpath "$here/../..")

for tool in stress-ng jq hyperfine; do
    command -v "$tool" >/dev/null || {
        echo "builds: $tool is missing: apt-get install $tool" >&2
        exit 77
    }
done

scratch=$(mktemp -d)
neighbour=
leave() {
    dismiss
    rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 130' INT TERM

invite() {
    stress-ng --quiet --temp-path "$scratch" --timeout 3600 \
        --cpu 1 --cpu-load 40 --cpu-load-slice 0 &
    neighbour=$!
}

dismiss() {
    [ -n "$neighbour" ] || return 0
    kill "$neighbour" 2>/dev/null
    wait "$neighbour" 2>/dev/null
    neighbour=
}

# The program twice, and its loop alone, for $1 the name and $2 the rounds.
build() {
    cmake -S "$scratch/tree" -B "$scratch/$1" -DCMAKE_BUILD_TYPE=Release \
        -DBUILD_TESTING=OFF -DCMAKE_C_FLAGS="-DBURN_ROUNDS=$2" &&
        cmake --build "$scratch/$1" --parallel "$(nproc)" &&
        cc -O3 -DALONE -DBURN_ROUNDS="$2" -o "$scratch/$1/alone" \
            "$here/burn.c"
}

mkdir "$scratch/tree"
tar -C "$top" --exclude=./.git --exclude='./build*' --exclude=./drive \
    --exclude='./results/*.jsonl' -cf - . | tar -C "$scratch/tree" -xf -
cp "$here/burn.c" "$scratch/tree/kernels/"
echo 'KERNEL(burn)' >>"$scratch/tree/kernels/kernels.def"
{
    build old "$rounds"
    build same "$rounds"
    build slower "$((rounds * 103 / 100))"
} >"$scratch/log" 2>&1 || {
    tail -n 20 "$scratch/log" >&2
    exit 1
}

# One launch of build $1 into folder $2.
launch() {
    (cd "$scratch" && "$1/drive" burn -e serial --quiet --precision 0.0001 \
        --budget "$each" -o "$2/$1-$RANDOM$RANDOM.jsonl" >/dev/null 2>&1)
}

# "slower", "faster", "none": what `drive compare` says of build $1.
ask_drive() {
    local each i

    each=$(awk "BEGIN { print $seconds / (2 * $launches) - 0.03 }")
    rm -rf "$scratch/a" "$scratch/b"
    mkdir "$scratch/a" "$scratch/b"
    for ((i = 0; i < launches; i++)); do
        if ((RANDOM % 2)); then
            launch old a
            launch "$1" b
        else
            launch "$1" b
            launch old a
        fi
    done
    "$scratch/old/drive" compare --json "$scratch/a" "$scratch/b" \
        2>/dev/null >"$scratch/said"
    jq -r '.rows[0].verdict | if . == "regression" then "slower"
        elif . == "faster" then "faster" else "none" end' "$scratch/said"
}

# Two words: what the summary says, and what Welch's test says.
ask_hyperfine() {
    local runs

    runs=$(awk "BEGIN { print int($seconds / 2 / $one) }")
    hyperfine --shell=none --style none --warmup 3 --runs "$runs" \
        --export-json "$scratch/times.json" "$scratch/old/alone" \
        "$scratch/$1/alone" >/dev/null 2>&1
    jq -r '.results | map(.mean) as $m | map(.stddev) as $s |
        (.[0].times | length) as $n |
        ($m[1] / $m[0]) as $ratio |
        (if $ratio > 1 then $ratio else 1 / $ratio end) as $times |
        ($times * ((($s[0] / $m[0]) * ($s[0] / $m[0]) +
            ($s[1] / $m[1]) * ($s[1] / $m[1])) | sqrt)) as $sd |
        (($m[1] - $m[0]) / ((($s[0] * $s[0] + $s[1] * $s[1]) / $n) | sqrt))
            as $t |
        (if $ratio > 1 then "slower" else "faster" end) as $way |
        [(if $times - $sd > 1 then $way else "none" end),
         (if ($t | fabs) > 1.98 then $way else "none" end)] | @tsv' \
        "$scratch/times.json"
}

# How long the loop takes, with what starting it costs hyperfine.
hyperfine --shell=none --style none --runs 20 \
    --export-json "$scratch/times.json" "$scratch/old/alone" >/dev/null 2>&1
one=$(jq '.results[0].median + 0.0005' "$scratch/times.json")

: >"$scratch/all"
for ((r = 0; r < repetitions; r++)); do
    others=alone
    ((r % 2)) && others=neighbour
    for build in slower same; do
        [ $others = alone ] || invite
        start=$(date +%s%N)
        ours=$(ask_drive $build)
        middle=$(date +%s%N)
        theirs=$(ask_hyperfine $build)
        end=$(date +%s%N)
        dismiss
        printf '%s\t%s\t%s\t%s\t%d\t%d\n' $build $others "$ours" "$theirs" \
            $(((middle - start) / 1000000)) $(((end - middle) / 1000000)) |
            tee -a "$scratch/all"
    done
done

# Lines of "build others drive summary welch ms ms".
for who in alone neighbour .; do
    awk -F '\t' -v others="$who" '
        $2 !~ others { next }
        { n[$1]++; ours += $6; theirs += $7 }
        { want = $1 == "slower" ? "slower" : "none" }
        { for (i = 3; i <= 5; i++) right[$1, i] += $i == want }
        { runs++ }
        END {
            name[3] = "drive compare"; name[4] = "hyperfine, summary"
            name[5] = "hyperfine, Welch"
            print others == "." ? "all" : others
            for (i = 3; i <= 5; i++)
                printf "  %-20s 3 %% found %d of %d, equal left alone %d of %d\n",
                    name[i], right["slower", i], n["slower"],
                    right["same", i], n["same"]
            printf "  seconds a repetition: drive %.1f, hyperfine %.1f\n",
                ours / runs / 1000, theirs / runs / 1000
        }' "$scratch/all"
done
