#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 4: workers that only sleep, so that what is left of the time is
the cost of bringing them to life and of ending them."""
import sys
import time

sys.dont_write_bytecode = True
import drive_cpython as dc


def nothing(hold):
    time.sleep(hold)


def body(args, team, _folder):
    times = [team.live(nothing, [(args.hold,)] * args.workers)
             for _ in range(args.repeat)]
    over = [sum(each) - args.hold for each in times]
    return {"times": times,
            "observed": {"over_hold_seconds": over},
            "workload": {"hold_seconds": args.hold}}


if __name__ == "__main__":
    dc.main(4, dc.parser(__doc__, workers=12, hold=1), body)
