#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 7: training steps that keep what they made, as one does who
appends every step's result to a list. Workers run one after the other. What a
thread keeps stays in the process; a child takes it along when it ends."""
import sys

sys.dont_write_bytecode = True
import drive_cpython as dc

kept = []


def resident():
    """Bytes of this process that are in memory."""
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise dc.Failed("/proc/self/status has no VmRSS")


def step(size, box):
    kept.append(b"\1" * size)  # written to, so that it is really there
    box.put(resident())


def body(args, team, _folder):
    dc.need_memory(args.workers * args.bytes)
    times, before, after, inside = [], [], [], []
    for _ in range(args.repeat):
        kept.clear()
        box = team.box()
        before.append(resident())
        times.append(team.live_in_turn(
            step, [(args.bytes, box)] * args.workers))
        after.append(resident())
        inside.append(max(box.take()))
    left = [b - a for a, b in zip(before, after)]
    return {"times": times,
            "observed": {"before_bytes": before, "after_bytes": after,
                         "left_bytes": left, "largest_bytes": inside},
            "workload": {"bytes_per_step": args.bytes}}


if __name__ == "__main__":
    options = dc.parser(__doc__, workers=8)
    options.add_argument("--bytes", type=dc.count, default=64 << 20,
                         help="what a step keeps (default: %(default)s)")
    dc.main(7, options, body)
