#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reference records and what is made of them.

    DRIVE=build/release/drive test_reference.py

There is a record of each kernel, whole and unedited. The numbers on each one's
page are those that come out here, from its trials alone and by other means:
medians by Python's statistics, intervals by sorting all means of two values, p
values by trying all signs. The pictures of the documents have the numbers that
these records give.
"""
import itertools
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "results" / "reference"
PICTURES = ROOT / "doc" / "pictures"
DRIVE = os.environ.get("DRIVE", str(ROOT / "build" / "release" / "drive"))
NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}

sys.path.insert(0, str(REFERENCE))
sys.dont_write_bytecode = True
import pictures  # noqa: E402


def run(*words):
    return subprocess.run([DRIVE, *map(str, words)], text=True,
                          capture_output=True, timeout=120)


# -- by other means ----------------------------------------------------------

def outermost(n, level):
    """The k of the interval: from the k-th smallest to the k-th largest mean
    of two, as P(signed rank sum < k) is at most half of what is left; 0: none."""
    ways = [1]
    for rank in range(1, n + 1):
        longer = [0] * (len(ways) + rank)
        for total, count in enumerate(ways):
            longer[total] += count
            longer[total + rank] += count
        ways = longer
    k, below = 0, 0
    while (below + ways[k]) / 2 ** n <= (1 - level) / 2 + 1e-12:
        below += ways[k]
        k += 1
    return k


def estimate(x, level):
    """Hodges and Lehmann's, with its interval or None."""
    means = sorted((a + b) / 2
                   for a, b in itertools.combinations_with_replacement(x, 2))
    k = outermost(len(x), level)
    return (statistics.median(means),
            (means[k - 1], means[-k]) if k else None)


def probability(x):
    """How often random signs would make a sum of ranks as far from its middle,
    twice the rarer side."""
    x = [value for value in x if value]
    size = sorted(map(abs, x))
    rank = [size.index(abs(value)) + (size.count(abs(value)) + 1) / 2
            for value in x]
    found = sum(r for r, value in zip(rank, x) if value > 0)
    sums = [sum(r for r, up in zip(rank, signs) if up)
            for signs in itertools.product((False, True), repeat=len(x))]
    tail = min(sum(s <= found for s in sums), sum(s >= found for s in sums))
    return min(1, 2 * tail / len(sums))


def holm(p):
    """Each p, adjusted for that there are so many."""
    adjusted, least = [0] * len(p), 0
    for place, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = adjusted[i] = min(1, max(least, p[i] * (len(p) - place)))
    return adjusted


class Record:
    """One comparison's trials that count: ns by executor and block."""

    def __init__(self, path):
        self.ns, self.plan = {}, None
        for line in map(json.loads, path.read_text().splitlines()):
            if line["t"] == "plan":
                assert self.plan is None, "one comparison is wanted"
                self.plan = line
                self.names = [cell["executor"] for cell in line["executors"]]
            elif line["t"] == "trial" and not (line["warmup"] or line["late"]
                                               or line["wrong"]):
                of = self.ns.setdefault(line["executor"], {})
                of[line["block"]] = line["ns"]

    def logs(self, a, b):
        a, b = self.ns[a], self.ns[b]
        return [math.log(a[block] / b[block]) for block in sorted(a)
                if block in b]

    def pairs(self):
        """(later, earlier, ratio, interval, verdict) as the page has them."""
        names = [n for n in self.names if n in self.ns and n != "serial"]
        if len(names) < 2:
            names = [n for n in self.names if n in self.ns]
        pairs = [(a, b) for i, a in enumerate(names) for b in names[:i]]
        logs = [self.logs(a, b) for a, b in pairs]
        p = [probability(x) for x in logs]
        return [(a, b, *estimate(x, 1 - 0.05 / len(pairs)), adjusted, x)
                for (a, b), x, adjusted in zip(pairs, logs, holm(p))]

    def verdict(self, interval, adjusted, x):
        margin = math.log1p(self.plan["margin"])
        narrow = estimate(x, 0.9)[1]
        if narrow and -margin < narrow[0] and narrow[1] < margin:
            return "equal"
        if interval and adjusted < 0.05 and interval[0] * interval[1] > 0:
            return "different"
        return "inconclusive"


# -- the page ----------------------------------------------------------------

class Tables(HTMLParser):
    """Rows of each table, by its caption or by what names its frame."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.cell, self.label = {}, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div" and "aria-label" in attributes:
            self.label = attributes["aria-label"]
        elif tag == "table":
            self.rows = self.tables.setdefault(self.label, [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append("".join(self.cell))
            self.cell = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell.append(text)


def last_place(text):
    """What the last digit of a number stands for."""
    mantissa, _, power = text.partition("e")
    places = len(mantissa.partition(".")[2])
    digits = len(mantissa.lstrip("+-").replace(".", ""))
    unit = 10.0 ** (int(power or 0) - places)
    # 1960 of three digits ends in a place that was rounded away
    return unit * 10 ** max(0, digits - 3) if not places else unit


class Reference(unittest.TestCase):
    def shown(self, text, wanted, scale=1.0):
        """All numbers of a text are these, as far as they are printed."""
        found = re.findall(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)
        self.assertEqual(len(found), len(wanted), text)
        for word, number in zip(found, wanted):
            self.assertLessEqual(abs(float(word) - number / scale),
                                 0.501 * last_place(word),
                                 "%s, but %.6g" % (text, number / scale))

    def test_one_of_each_kernel(self):
        listed = json.loads(run("list", "--json").stdout)["kernels"]
        self.assertEqual(sorted(path.stem for path in
                                REFERENCE.glob("*.jsonl")),
                         sorted(kernel["name"] for kernel in listed))

    def test_records_are_whole(self):
        for path in REFERENCE.glob("*.jsonl"):
            with self.subTest(path.name):
                done = run("check", path)
                self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertLess(sum(path.stat().st_size for folder in
                            (REFERENCE, PICTURES) for path in folder.iterdir()
                            if path.is_file()), 1500000)

    def test_pages_have_their_numbers(self):
        for path in sorted(REFERENCE.glob("*.jsonl")):
            with self.subTest(path.name), \
                    tempfile.TemporaryDirectory() as folder:
                page = pictures.page_of(DRIVE, path, folder)
                record = Record(path)
                tables = Tables(page).tables
                self.times(record, tables["Times"])
                self.pairs_of(record, tables["Pairs"])
                self.distribution(record, tables["Distribution of the times"])

    def times(self, record, rows):
        head = rows[0]
        for name, row in zip(record.names, rows[1:]):
            self.assertEqual(row[0], name)
            if name not in record.ns:
                continue
            ns = list(record.ns[name].values())
            median = statistics.median(ns)
            scale = NS[row[1].split()[1]]
            self.shown(row[1], [median], scale)
            interval = estimate([math.log(x) for x in ns], 0.95)[1]
            if interval:
                low, high = (math.exp(x) for x in interval)
                self.shown(row[2], [min(low, median), max(high, median)], scale)
            if name == "serial" or "serial" not in record.ns:
                continue
            at = next(i for i, word in enumerate(head)
                      if word in ("speed-up", "throughput", "scale-up"))
            more = next(cell["workers"] for cell in record.plan["executors"]
                        if cell["executor"] == name)
            more = more if record.plan["mode"] == "replicate" else 1
            ratio, interval = estimate(record.logs("serial", name), 0.95)
            self.shown(row[at], [more * math.exp(ratio)])
            if interval:
                self.shown(row[at + 1], [more * math.exp(x) for x in interval])

    def pairs_of(self, record, rows):
        pairs = record.pairs()
        self.assertEqual(len(rows) - 1, len(pairs))
        by_name = {row[0]: row for row in rows[1:]}
        for a, b, ratio, interval, adjusted, x in pairs:
            row = by_name["%s : %s" % (a, b)]
            wanted = [math.exp(y) for y in (ratio, *(interval or ()))]
            if "times" not in row[1]:
                wanted = [100 * (y - 1) for y in wanted]
            self.shown(row[1], wanted)
            self.assertEqual(row[2], record.verdict(interval, adjusted, x))

    def distribution(self, record, rows):
        """Each trial is a step of its executor's line."""
        unit = NS[rows[0][1].split(", ")[1]]
        found, name = {}, None
        for row in rows[1:]:
            name = row.pop(0) if len(row) == 3 else name
            found.setdefault(name, []).append((float(row[0]), float(row[1])))
        self.assertEqual(set(found), set(record.ns))
        for name, steps in found.items():
            ns = sorted(record.ns[name].values())
            self.assertEqual(len(steps), len(ns))
            for i, (time, share) in enumerate(steps):
                self.assertAlmostEqual(time * unit / ns[i], 1, delta=1e-4)
                self.assertAlmostEqual(share, (i + 1) / len(ns), delta=1e-4)

    def test_pictures_are_of_these_records(self):
        with tempfile.TemporaryDirectory() as folder:
            pictures.main(DRIVE, REFERENCE, folder)
            made = {path.name for path in pathlib.Path(folder).iterdir()}
            self.assertEqual(made, {path.name for path in PICTURES.iterdir()})
            for name in made:
                there, now = PICTURES / name, pathlib.Path(folder) / name
                if there.suffix == ".dat":
                    self.assertEqual(there.read_text(), now.read_text(), name)
                else:
                    self.same_words(there.read_text(), now.read_text(), name)

    def same_words(self, there, now, name):
        """Gnuplot may place things otherwise; what it writes is the same."""
        def words(svg):
            return sorted(re.findall(r">([^<>]*[A-Za-z][^<>]*)</", svg))
        self.assertEqual(words(there), words(now), name)

    def test_documents_show_pictures_that_are_there(self):
        shown = set()
        for path in (ROOT / "README.md", ROOT / "doc" / "report.md"):
            for target in re.findall(r"!\[[^]]+\]\(([^)]+)\)",
                                     path.read_text()):
                self.assertTrue((path.parent / target).is_file(), target)
                shown.add(pathlib.Path(target).name)
        self.assertEqual(shown, {path.name for path in
                                 PICTURES.glob("*.svg")})


if __name__ == "__main__":
    unittest.main(verbosity=2)
