#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Records as a page: what is on it, that it needs nothing but itself, and what
# becomes of records and of a gnuplot that are not as they should be.

load helper

# A record of a few trials in a file of this name.
make_record() {
    succeed null -b 8 -e serial,threads,processes -n 2 -q --margin 50 -o "$@"
}

need_gnuplot() {
    command -v gnuplot >/dev/null || skip 'no gnuplot'
}

# A page of these records, in order as tests/schema/page.py has it; its text
# without mark-up in $text.
page_of() {
    rm -f page.html
    succeed_quietly report -o page.html "$@"
    in_order page.html
    text=$(sed -E 's/<[^>]*>/ /g' page.html)
}

in_order() {
    PATH=/usr/bin:$PATH python3 "$sources/tests/schema/page.py" "$1"
}

pictures() {
    grep -c '<svg' page.html || true
}

# A program of this name, first on PATH, that is the script on stdin.
fake() {
    mkdir -p bin
    {
        echo '#!/bin/bash'
        cat
    } >"bin/$1"
    chmod +x "bin/$1"
    PATH=$PWD/bin:$PATH
}

# It has ended, whether or not anybody has taken notice.
has_ended() {
    [ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

@test "a page has the verdict, the tables and where they come from" {
    make_record a.jsonl
    verdict=$(jq -r 'select(.t == "summary").verdict' a.jsonl)
    page_of a.jsonl
    has "$text" "$verdict"
    for word in serial threads processes median Times Pairs Records \
        'results verified' 'hash of the record fits' \
        "$(sha256sum <a.jsonl | cut -d' ' -f1)" \
        "$(jq -r 'select(.t == "run").run' a.jsonl | head -n 1)"; do
        has "$text" "$word"
    done
    [ "$(jq -r 'select(.t == "trial" and .executor == "threads" and
        (.warmup or .late or .wrong | not)).ns' a.jsonl | wc -l)" -eq 8 ]
}

@test "its pictures are inside, and it is small" {
    need_gnuplot
    make_record a.jsonl
    page_of a.jsonl
    [ "$(pictures)" -ge 4 ]
    has_not "$text" 'No picture'
    has "$(cat page.html)" 'prefers-color-scheme'
    has "$(cat page.html)" '@page'
    has "$(cat page.html)" 'stroke="var(--c2)"'
    [ "$(wc -c <page.html)" -lt 400000 ]
    [ "$(find . -mindepth 1 | sort | tr '\n' ' ')" = './a.jsonl ./page.html ' ]
}

@test "--plots leaves scripts and data that gnuplot draws again" {
    need_gnuplot
    make_record a.jsonl
    page_of --plots figures a.jsonl
    [ -s figures/c1-ecdf.gp ]
    [ "$(grep -cE '^[0-9]' figures/c1-ecdf.dat)" -eq 24 ]
    (cd figures && gnuplot c1-ecdf.gp >ecdf.svg)
    grep -q '</svg>' figures/ecdf.svg
    rm page.html
    fails_with 2 report a.jsonl -o page.html --plots figures
    one_line_with figures/c1-ecdf.gp
    [ ! -e page.html ]
}

@test "--lang zh says all of it in Chinese" {
    make_record a.jsonl
    page_of --lang zh a.jsonl
    grep -q '<html lang="zh-Hans">' page.html
    for word in 结论 目录 中位数 记录 如何引用; do
        has "$text" "$word"
    done
    for word in Verdict Contents median 'How to cite' 'Numbers behind' \
        inconclusive 'results verified'; do
        has_not "$text" "$word"
    done
    fails_with 2 report a.jsonl -o b.html --lang de
    one_line_with 'want en or zh'
}

@test "several records and numbers of workers are one page" {
    make_record a.jsonl
    succeed null -b 6 -e serial,threads -n 1,2 -q -o b.jsonl
    page_of a.jsonl b.jsonl
    has "$text" 'Scaling of null'
    [ "$(grep -c 'href="#c[0-9]*">' page.html)" -eq 3 ]
    [ "$(grep -c '<h3 id="r[0-9]*">' page.html)" -eq 2 ]
    if command -v gnuplot; then grep -q 'id="s1-speedup"' page.html; fi
    mkdir folder
    mv ./*.jsonl folder
    echo hello >folder/c.jsonl
    page_of folder
    has "$text" 'Not read, as it is no record'
    mv folder/c.jsonl folder/c.spoilt.jsonl
}

@test "what is asked for wrongly is refused, and writes nothing" {
    refuses 2 'which records' report -o page.html
    refuses 2 'cannot open' report nowhere.jsonl
    refuses 2 'cannot open' report nowhere.jsonl -o page.html
    make_record a.jsonl
    echo mine >page.html
    fails_with 2 report a.jsonl -o page.html
    one_line_with 'is there already'
    [ "$(cat page.html)" = mine ]
    fails_with 2 report a.jsonl -o no/page.html
    one_line_with 'No such file'
    fails_with 2 report a.jsonl -o b.html --plot-limit 0
    one_line_with 'seconds above 0'
}

@test "a full disk leaves no half page" {
    make_record a.jsonl
    ulimit -f 8
    fails_with 6 report a.jsonl -o page.html
    [ ! -e page.html ]
}

@test "without gnuplot there are all tables, and it says so" {
    make_record a.jsonl
    mkdir bare
    run --separate-stderr env PATH="$PWD/bare" "$DRIVE" report a.jsonl \
        -o page.html
    [ "$status" -eq 0 ]
    in_order page.html
    [ "$(pictures)" -eq 0 ]
    has "$(cat page.html)" gnuplot-nox
    has "$(cat page.html)" '<details open>'
    [ "$(grep -c 'No picture' page.html)" -ge 4 ]
}

@test "a gnuplot that fails is quoted, and the page is there" {
    make_record a.jsonl
    fake gnuplot <<<'echo "<b>line 7: no such terminal" >&2; exit 3'
    page_of a.jsonl
    [ "$(pictures)" -eq 0 ]
    has "$text" 'failed with status 3'
    has "$text" '&lt;b&gt;line 7: no such terminal'
}

@test "a gnuplot that hangs is stopped, with what it started, once" {
    make_record a.jsonl
    fake gnuplot <<<'echo $$ >>pids; sleep 300 & echo $! >>pids; wait'
    page_of a.jsonl --plot-limit 0.5
    has "$text" 'longer than 0.5 s'
    has "$text" 'was not tried again'
    [ "$(wc -l <pids)" -eq 2 ]
    while read -r pid; do
        within 5 has_ended "$pid"
    done <pids
}

@test "a gnuplot that prints no picture, or one that acts, does no harm" {
    make_record a.jsonl
    fake gnuplot <<<'echo hello'
    page_of a.jsonl
    has "$text" 'something that is no picture'
    fake gnuplot <<'END'
cat <<'SVG'
<svg viewBox="0 0 9 9" onload="alert(1)"><script>alert(2)</script>
<image xlink:href="file:///etc/passwd"/><style>@import url(http://x/)</style>
<g id="evil" onclick="alert(3)"><path d="M0,0 L1,1" stroke="red" onfocus='x'/>
<use xlink:href="http://x/#gpPt1"/></svg>
SVG
END
    page_of a.jsonl
    [ "$(pictures)" -ge 4 ]
    for word in 'alert(' passwd import onload evil '//x/'; do
        run ! grep -qF "$word" page.html
    done
}

@test "a record that was cut short is a page that says so" {
    make_record a.jsonl
    head -c -3000 a.jsonl >torn.jsonl
    page_of torn.jsonl
    has "$text" 'Not whole: cut short'
    has "$text" 'the record ends before the comparison does'
    head -c 20 a.jsonl >first.spoilt.jsonl
    page_of first.spoilt.jsonl
    has "$text" 'hold no comparison'
    mv torn.jsonl torn.spoilt.jsonl
}

@test "what is no record is refused as compare does" {
    : >empty.spoilt.jsonl
    echo hello >hello.spoilt.jsonl
    make_record a.jsonl
    sed 's/"v":1/"v":9/' a.jsonl >newer.spoilt.jsonl
    for file in empty hello newer; do
        fails_with 2 report $file.spoilt.jsonl -o page.html
        said=$stderr
        fails_with 2 compare $file.spoilt.jsonl a.jsonl
        [ "$said" = "$stderr" ]
        [ ! -e page.html ]
    done
}

@test "lines that are wrong or of another run are counted" {
    make_record a.jsonl
    jq -c 'if .seq == 9 then .run = "other" elif .seq == 11 then .ns = -1
        else . end' a.jsonl >b.spoilt.jsonl
    page_of b.spoilt.jsonl
    has "$text" 'lines of another run: 1'
    has "$text" 'lines that could not be read: 1'
    has "$text" 'hash of the record does not fit'
}

@test "no cells, one trial and all failed make an honest page" {
    make_record a.jsonl
    jq -c 'select(.t | IN("run", "host", "calib", "end"))' a.jsonl \
        >none.spoilt.jsonl
    page_of none.spoilt.jsonl
    has "$text" 'hold no comparison'
    jq -c 'select(.t != "trial" or (.block == 0 and .order == 0 and
        (.warmup | not)))' a.jsonl >one.spoilt.jsonl
    page_of one.spoilt.jsonl
    has "$text" 'Nothing to compare: only'
    jq -c 'def gone: map(.status = "failed" | .why = "killed by signal 9");
        select(.t != "trial") | if .t == "plan" then .executors |= gone
        elif .t == "summary" then .blocks = 0 | .cells |= gone
        else . end' a.jsonl >failed.spoilt.jsonl
    page_of failed.spoilt.jsonl
    has "$text" 'failed: killed by signal 9'
    has "$text" 'Nothing was measured'
    jq -c 'if .t == "trial" then .wrong = true else . end' a.jsonl \
        >wrong.spoilt.jsonl
    page_of wrong.spoilt.jsonl
    has "$text" 'wrong results: 3'
}

@test "what a record holds stays text" {
    make_record a.jsonl
    evil='</title><script>alert(1)</script>\u202e\u0007\u200b`id`$(id)%s%n'"'"
    jq -c --argjson evil "\"$evil\"" '
        def other: if . == "threads" then $evil else . end;
        (.kernel? // empty) |= "<script>" | (.placement? // empty) |= $evil
        | if .t == "host" then .host = $evil | .os = $evil + "X" * 3000000
          elif .t == "run" then .command_line = $evil
          elif .t == "plan" then .executors |= map(.executor |= other)
          elif .t == "summary" then .cells |= map(.executor |= other)
          elif .executor? then .executor |= other else . end' \
        a.jsonl >b.spoilt.jsonl
    page_of b.spoilt.jsonl --plots figures
    has "$text" '&lt;script&gt;alert(1)'
    has "$text" '[U+202E][U+0007][U+200B]'
    has "$text" 'XXX… ['
    run ! grep -qi '<script' page.html
    run ! grep -qE "\`|system *\(|\\\$\(" figures/*.gp
    [ "$(wc -c <page.html)" -lt 400000 ]
}
