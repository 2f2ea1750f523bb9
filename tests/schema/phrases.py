#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether what the sources put into English words has its Chinese: phrases.py
SOURCES. Looks at the patterns of warnings and checks, at why executors are
absent and cells are skipped, and at the facts of a record; prints what
results/report/phrases.def and facts.def have not, or have twice, and rows
whose Chinese names no argument that the English has."""
import glob
import json
import re
import sys

LITERAL = r'"(?:[^"\\]|\\.)*"'
TEXT = r"((?:%s|\s|PRId64|PRIu64)+)" % LITERAL

# Where a text for people begins, and its argument that is one.
CALLS = {
    "results/verdict/checks_node.c": [
        r"check_found\(c,\s*" + TEXT, r"check_worry\(c, CHECK_\w+,\s*" + TEXT],
    "results/verdict/warnings_run.c": [
        r"look_say\(\w+,\s*" + TEXT,
        r"warnings_add\([^;]*?,\s*" + TEXT + r"\)"],
    "results/verdict/warnings_trials.c": [
        r"look_say\(\w+,\s*" + TEXT, r"say_evidence\(&e,\s*" + TEXT,
        r"warnings_add\([^;]*?,\s*" + TEXT + r"\)"],
    "results/record/read.c": [
        r"sizeof r->partial,\s*" + TEXT, r"no_record\(r,\s*" + TEXT],
    "results/record/held.c": [r"EXIT_USAGE,\s*" + TEXT],
    "results/record/decode.c": [r"EXIT_USAGE,\s*" + TEXT],
    "results/record/trial_line.c": [r"EXIT_USAGE,\s*" + TEXT,
                                    r"refuse\(field,\s*" + TEXT],
    "results/record/utilisation.c": [r"EXIT_USAGE,\s*" + TEXT],
    "results/verdict/scaling.c": [r"EXIT_USAGE,\s*" + TEXT],
    "drivers/deal.c": [r"EXIT_ABSENT,\s*" + TEXT],
    "drivers/executors/*.c": [r"EXIT_(?:ABSENT|RESOURCE),\s*" + TEXT,
                              r"define ABSENT\s*" + TEXT],
    "drivers/team.c": [r"EXIT_(?:ABSENT|RESOURCE),\s*" + TEXT],
    "drivers/nursery.c": [r"EXIT_(?:ABSENT|RESOURCE),\s*" + TEXT],
    "drivers/board.c": [r"EXIT_\w+[^,]*,\s*" + TEXT],
    "kernels/*.c": [r"EXIT_ABSENT,\s*" + TEXT],
    "kernels/share.c": [r"return " + TEXT + ";"],
}

# Of which others make the text, and what options refuse before any run.
OTHERS = {"--%s %s: want %s", "%s machine",
          "%s, not by method=%s", '\\"metrics\\" is not a list'}


def joined(literals):
    text = literals.replace("PRId64", '"lld"').replace("PRIu64", '"llu"')
    return "".join(part[1:-1] for part in re.findall(LITERAL, text))


def plain(text):
    """Without what tells how a number or a name is cut."""
    return re.sub(r"%[-+.*0-9]*[lz]*([sdfgu])",  # "%.40s", "%lld"
                  lambda found: "%" + found[1].replace("u", "d"), text)


def texts(root):
    for files, patterns in CALLS.items():
        paths = glob.glob("%s/%s" % (root, files))
        if not paths:
            yield files, "no such file"
        for path in paths:
            with open(path) as file:
                source = file.read()
            for pattern in patterns:
                for found in re.findall(pattern, source):
                    yield path, joined(found)


def rows(root, name, macro):
    with open("%s/results/report/%s" % (root, name)) as file:
        for row in re.findall(r"^%s\((%s), (%s)\)$" % (macro, LITERAL, LITERAL),
                              file.read(), re.M):
            yield row[0][1:-1], row[1][1:-1]


def check_rows(table):
    """An argument may be left out only where it is the s of a plural."""
    for english, chinese in table:
        every = re.findall(r"(.?)%[-+.*0-9]*[lz]*([sdfgu%])", english)
        every = [one for one in every if one[1] != "%"]
        wanted = {k for k, (before, kind) in enumerate(every, 1)
                  if kind != "s" or not before.isalpha()}
        given = {int(digit) for digit in re.findall(r"[$&](\d)", chinese)}
        if wanted - given or given - set(range(1, len(every) + 1)):
            yield "arguments of: " + english


def facts_of(root):
    with open(root + "/results/record/schema/record.schema.json") as file:
        schema = json.load(file)["$defs"]
    fleeting = {"host", "running", "tasks", "load", "variables", "why"}
    yield from set(schema["host"]["properties"]) - fleeting
    for name in schema["run"]["properties"]["build"]["properties"]:
        yield "build." + name
    yield from ("launcher", "ranks", "mpi", "blas")


def main():
    root = sys.argv[1]
    table = list(rows(root, "phrases.def", "PHRASE"))
    known = [plain(english) for english, _ in table]
    facts = [name for name, _ in rows(root, "facts.def", "FACT")]
    wrong = list(check_rows(table))
    wrong += ["twice: " + text for text in set(known) if known.count(text) > 1]
    found = list(texts(root))
    if len(found) < 120:
        wrong.append("only %d texts were found in the sources" % len(found))
    for path, text in found:
        bare = re.sub(r"%s", "", plain(text)).strip(" :,")
        as_pattern = plain(text), plain(text).replace("%", "%%")
        if bare and text not in OTHERS and not set(as_pattern) & set(known):
            wrong.append("%s: no Chinese: %s" % (path, text))
    wrong += ["no Chinese of the fact " + name for name in facts_of(root)
              if name not in facts]
    print("\n".join(wrong) or "%d texts, %d phrases" % (len(found), len(known)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
