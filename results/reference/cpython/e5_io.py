#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 5: each worker reads the same text line by line, sleeps, and
writes a copy of its own, test_<i>.txt. Done with all workers and with one."""
import filecmp
import os
import sys
import time

sys.dont_write_bytecode = True
import drive_cpython as dc

ARTICLE_BYTES = 5291 * 1024
LINE = "line {:08d}: threads, processes or ranks, which suits this work?\n"


def write_source(path, size):
    """A text of exactly size bytes whose lines differ."""
    count = size // len(LINE.format(0)) + 1
    text = "".join(map(LINE.format, range(count)))
    with open(path, "w", encoding="ascii") as file:
        file.write(text[:size])


def copy(source, target, hold):
    with open(source, encoding="utf-8") as file:
        lines = [line for line in file]
    time.sleep(hold)
    with open(target, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)


def copy_all(args, team, folder, source, workers):
    targets = [os.path.join(folder, f"test_{i}.txt") for i in range(workers)]
    times = team.live(copy, [(source, target, args.hold)
                             for target in targets])
    equal = sum(filecmp.cmp(source, target, shallow=False)
                for target in targets)
    for target in targets:
        os.remove(target)
    return times, equal


def body(args, team, folder):
    source = os.path.join(folder, "source.txt")
    write_source(source, args.bytes)
    times, one_times, copies = [], [], 0
    for _ in range(args.repeat):
        one, equal_one = copy_all(args, team, folder, source, 1)
        all_of_them, equal = copy_all(args, team, folder, source, args.workers)
        one_times.append(one)
        times.append(all_of_them)
        copies += equal_one + equal
    return {"times": times, "one_times": one_times,
            "observed": {"equal_copies": copies},
            "workload": {"hold_seconds": args.hold, "bytes": args.bytes,
                         "scale": args.bytes / ARTICLE_BYTES}}


if __name__ == "__main__":
    options = dc.parser(__doc__, workers=12, hold=1)
    options.add_argument("--bytes", type=dc.count, default=ARTICLE_BYTES,
                         help="size of the text (default: %(default)s)")
    dc.main(5, options, body)
