#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates records against the schema that is installed with the program.

    validate.py SCHEMA DRIVE|- [FILE|FOLDER...]

The lines of every *.jsonl that is named, a few of a type, and of records that
DRIVE makes here: the executors of this build, a wrong result, a failed step, a
lost worker. A schema that let everything pass would be no test: each line must
also be refused once it is spoilt. With "-" only what is named is looked at,
and nothing spoilt. Exits 77 without python3-jsonschema.
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
    ["null", "-b", "2", "-P", "delay=0.12", "--utilisation"],
]

# Lines of a type that are looked at in each file.
SAMPLE, SMALL_SAMPLE = 20, 5

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
    "utilisation": [{"busy": [[101]]}, {"cpus": []}, {"executor": [-1]}],
    "place": [{"workers": [{}]}],
    "summary": [{"cells": [{}]}, {"pairs": None}],
    "event": [{"text": 1}],
    "resume": [{"aside": None}, {"aside_trials": -1}, {"plan": "0"}],
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


def check_line(validator, line, place, spoil):
    problems = [f"{place}: {'/'.join(map(str, e.absolute_path))}: {e.message}"
                for e in validator.iter_errors(line)]
    if not spoil:
        return problems
    for wrong in SPOILS + SPOILS_OF.get(line.get("t"), []):
        if not problems and validator.is_valid({**line, **wrong}):
            problems.append(f"{place}: valid although spoilt by {wrong}")
    return problems


def read_line(text):
    """None is a line that is no JSON object with a type."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and "t" in line else None


def check_record(validator, path, seen, spoil):
    problems, looked_at = [], {}
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith("\n"):
                break  # torn: a run that was killed
            line = read_line(text)
            if line is None:
                problems.append(f"{path}:{number}: no line of a record")
                continue
            seen[line["t"]] = seen.get(line["t"], 0) + 1
            looked_at[line["t"]] = looked_at.get(line["t"], 0) + 1
            if looked_at[line["t"]] <= (SAMPLE if spoil else SMALL_SAMPLE):
                problems += check_line(validator, line, f"{path}:{number}",
                                       spoil)
    return problems


def check_all(validator, names, spoil):
    """How many files, lines by type, and what is wrong with them."""
    seen, problems, files = {}, [], 0
    for path in records(names):
        problems += check_record(validator, path, seen, spoil)
        files += 1
    for problem in problems[:50]:
        print(problem)
    print(f"{files} records, lines by type: {seen}")
    return seen, problems


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    if sys.argv[2] == "-":
        return 1 if check_all(validator, sys.argv[3:], False)[1] else 0
    jsonschema.Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory() as folder:
        make_records(os.path.abspath(sys.argv[2]), pathlib.Path(folder))
        seen, problems = check_all(validator, [folder, *sys.argv[3:]], True)
    missing = {"run", "host", "calib", "plan", "trial", "place", "summary",
               "utilisation", "end"} - set(seen)
    if missing:
        print(f"types that no record had: {missing}")
    return 1 if problems or missing else 0


if __name__ == "__main__":
    sys.exit(main())
