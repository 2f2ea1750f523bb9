#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Records for other tools, read by those tools or as they say that they read.

load helper

formats='csv md latex hyperfine gbench extrap'
python=/usr/bin/python3
[ -x "$python" ] || python=python3

# Two numbers of workers, two values of a parameter.
make_record() {
    succeed null -P delay=0.0001,0.0002 -b 6 -e serial,threads,processes \
        -n 1,2 -q -o "$1"
}

# Holds a file against the records it was made of.
fits() {
    "$python" "$BATS_TEST_DIRNAME/export.py" "$@"
}

# A record in which everything that is a text is this one.
make_hostile() {
    succeed null -b 6 -e serial,threads -n 2 -q -o a.jsonl
    jq -c --arg bad "$1" '
        def rename: if . == "threads" then "-th" + $bad else . end;
        if .t == "plan" then .executors[].executor |= rename else . end
        | if .executor then .executor |= rename else . end
        | if .t == "summary" then .cells[].executor |= rename
            | .pairs[] |= (.a |= rename | .b |= rename) | .verdict = $bad
            | .base = $bad else . end
        | if .kernel and .t != "run" then .kernel = $bad
            | .params = {n: 1024, ($bad): $bad, f: "=1+cmd|x"} else . end
        | if .t == "host" then .host = $bad else . end
        | if .t == "plan" then .unit = $bad | .placement = $bad
            | .params.long = "x" * 10000000 else . end' \
        a.jsonl >hostile.spoilt.jsonl
}

# The children's peak of memory in KiB.
peak() {
    "$python" -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# -- which format, which file ---------------------------------------------------

@test "export wants records and one format" {
    refuses 2 'which records' export --csv
    refuses 2 'nowhere.jsonl' export nowhere.jsonl --csv
    make_record a.jsonl
    fails_with 2 export a.jsonl
    one_line_with '--csv, --md, --latex, --hyperfine, --gbench or --extrap'
    fails_with 2 export a.jsonl --csv --md
    one_line_with '--csv and --md'
    fails_with 2 export a.jsonl -o a.json
    one_line_with "'a.json' does not end in"
    succeed_quietly help export
    for format in $formats; do
        lines_with "$output" "^ +--$format .*export" 1
    done
}

@test "a file's name tells the format" {
    make_record a.jsonl
    for pair in csv:csv md:md tex:latex jsonl:extrap; do
        succeed_quietly export a.jsonl -o "b.spoilt.${pair%:*}"
        [ -z "$output" ]
        drive export a.jsonl "--${pair#*:}" | cmp - "b.spoilt.${pair%:*}"
    done
    succeed_quietly export a.jsonl --gbench -o b.csv
    grep -q '"context"' b.csv
    succeed_quietly export a.jsonl --csv -o -
    lines_with "$output" '^run,host,' 1
    [ ! -e - ]
}

@test "an export is replaced whole or not at all, a record never" {
    make_record a.jsonl
    cp a.jsonl kept
    fails_with 2 export a.jsonl -o a.jsonl
    one_line_with "'a.jsonl' is a record"
    ln -s a.jsonl link.csv
    fails_with 2 export a.jsonl -o link.csv
    cmp a.jsonl kept
    rm link.csv kept
    echo old >b.csv
    chmod 640 b.csv
    ln -s b.csv link.csv
    echo hello >c.spoilt.jsonl
    fails_with 2 export a.jsonl c.spoilt.jsonl -o link.csv
    [ "$(cat b.csv)" = old ]
    succeed_quietly export a.jsonl -o link.csv
    [ -L link.csv ] && [ "$(stat -c %a b.csv)" = 640 ]
    grep -q ^run,host b.csv
    fails_with 2 export a.jsonl -o nowhere/b.csv
    one_line_with 'nowhere/b.csv'
    fails_with 6 export a.jsonl --csv -o /dev/full
    one_line_with 'cannot write'
    [ "$(find . -mindepth 1 | wc -l)" -eq 4 ]
}

@test "a full disk leaves what was there" {
    make_record a.jsonl
    echo old >b.csv
    run --separate-stderr bash -c "ulimit -f 1; exec $DRIVE export a.jsonl -o b.csv"
    [ "$status" -eq 6 ]
    has "$stderr" b.csv
    [ "$(cat b.csv)" = old ]
    [ "$(find . -mindepth 1 | wc -l)" -eq 2 ]
}

# -- formats, by what reads them ---------------------------------------------------

@test "CSV: Python's reader finds every trial with its factors" {
    make_record a.jsonl
    succeed null -P delay=0.0003 -m replicate -b 3 -e serial,threads -n 2 -q \
        -o b.jsonl
    succeed_quietly export a.jsonl b.jsonl -o b.csv
    fits csv b.csv a.jsonl b.jsonl
}

@test "CSV: SQLite reads it, and kernels stand side by side" {
    command -v sqlite3 >/dev/null || skip 'sqlite3 is missing'
    make_record a.jsonl
    succeed io -b 2 -e serial -n 1 -q -o io.jsonl
    succeed_quietly export a.jsonl io.jsonl -o b.csv
    sql() { sqlite3 :memory: '.import --csv b.csv t' "$1"; }
    [ "$(sql 'select count(*) from t')" -eq \
        "$(cat a.jsonl io.jsonl | grep -c '"t":"trial"')" ]
    [ "$(sql 'select sum(ns) from t where counts')" = \
        "$(jq -s 'map(select(.t == "trial" and (.warmup or .late | not)).ns)
            | add' a.jsonl io.jsonl)" ]
    [ "$(sql "select count(distinct param_delay) from t where kernel = 'null'")" -eq 2 ]
    [ -z "$(sql "select param_delay from t where kernel = 'io' and param_delay <> ''")" ]
    [ "$(sql "select min(metric_lines > 0) from t where kernel = 'io'")" -eq 1 ]
}

@test "hyperfine: the fields and types of its own document" {
    make_record a.jsonl
    succeed_quietly export a.jsonl --hyperfine -o ours.json
    fits hyperfine ours.json a.jsonl
    jq -e '.results | length == 12' ours.json
    command -v hyperfine >/dev/null || skip 'hyperfine is missing'
    hyperfine -N -r 3 -L x 1,2 'echo {x}' --export-json theirs.json >/dev/null 2>&1
    shape='[paths(type != "array" and type != "object") as $p
        | {($p | map(if type == "number" then 0 else . end)
            | if .[2] == "parameters" then .[:3] + ["x"] else . end | join(".")):
           (getpath($p) | type)}] | add'
    jq -S "$shape" theirs.json >theirs
    jq -S "$shape" ours.json | diff theirs -
}

@test "hyperfine: one trial has no deviation, the command is what was run" {
    succeed null -b 1 -e serial -n 1 -q -o a.jsonl
    succeed_quietly export a.jsonl --hyperfine -o ours.json
    fits hyperfine ours.json a.jsonl
    command=$(jq -r '.results[0].command' ours.json)
    [[ $command == 'drive null -P delay=0'*' -m divide -e serial -n 1' ]]
    # shellcheck disable=SC2086 # a shell would split it like this
    succeed ${command#drive } -b 1 -q --no-record
}

@test "gbench: the numbers are the trials'" {
    make_record a.jsonl
    succeed_quietly export a.jsonl --gbench -o a.json
    fits gbench a.json a.jsonl
    jq -e '.context | (.date | length > 0) and .host_name and .num_cpus > 0
        and (.caches | type == "array") and (.load_avg | length == 3)' a.json
}

@test "gbench: Google Benchmark's compare.py reads it" {
    compare=/usr/share/benchmark/compare.py
    [ -f "$compare" ] || skip 'libbenchmark-tools is missing'
    "$python" -c 'import scipy' || skip 'python3-scipy is missing'
    make_record a.jsonl
    succeed_quietly export a.jsonl --gbench -o a.json
    jq '(.benchmarks[] | select(.run_type == "iteration").real_time) *= 2' \
        a.json >b.json
    "$python" "$compare" --no-color benchmarks a.json b.json >out
    lines_with "$(cat out)" '^null/.*workers:[12] +\+1\.0000 ' 72
    lines_with "$(cat out)" '_pvalue .*6 vs 6' 12
    lines_with "$(cat out)" '_(mean|median|stddev) ' 36
}

@test "extrap: JSON Lines as Extra-P documents and wants them" {
    make_record a.jsonl
    succeed_quietly export a.jsonl --extrap -o e.spoilt.jsonl
    fits extrap e.spoilt.jsonl a.jsonl
    [ "$(jq -c '.params | keys' e.spoilt.jsonl | sort -u)" = \
        '["workers"]' ] || jq -e '.params.delay' e.spoilt.jsonl >/dev/null
    [ "$(jq -r .metric e.spoilt.jsonl | sort -u | tr '\n' ' ')" = \
        'core-seconds time ' ]
    succeed null -m replicate -P delay=0.0001,0.0002,0.0003 -b 2 \
        -e serial,threads -n 1,2 -q -o r.jsonl
    succeed_quietly export r.jsonl --extrap -o f.spoilt.jsonl
    fits extrap f.spoilt.jsonl r.jsonl
    [ "$(jq -r .metric f.spoilt.jsonl | sort -u)" = time ]
    [ "$(jq -c .params f.spoilt.jsonl | sort -u | wc -l)" -eq 6 ]
}

@test "md: cmark reads tables whose numbers are those of --json" {
    succeed null -P delay=0.002 -b 6 -e serial,threads,processes -n 2 --json \
        -o a.jsonl
    printf '%s' "$output" >a.json
    succeed_quietly export a.jsonl --md -o a.md
    for number in $(jq '.cells[].median_ns' a.json); do
        grep -qF "| $(awk -v ns="$number" 'BEGIN { printf "%.2f ms", ns / 1e6 }') |" a.md
    done
    verdict=$(jq -r .verdict a.json)
    grep -qF "**Verdict:** ${verdict%% *}" a.md
    command -v cmark-gfm >/dev/null || skip 'cmark-gfm is missing'
    cmark-gfm -e table a.md >a.html
    [ "$(grep -c '<table>' a.html)" -eq 2 ]
    [ "$(grep -c '<tr>' a.html)" -eq $((1 + 3 + 1 + $(jq '.pairs | length' a.json))) ]
    [ "$(grep -c '<h3>' a.html)" -eq 1 ]
}

@test "latex: it compiles, or chktex finds no fault" {
    make_record a.jsonl
    succeed_quietly export a.jsonl -o a.tex
    lines_with "$(cat a.tex)" '^\\begin\{table\}' 4
    lines_with "$(cat a.tex)" '\\\\$' $((4 * (4 + 2)))
    if command -v pdflatex >/dev/null; then
        typeset_it a.tex
    elif command -v chktex >/dev/null; then
        # 8: lengths of dashes
        chktex -q -n8 a.tex | tee faults
        [ ! -s faults ]
    else
        skip 'neither pdflatex nor chktex'
    fi
}

typeset_it() {
    printf '%s\n' '\documentclass{article}\usepackage{booktabs}' \
        '\begin{document}' "\\input{$1}" '\end{document}' >paper.tex
    pdflatex -interaction=nonstopmode -halt-on-error paper.tex >log ||
        {
            cat log
            return 1
        }
}

# -- what is hostile, cut, foreign, or not there ------------------------------------

@test "hostile texts come out harmless in every format" {
    make_hostile $'=k"\n\r\t\e[31m,|`*[a](b)<script>$x^{\\evil}_%&#~->\u202eabc\u2028\u200f\u009b7m http://x.y www.z é中'
    for format in $formats; do
        case $format in
        md | csv) ending=$format ;;
        latex) ending=tex ;;
        extrap) ending=spoilt.jsonl ;;
        *) ending=json ;;
        esac
        succeed export hostile.spoilt.jsonl "--$format" -o "$format.$ending"
        [ -z "$output" ]
        fits harmless "$format.$ending"
        has_not "$stderr" $'\e'
    done
    fits extrap extrap.spoilt.jsonl a.jsonl
    jq -es 'all(.callpath | split("->") | length == 3)' extrap.spoilt.jsonl
    if command -v cmark-gfm >/dev/null; then
        cmark-gfm --unsafe -e table -e autolink -e strikethrough md.md >md.html
        has_not "$(cat md.html)" '<script'
        has_not "$(cat md.html)" '<a '
        has_not "$(cat md.html)" '<em>'
        [ "$(grep -c '<tr>' md.html)" -eq 5 ]
    fi
    has_not "$(cat latex.tex)" '\evil'
    ! command -v pdflatex >/dev/null || typeset_it latex.tex
}

@test "a record that was cut short is exported as far as it goes" {
    make_record a.jsonl
    head -c -2000 a.jsonl >cut.jsonl
    for format in $formats; do
        succeed export cut.jsonl "--$format"
        has "$stderr" 'cut short'
        printf '%s\n' "$output" >out.json
    done
    # Without its summary it is judged from the trials that are there.
    n=$(grep -n '"t":"summary"' a.jsonl | head -n 1 | cut -d : -f 1)
    head -n $((n - 1)) a.jsonl >b.jsonl
    succeed export b.jsonl --md
    lines_with "$output" '^\| serial \| .* us \|.* \| 6 \|$' 1
    has "$output" 'the run was cut short'
    succeed export b.jsonl --csv
    has "$output" ',cut,'
}

@test "lines that cannot be, and those of another run, are noted" {
    make_record a.jsonl
    succeed null -b 2 -e serial -n 1 -q -o b.jsonl
    cat a.jsonl b.jsonl >mixed.spoilt.jsonl
    succeed export mixed.spoilt.jsonl -o mixed.csv
    has "$stderr" 'belong to another run'
    fits csv mixed.csv a.jsonl b.jsonl
    sed 's/"ns":[0-9]*/"ns":-1/;6a hello' a.jsonl >c.spoilt.jsonl
    succeed export c.spoilt.jsonl --csv
    has "$stderr" 'were not read; line 5'
    lines_with "$output" . 1
    fails_with 2 export a.jsonl /dev/null --csv
    has "$stderr" 'is no file'
    sed 's/"v":1/"v":99/' a.jsonl >d.spoilt.jsonl
    fails_with 2 export a.jsonl d.spoilt.jsonl --csv
    one_line_with 'newer than this program'
    [ -z "$output" ]
}

@test "nothing measured, nothing right: honest documents" {
    make_record a.jsonl
    grep -E '"t":"(run|host|calib)"' a.jsonl >none.jsonl
    fails_with 3 null -P fault=wrong -b 2 --warmups 0 -e serial,threads -n 1 \
        -q -o wrong.jsonl
    fails_with 6 null -P fault=fail -b 2 --warmups 0 -e processes -n 2 -q \
        -o failed.jsonl
    for record in none wrong failed; do
        for format in $formats; do
            succeed export $record.jsonl "--$format" -o "$record.$format"
            has "$stderr" 'drive: note: '
            has_not "$(tr '[:upper:]' '[:lower:]' <"$record.$format" |
                grep -oE '\<(nan|inf)\>' || true)" n
        done
        jq -e '.results == []' $record.hyperfine
        jq -e '[.benchmarks[] | select(.error_occurred != true)] == []' \
            $record.gbench
        [ ! -s $record.extrap ]
    done
    jq -e '.benchmarks | length == 2 and .[0].error_message == "wrong result"' \
        wrong.gbench
    has "$(cat wrong.md)" VOID
    lines_with "$(cat wrong.csv)" ',1,1,0,wrong result,' 1
    grep -q 'failed: ' failed.md
}

# -- how much -------------------------------------------------------------------------

@test "memory does not grow with the trials" {
    succeed null -b 6 -e serial,threads -n 1 --warmups 0 -q -o a.jsonl
    for n in 2000 40000; do
        jq -c 'select(.t | IN("run", "host", "calib", "plan"))' a.jsonl
        jq -c 'select(.t == "trial")' a.jsonl | awk -v n=$n '
            { line[NR] = $0 }
            END { for (i = 0; i < n; i++) {
                text = line[i % NR + 1]
                sub(/"block":[0-9]+/, "\"block\":" int(i / 2), text)
                print text } }'
    done | awk '/"t":"run"/ { n++ } { print >("big" n ".spoilt.jsonl") }'
    for format in csv hyperfine gbench extrap; do
        small=$(peak "$DRIVE" export big1.spoilt.jsonl "--$format")
        large=$(peak "$DRIVE" export big2.spoilt.jsonl "--$format")
        echo "$format: $small KiB, $large KiB"
        [ $((large - small)) -lt 3000 ]
    done
}
