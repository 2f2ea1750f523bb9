# SPDX-License-Identifier: Apache-2.0
"""Reads what `drive export` wrote as its readers do, and holds it against the
record: export.py csv|hyperfine|gbench|extrap|harmless FILE [RECORD...]."""
import csv
import json
import math
import statistics
import sys
import unicodedata


def load(path):
    """JSON as the standard has it: no NaN, no key twice."""
    def refuse(word):
        raise ValueError(f"{path}: {word}")

    def once(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"keys twice: {keys}"
        return dict(pairs)

    with open(path, encoding="utf-8") as file:
        texts = file.read().splitlines() if path.endswith("l") else [file.read()]
    return [json.loads(text, parse_constant=refuse, object_pairs_hook=once)
            for text in texts]


def lines_of(paths, *types):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if line["t"] in types:
                    yield line


def trials(paths):
    return lines_of(paths, "trial")


def counts(trial):
    return not (trial["warmup"] or trial["late"] or trial["wrong"])


def cells(paths):
    """Counting trials by what they are of, in the order of the plans."""
    found = {}
    for line in lines_of(paths, "plan", "trial"):
        if line["t"] == "plan":
            for cell in line["executors"]:
                found[line["plan"], cell["executor"]] = []
        elif counts(line):
            found[line["plan"], line["executor"]].append(line)
    return {key: lines for key, lines in found.items() if lines}


def close(a, b):
    assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15), f"{a} is not {b}"


def check_csv(path, records):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    lines = list(trials(records))
    assert len(rows) == len(lines), f"{len(rows)} rows, {len(lines)} trials"
    for row, line in zip(rows, lines):
        assert None not in row and None not in row.values(), row
        for key in ("run", "kernel", "mode", "executor", "workers", "plan",
                    "block", "order", "repeats", "ns", "cpu_ns",
                    "minor_faults"):
            assert row[key] == str(line[key]), (key, row[key], line[key])
        for key in ("warmup", "late", "wrong"):
            assert row[key] == str(int(line[key])), (key, row)
        assert row["counts"] == str(int(counts(line))), row
        for name, value in line["params"].items():
            given = row["param_" + name]
            if isinstance(value, str):
                assert given == value, (name, given, value)
            else:
                close(float(given), value)


def check_hyperfine(path, records):
    results = load(path)[0]["results"]
    expected = cells(records)
    assert len(results) == len(expected), f"{len(results)} results"
    for result, lines in zip(results, expected.values()):
        times = [line["ns"] * 1e-9 for line in lines]
        assert len(result["exit_codes"]) == len(times)
        assert set(result["exit_codes"]) <= {0}
        for a, b in zip(result["times"], times):
            close(a, b)
        close(result["mean"], statistics.mean(times))
        close(result["median"], statistics.median(times))
        close(result["min"], min(times))
        close(result["max"], max(times))
        if len(times) > 1:
            close(result["stddev"], statistics.stdev(times))
        else:
            assert result["stddev"] is None
        assert result["parameters"]["executor"] == lines[0]["executor"]


def check_gbench(path, records):
    benchmarks = load(path)[0]["benchmarks"]
    expected = cells(records)
    found = {}
    for one in benchmarks:
        if not one.get("error_occurred"):
            found.setdefault((one["family_index"], one["run_name"]),
                             []).append(one)
    assert len(found) == len(expected), list(found)
    for group, lines in zip(found.values(), expected.values()):
        times = [line["ns"] for line in lines]
        single = [one for one in group if one["run_type"] == "iteration"]
        assert [one["real_time"] for one in single] == times
        assert [one["repetition_index"] for one in single] == list(
            range(len(times)))
        assert {one["repetitions"] for one in group} == {len(times)}
        for one in group:
            if one["run_type"] == "aggregate":
                name = one["aggregate_name"]
                assert one["name"] == one["run_name"] + "_" + name
                close(one["real_time"], {
                    "mean": statistics.mean, "median": statistics.median,
                    "stddev": statistics.stdev}[name](times))


def check_extrap(path, records):
    """As docs/file-formats.md of extra-p/extrap has it, and as its reader
    wants: the same parameters in every line, the same points everywhere."""
    lines, points, values = load(path), {}, {}
    for line in lines:
        assert set(line) == {"params", "callpath", "metric", "value"}, line
        assert list(line["params"]) == list(lines[0]["params"])
        assert all(isinstance(x, (int, float))
                   for x in line["params"].values()), line
        assert isinstance(line["value"], float) and line["value"] > 0
        key = (line["callpath"], line["metric"])
        points.setdefault(key, set()).add(tuple(line["params"].values()))
        values.setdefault(line["metric"], []).append(line["value"])
    assert len(set(map(frozenset, points.values()))) == 1, points
    expected = list(filter(counts, trials(records)))
    for value, line in zip(values["time"], expected, strict=True):
        close(value, line["ns"] * 1e-9)
    divided = [line for line in expected if line["mode"] == "divide"]
    for value, line in zip(values.get("core-seconds", []), divided,
                           strict=True):
        close(value, line["ns"] * 1e-9 * line["workers"])


def check_harmless(path, _):
    """Nothing that a terminal, or a reader of texts, would obey."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    bad = {hex(ord(c)) for c in text if c != "\n" and
           (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp"))}
    assert not bad, f"{path} has {bad}"
    assert max(map(len, text.splitlines()), default=0) < 20000
    if path.endswith((".json", ".jsonl")):
        load(path)
    if path.endswith(".csv"):
        for row in csv.reader(text.splitlines(), strict=True):
            for field in row:
                assert field[:1] not in ("=", "+", "@", "-"), field


globals()["check_" + sys.argv[1]](sys.argv[2], sys.argv[3:])
