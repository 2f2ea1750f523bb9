#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates documents against a schema.

    document.py SCHEMA FILE...

A schema that let everything pass would be no test: each document must also be
refused once any value in it, at any depth, is replaced by nonsense, or one at
its top is taken away. Exits 77 without python3-jsonschema.
"""
import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is missing: apt-get install python3-jsonschema")
    sys.exit(77)

NONSENSE = [["nonsense"]]


def places(value, place=()):
    """Of all values inside; of a list, those in its first element."""
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = list(enumerate(value))[:1]
    else:
        inside = []
    for key, part in inside:
        yield (*place, key)
        yield from places(part, (*place, key))


def spoilt(document, place):
    document = copy.deepcopy(document)
    part = document
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = NONSENSE
    return document


def problems_of(validator, document):
    found = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
             for e in validator.iter_errors(document)]
    if found:
        return found
    for place in places(document):
        if validator.is_valid(spoilt(document, place)):
            found.append(f"valid with nonsense at {place}")
    for key in document:
        less = {k: v for k, v in document.items() if k != key}
        if validator.is_valid(less):
            found.append(f"valid without {key}")
    return found


def validator_of(path):
    schema = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    validator = validator_of(sys.argv[1])
    bad = 0
    for path in sys.argv[2:]:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        for problem in problems_of(validator, json.loads(text)):
            print(f"{path}: {problem}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
