#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 6: each worker, in rounds, draws n by n random integers from 0
to 9 and squares them. Done with all workers and with one: the ratio of both
times is 1 where workers run in parallel on cores of their own, and the number
of workers where they run one after the other. The variants take the parts
apart: whose random numbers, drawing alone, squaring alone, or a loop in plain
Python, which holds the interpreter's lock all the time."""
import random
import sys

sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    np = None  # said in main

import drive_cpython as dc

ARTICLE_N = 10000


def article(n, rounds):
    for _ in range(rounds):
        x = np.random.randint(0, 10, (n, n), dtype=np.int64)
        first = x[0, :32].copy()
        x = x * x
    return first, x


def own_randomstate(n, rounds):
    source = np.random.RandomState()
    for _ in range(rounds):
        x = source.randint(0, 10, (n, n), dtype=np.int64)
        first = x[0, :32].copy()
        x = x * x
    return first, x


def own_generator(n, rounds):
    source = np.random.default_rng()
    for _ in range(rounds):
        x = source.integers(0, 10, (n, n), dtype=np.int64)
        first = x[0, :32].copy()
        x = x * x
    return first, x


def multiply(n, rounds):
    x = np.full((n, n), 7, dtype=np.int64)
    for _ in range(rounds):
        y = x * x
    return x[0, :32], y


def draw(n, rounds):
    for _ in range(rounds):
        x = np.random.randint(0, 10, (n, n), dtype=np.int64)
    first = x[0, :32].copy()
    return first, [first * first]


def pure_python(n, rounds):
    """Nothing is kept: it is the lock that counts, not memory."""
    first = [random.randrange(10) for _ in range(min(n, 32))]
    square = 0
    for _ in range(rounds):
        for i in range(n * n):
            square = (i % 10) * (i % 10)
    return first, [[square]]


VARIANTS = {"article": article, "own-randomstate": own_randomstate,
            "own-generator": own_generator, "multiply": multiply,
            "draw": draw, "pure-python": pure_python}


def work(variant, n, rounds, box):
    first, squares = VARIANTS[variant](n, rounds)
    last = int(squares[-1][-1])
    box.put(([int(number) for number in first],
             last in [i * i for i in range(10)]))


def live(args, team, workers):
    """Times, and what the workers drew."""
    box = team.box()
    worker = (args.variant, args.n, args.rounds, box)
    times = team.live(work, [worker] * workers)
    return times, box.take()


def body(args, team, _folder):
    if args.variant != "pure-python":
        # What is drawn, and what comes of it.
        dc.need_memory(args.workers * 2 * 8 * args.n ** 2)
    times, one_times, right, draws = [], [], 0, []
    for _ in range(args.repeat):
        one, found_one = live(args, team, 1)
        all_of_them, found = live(args, team, args.workers)
        one_times.append(one)
        times.append(all_of_them)
        right += sum(each for _, each in found_one + found)
        draws.append(len({tuple(first) for first, _ in found}))
    observed = {"right": right, "different_draws": draws}
    return {"times": times, "one_times": one_times, "observed": observed,
            "workload": {"variant": args.variant, "n": args.n,
                         "rounds": args.rounds,
                         "scale": args.n ** 2 * args.rounds /
                         (ARTICLE_N ** 2 * 10)}}


def needs(args):
    return [] if args.variant == "pure-python" else ["numpy"]


if __name__ == "__main__":
    options = dc.parser(__doc__, workers=12)
    options.add_argument("--variant", choices=list(VARIANTS),
                         default="article", help="(default: %(default)s)")
    options.add_argument("--n", type=dc.count, default=ARTICLE_N,
                         help="rows and columns (default: %(default)s)")
    options.add_argument("--rounds", type=dc.count, default=10,
                         help="(default: %(default)s)")
    dc.main(6, options, body, needs)
