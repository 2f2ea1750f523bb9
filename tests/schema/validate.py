#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates records against the schema that is installed with the program.

    validate.py SCHEMA DRIVE [FILE|FOLDER...]

Every line of every *.jsonl that is named, and of records that DRIVE makes
here: the executors of this build, a wrong result, a failed step, a lost
worker. A schema that let everything pass would be no test: each line must
also be refused once it is spoilt. Exits 77 without python3-jsonschema.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is missing: apt-get install python3-jsonschema")
    sys.exit(77)

RUNS = [
    ["null", "-b", "6", "-e", "serial,threads"],
    ["null", "-b", "6", "-n", "1,2", "-e", "serial,processes"],
    ["null", "-b", "2", "-m", "replicate", "-P", "delay=0,0.0001"],
    ["null", "-b", "2", "-P", "fault=wrong"],
    ["null", "-b", "2", "-P", "fault=fail"],
    ["null", "-b", "2", "-P", "fault=lost"],
    ["null", "--budget", "0.001", "-e", "serial"],
]

# Whatever stands in the field, one of these cannot.
SPOILS = [{"v": 2}, {"run": "x"}, {"seq": -1}, {"t": None}]
SPOILS_OF = {
    "run": [{"seed": 1}, {"goals": []}, {"clock": "other"}],
    "host": [{"cores": -1}, {"host": 7}, {"caches": {}}],
    "calib": [{"overhead_ns": 0.5}],
    "plan": [{"mode": "both"}, {"executors": None}, {"params": {"n": []}},
             {"metrics": [{"name": "a b", "unit": "", "merge": "sum"}]}],
    "trial": [{"ns": -1}, {"start_ns": [0.5]}, {"warmup": 0},
              {"checksum": "12"}, {"metrics": ["1"]}],
    "place": [{"workers": [{}]}],
    "summary": [{"cells": [{}]}, {"pairs": None}],
    "event": [{"text": 1}],
    "end": [{"lines": None}, {"sha256": "0"}],
}


def make_records(drive, folder):
    """Whatever the exit code: a run that fails leaves a record too."""
    for i, words in enumerate(RUNS):
        path = folder / f"{i}.jsonl"
        subprocess.run([drive, *words, "-q", "-o", path], timeout=120,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
        if not path.exists() and i < 3:
            sys.exit(f"no record: drive {' '.join(words)}")


def records(names):
    for name in map(pathlib.Path, names):
        yield from sorted(name.rglob("*.jsonl")) if name.is_dir() else [name]


def check_line(validator, line, place):
    problems = [f"{place}: {'/'.join(map(str, e.absolute_path))}: {e.message}"
                for e in validator.iter_errors(line)]
    for spoil in SPOILS + SPOILS_OF.get(line.get("t"), []):
        if not problems and validator.is_valid({**line, **spoil}):
            problems.append(f"{place}: valid although spoilt by {spoil}")
    return problems


def check_record(validator, path, seen):
    problems, spoilt = [], {}
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith("\n"):
                break  # torn: a run that was killed
            line = json.loads(text)
            seen[line["t"]] = seen.get(line["t"], 0) + 1
            # A few of a type in each file are looked at.
            spoilt[line["t"]] = spoilt.get(line["t"], 0) + 1
            if spoilt[line["t"]] <= 20:
                problems += check_line(validator, line, f"{path}:{number}")
    return problems


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    drive = os.path.abspath(sys.argv[2])
    seen, problems, files = {}, [], 0
    with tempfile.TemporaryDirectory() as folder:
        make_records(drive, pathlib.Path(folder))
        for path in records([folder, *sys.argv[3:]]):
            problems += check_record(validator, path, seen)
            files += 1
    for problem in problems[:50]:
        print(problem)
    print(f"{files} records, lines by type: {seen}")
    missing = {"run", "host", "calib", "plan", "trial", "place", "summary",
               "end"} - set(seen)
    if missing:
        print(f"types that no record had: {missing}")
    return 1 if problems or missing else 0


if __name__ == "__main__":
    sys.exit(main())
