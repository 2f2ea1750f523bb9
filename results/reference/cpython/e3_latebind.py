#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 3: workers sleep, then read the variable of the loop that
created them, and write a file named after it. Threads find what the loop left
there; a forked process has a copy from its birth. A process that was spawned
has no such variable and is given it as an argument."""
import os
import sys
import time

sys.dont_write_bytecode = True
import drive_cpython as dc


def read_late(hold, folder, box, given=None):
    time.sleep(hold)
    value = i if given is None else given
    box.put(value)
    with open(os.path.join(folder, f"{value}.txt"), "a",
              encoding="ascii") as file:
        file.write(f"{value}\n")


def loop(args, team, folder, box):
    """The arguments of one worker after the other, while a global variable
    counts them."""
    global i
    for i in range(args.workers):
        given = (i,) if team.method == "spawn" else ()
        yield (args.hold, folder, box, *given)


def body(args, team, folder):
    times, values, files = [], [], []
    for turn in range(args.repeat):
        box = team.box()
        place = os.path.join(folder, str(turn))
        os.mkdir(place)
        times.append(team.live(read_late, loop(args, team, place, box)))
        values.append(sorted(box.take()))
        files.append(len(os.listdir(place)))
    spawned = team.method == "spawn"
    return {"times": times,
            "observed": {"values": values[-1],
                         "distinct": [len(set(each)) for each in values],
                         "files_left": files},
            "workload": {"hold_seconds": args.hold,
                         "loop_variable": "passed" if spawned else "global"}}


if __name__ == "__main__":
    dc.main(3, dc.parser(__doc__, workers=100, hold=1), body)
