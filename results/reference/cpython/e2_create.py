#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 2: create many workers that add 0 to 49 and then sleep. The
article's sleep 100 s and are timed while they are created; here they sleep
until all have been created, at most --hold seconds, so that their end can be
timed as well and nobody waits for nothing."""
import sys

sys.dont_write_bytecode = True
import drive_cpython as dc

NUMBERS = 50


def add_and_sleep(gate, hold, box):
    total = 0
    for number in range(NUMBERS):
        total += number
    box.put(total)
    gate.wait(hold)


def body(args, team, _folder):
    times, right = [], 0
    for _ in range(args.repeat):
        box, gate = team.box(), team.gate()
        worker = (gate, args.hold, box)
        times.append(team.live(add_and_sleep, [worker] * args.workers, gate))
        right += box.take().count(sum(range(NUMBERS)))
    return {"times": times,
            "observed": {"right_sums": right},
            "workload": {"numbers": NUMBERS, "hold_seconds_at_most": args.hold,
                         "ended": "as soon as all were created"}}


if __name__ == "__main__":
    dc.main(2, dc.parser(__doc__, workers=1000, hold=100), body)
