# SPDX-License-Identifier: Apache-2.0
# Programs of tests/scale on simulated clusters.
# shellcheck disable=SC2154 # output and status are of bats

# simulate NODES PROGRAM [ARGUMENTS]: its line of figures in $figures; the
# options are shown when a test fails.
simulate() {
    local nodes=$1 program=$SIMULATED/$2.sim
    shift 2
    command -v smpirun >/dev/null ||
        skip "no simulator here: apt-get install libsimgrid-dev simgrid"
    [ -e "$program" ] ||
        skip "no simulator here when $program was to be built"
    run "$BATS_TEST_DIRNAME/simulate.sh" "$nodes" "$program" "$@"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    figures=$(tail -n 1 <<<"$output")
}

# field K: of the figures.
field() {
    awk -v k="$1" '{ print $k }' <<<"$figures"
}

# below A B: both numbers.
below() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 == a && a < b) }'
}
