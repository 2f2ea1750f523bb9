#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the golden vectors of the statistics beside itself.

A line is one case: groups of numbers between bars, inputs first, the expected
results in the last group. SciPy computes what it can; the rest is done by
brute force here: all Walsh averages sorted, all sign patterns enumerated (up
to 12 values) or their distribution convolved (beyond), all choices of ranks
enumerated, every change point tried. Nothing is shared with the C code but
the definitions.
"""
import functools
import itertools
import math
import os
import sys
import zlib

import numpy as np
import scipy
from scipy import optimize, stats

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20260928
RNG = None  # one for each file, so that they do not depend on each other
BOTH, LESS, GREATER = 0, 1, 2


def write(name, layout, cases):
    global RNG
    RNG = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    with open(os.path.join(HERE, name), "w") as f:
        print("# made by: /usr/bin/python3 tests/golden/stats/make_vectors.py"
              " with scipy %s, numpy %s" % (scipy.__version__,
                                            np.__version__), file=f)
        print("# " + layout, file=f)
        for case in cases:
            print(" | ".join(" ".join(repr(float(v)) for v in group)
                             for group in case), file=f)


def short(x):
    """Six digits, to keep the files small."""
    return np.array([float("%.6g" % v) for v in x])


def samples(sizes):
    """Smooth, delayed, tied, with zeros, constant, and wildly scaled data."""
    for n in sizes:
        noise = short(0.01 * RNG.standard_normal(n))
        yield noise
        yield short(noise +
                    RNG.exponential(0.05, n) * (RNG.random(n) < 0.1) -
                    RNG.exponential(0.05, n) * (RNG.random(n) < 0.1))
        yield RNG.integers(-4, 7, n).astype(float)
        yield np.full(n, 0.25)
        yield short(noise * 10.0 ** RNG.integers(-9, 10, n))


# ---- Signed rank

def sign_law(ranks):
    """Probabilities of the doubled sums of a random half of the ranks."""
    doubled = [int(2 * r) for r in ranks]
    if len(doubled) <= 12:
        law = np.zeros(sum(doubled) + 1)
        for signs in itertools.product((0, 1), repeat=len(doubled)):
            law[sum(s * r for s, r in zip(signs, doubled))] += 1
        return law / law.sum()
    law = np.array([1.0])
    for r in doubled:
        law = (np.concatenate([law, np.zeros(r)]) +
               np.concatenate([np.zeros(r), law])) / 2
    return law


@functools.lru_cache
def untied_law(n):
    return sign_law(range(1, n + 1))[::2]


def walsh(x, level):
    n = len(x)
    sums = np.sort([x[i] + x[j] for i in range(n) for j in range(i, n)]) / 2
    tails = np.cumsum(untied_law(n))
    k = int(np.searchsorted(tails, (1 - level) / 2 * (1 + 1e-12), "right"))
    if k == 0:
        return [np.median(sums), math.nan, math.nan, 0]
    return [np.median(sums), sums[k - 1], sums[-k], 1 - 2 * tails[k - 1]]


def signed_rank_p(x, mu, tail):
    d = x[x != mu] - mu
    ranks = stats.rankdata(abs(d))
    law = sign_law(ranks)
    w = int(2 * ranks[d > 0].sum())
    less, greater = law[:w + 1].sum(), law[w:].sum()
    p = (min(1, 2 * min(less, greater)), less, greater)[tail]
    untied = len(set(abs(d))) == len(d)
    if untied and 0 < len(d) <= 25:
        name = ("two-sided", "less", "greater")[tail]
        assert abs(p - stats.wilcoxon(d, alternative=name,
                                      mode="exact").pvalue) < 1e-12
    return p, len(d) > 50, untied


def signed_rank_cases():
    sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 49, 50, 51, 60,
             120]
    for x in samples(sizes):
        for level in (0.9, 0.95, 1 - 0.05 / 3, 1 - 0.05 / 6, 0.999):
            yield [level], x, walsh(x, level)


def signed_rank_p_cases():
    sizes = [1, 2, 3, 5, 6, 8, 10, 12, 13, 20, 49, 50, 51, 52, 75, 120]
    for x in samples(sizes):
        for mu, tail in itertools.product((0.0, 0.25, float(x[0])),
                                          (BOTH, LESS, GREATER)):
            if tail == BOTH or len(x) <= 20 or mu == 0:
                p, large, untied = signed_rank_p(x, mu, tail)
                error = (2 if tail == BOTH else 1) * (3e-5 if untied else 5e-3)
                yield [mu, tail, error if large else 1e-9], x, [p]
    for n in (51, 75, 120):  # some ties, beyond the exact distribution
        x = RNG.integers(1, 41, n) * RNG.choice([-1.0, 1.0], n)
        for tail in (BOTH, LESS, GREATER):
            p, _, untied = signed_rank_p(x, 0, tail)
            assert not untied
            yield [0, tail, 2e-4 if tail == BOTH else 1e-4], x, [p]


def tost_cases():
    for x in samples([1, 4, 5, 6, 10, 20, 50]):
        for margin in (0.005, 0.02, 0.3):
            yield [margin], x, [max(signed_rank_p(x, -margin, GREATER)[0],
                                    signed_rank_p(x, margin, LESS)[0])]


# ---- Rank sum

def choice_law(ranks, few):
    """Probabilities of the doubled sums of `few` of the ranks."""
    doubled = [int(2 * r) for r in ranks]
    if math.comb(len(doubled), few) <= 20000:
        law = np.zeros(2 * sum(doubled) + 1)
        for chosen in itertools.combinations(doubled, few):
            law[sum(chosen)] += 1
        return law / law.sum()
    ways = np.zeros((few + 1, sum(doubled) + 1))
    ways[0, 0] = 1
    for r in doubled:
        ways[1:, r:] += ways[:-1, :-r].copy()
    return ways[few] / math.comb(len(doubled), few)


def rank_sum(x, y, level):
    m, n = len(x), len(y)
    ranks = stats.rankdata(np.concatenate([x, y]))
    law = choice_law(ranks, n)
    w = int(2 * ranks[m:].sum())
    p = min(1, 2 * min(law[:w + 1].sum(), law[w:].sum()))
    if len(set(ranks)) == m + n:
        assert abs(p - stats.mannwhitneyu(y, x, method="exact").pvalue) < 1e-12
    d = np.sort([b - a for a in x for b in y])
    tails = np.cumsum(choice_law(range(1, m + n + 1), n)[n * (n + 1)::2])
    k = int(np.searchsorted(tails, (1 - level) / 2 * (1 + 1e-12), "right"))
    if k == 0:
        return [p, np.median(d), math.nan, math.nan, 0], 0
    beside = max(d[k] - d[k - 1], d[k - 1] - d[k - 2],
                 d[-k] - d[-k - 1], d[1 - k] - d[-k]) if k > 1 else 0
    return [p, np.median(d), d[k - 1], d[-k], 1 - 2 * tails[k - 1]], beside


def rank_sum_cases():
    sizes = [(1, 1), (2, 3), (3, 5), (4, 4), (5, 4), (5, 5), (2, 8), (8, 2),
             (7, 6), (10, 10), (4, 30), (25, 25), (26, 25), (6, 220)]
    for m, n in sizes:
        x = short(RNG.standard_normal(m))
        y = short(RNG.standard_normal(n) + RNG.choice([0, 0.5, 2]))
        for level in (0.9, 0.95, 0.99):
            result, beside = rank_sum(x, y, level)
            if min(m, n) * (m + n) > 1250:
                # Approximate: k may be the next one.
                yield [level, 1.4e-3, beside], x, y, result
                continue
            yield [level, 1e-9, 1e-9], x, y, result
            if m + n < 40:
                a, b = np.round(2 * x), np.round(2 * y)
                yield [level, 1e-9, 1e-9], a, b, rank_sum(a, b, level)[0]


# ---- The others

def friedman_cases():
    for blocks, k in ((2, 3), (5, 3), (6, 4), (10, 4), (30, 5), (12, 8),
                      (9, 15)):
        for a in (RNG.standard_normal((blocks, k)).round(5),
                  RNG.standard_normal((blocks, k)).round(5) + np.arange(k) / 4,
                  RNG.integers(0, 4, (blocks, k)).astype(float)):
            result = stats.friedmanchisquare(*a.T)
            assert not math.isnan(result.pvalue)
            yield [blocks, k], a.ravel(), [result.statistic, result.pvalue]


def holm_cases():
    for m in (1, 2, 3, 6, 15):
        for p in (RNG.random(m), RNG.random(m) ** 4,
                  np.round(RNG.random(m) ** 3, 1)):
            order = np.argsort(p, kind="stable")
            adjusted, running = np.empty(m), 0
            for step, i in enumerate(order):
                running = max(running, min(1, (m - step) * p[i]))
                adjusted[i] = running
            yield p, adjusted


def quantile_cases():
    for x in samples([1, 2, 3, 4, 5, 10, 33]):
        for q in (0, 0.05, 0.25, 0.5, 0.61, 0.95, 1):
            yield [q], x, [np.quantile(x, q), np.median(x),
                           stats.median_abs_deviation(x)]


def midrank_cases():
    for x in samples([1, 2, 3, 7, 20]):
        yield x, stats.rankdata(x)


def mann_kendall(y):
    n = len(y)
    s = sum(np.sign(y[i + 1:] - y[i]).sum() for i in range(n))
    ties = sum(t * (t - 1) * (2 * t + 5)
               for t in np.unique(y, return_counts=True)[1])
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if n < 3 or variance == 0:
        return 1
    return min(1, 2 * stats.norm.sf((abs(s) - 1) / math.sqrt(variance)))


def series():
    for y in samples([2, 3, 5, 10, 11, 24, 60]):
        yield y
        yield short(y + 0.003 * np.arange(len(y)))
        yield short(y + 0.04 * (np.arange(len(y)) > len(y) // 3))


def trend_cases():
    for y in series():
        fit = stats.theilslopes(y, np.arange(len(y)), method="joint")
        yield y, [fit[0], fit[1], mann_kendall(y)]
    y = short(0.01 * RNG.standard_normal(1500) + 1e-5 * np.arange(1500))
    slopes = [(y[j] - y[i]) / (j - i) for i in range(1500)
              for j in range(i + 2, 1500, 2)]
    slope = np.median(slopes)
    yield y, [slope, np.median(y - slope * np.arange(1500)), mann_kendall(y)]


def autocorrelation_cases():
    for y in series():
        d = y - y.mean()
        if len(set(y)) > 1:
            yield y, [np.dot(d[1:], d[:-1]) / np.dot(d, d)]


def change_cases():
    for y in series():
        n = len(y)
        u = [abs(sum(np.sign(a - b) for a in y[:t] for b in y[t:]))
             for t in range(1, n)]
        t = int(np.argmax(u)) + 1
        p = min(1, 2 * math.exp(-6 * max(u) ** 2 / (n ** 3 + n ** 2)))
        yield y, [t, np.median(y[:t]), np.median(y[t:]), p]


# ---- Laws of scaling


def linear(p, g):
    return g + np.log(p)


def amdahl(p, g, a):
    return g + np.log(p) - np.log1p(a * (p - 1))


def usl(p, g, a, b):
    return g + np.log(p) - np.log1p(a * (p - 1) + b * p * (p - 1))


def gustafson(p, g, a):
    return g + np.log(p - a * (p - 1))


LAWS = [(linear, []), (amdahl, [1]), (usl, [1, np.inf]), (gustafson, [1])]
STARTS = [[0.01, 0.0001], [0.1, 0.01], [0.6, 0.001]]


def best_fit(law, upper, p, y):
    """The best of curve_fit from several starts."""
    best = None
    for start in STARTS:
        try:
            found, _ = optimize.curve_fit(
                law, p, y, [y[0]] + start[:len(upper)], method="trf",
                bounds=([-np.inf] + [0] * len(upper), [np.inf] + upper),
                max_nfev=20000, xtol=1e-15, ftol=1e-15, gtol=1e-15)
        except RuntimeError:
            continue
        sse = float(np.sum((y - law(p, *found)) ** 2))
        if best is None or sse < best[1]:
            best = found, sse
    return best


def fit_cases():
    truths = [(0, 0), (0.02, 0), (0.3, 0), (0.05, 0.0004), (0, 0.002),
              (0.1, 0.01)]
    for counts, trials in [([1, 2, 3, 4, 6], 5), ([1, 2, 4, 8, 16, 32], 10),
                           ([2, 4, 8, 12, 16, 24, 48, 96], 7)]:
        for noise in 0.001, 0.03:
            for (alpha, beta), (which, (law, upper)) in itertools.product(
                    truths, enumerate(LAWS)):
                p = np.repeat(counts, trials).astype(float)
                truth = gustafson(p, 1.5, alpha) if which == 3 else \
                    usl(p, 1.5, alpha, beta)
                y = short(truth + noise * RNG.standard_normal(len(p)))
                found, sse = best_fit(law, upper, p, y)
                n, k = len(y), len(found) + 1
                aicc = n * math.log(sse / n) + 2 * k + \
                    2 * k * (k + 1) / (n - k - 1)
                alpha_beta = (list(found[1:]) + [0, 0])[:2]
                yield [which], p, y, [math.exp(found[0]), *alpha_beta, sse,
                                      aicc]


def main():
    write("fit.txt", "law | workers | log rate | gamma, alpha, beta, sse, AICc",
          fit_cases())
    write("quantile.txt", "q | x | quantile, median, mad", quantile_cases())
    write("midrank.txt", "x | ranks", midrank_cases())
    write("signed_rank.txt", "level | x | estimate, low, high, achieved level",
          signed_rank_cases())
    write("signed_rank_p.txt", "mu, tail (0 both, 1 less, 2 greater), "
          "error allowed | x | p", signed_rank_p_cases())
    write("tost.txt", "margin | x | p", tost_cases())
    write("rank_sum.txt", "level, error allowed in p and level, error "
          "allowed in low and high | x | y | p, shift, low, high, achieved "
          "level", rank_sum_cases())
    write("friedman.txt", "blocks, treatments | a row by row | statistic, p",
          friedman_cases())
    write("holm.txt", "p | adjusted", holm_cases())
    write("trend.txt", "y | slope, intercept, p", trend_cases())
    write("autocorrelation.txt", "y | r1", autocorrelation_cases())
    write("change.txt", "y | index, before, after, p", change_cases())


if __name__ == "__main__":
    sys.exit(main())
