# SPDX-License-Identifier: Apache-2.0
"""The pages that are looked at: of an ordinary run, of a sweep, of strings that
mean harm, of a record with nothing in it, of a sweep in Chinese, and of all
reference records, a comparison of each kernel."""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REFERENCE = ROOT / "results" / "reference"
EVIL = ("</title><script>alert(1)</script><img src=http://example.com/x>"
        "\u202e\u0007\u200b'\"&amp;")


def drive(*words):
    program = os.environ.get("DRIVE", ROOT / "build" / "release" / "drive")
    done = subprocess.run([str(program), *map(str, words)], text=True,
                          capture_output=True, timeout=120)
    if done.returncode:
        raise AssertionError("drive %s: %s" % (" ".join(map(str, words)),
                                               done.stderr))


def rewrite(source, target, change):
    """Copies a record line by line; what becomes None is left out."""
    with open(source) as lines, open(target, "w") as out:
        for line in lines:
            changed = change(json.loads(line))
            if changed is not None:
                out.write(json.dumps(changed) + "\n")


def hostile(line):
    def other(name):
        return EVIL if name == "threads" else name

    if "kernel" in line:
        line["kernel"] = "<script>"
    if "executor" in line:
        line["executor"] = other(line["executor"])
    for cell in line.get("executors", []) + line.get("cells", []):
        if isinstance(cell, dict) and "executor" in cell:
            cell["executor"] = other(cell["executor"])
    if line["t"] == "host":
        line["host"] = line["os"] = EVIL + "X" * 100000
    if line["t"] == "run":
        line["command_line"] = EVIL
    return line


def empty(line):
    return line if line["t"] in ("run", "host", "calib", "end") else None


def make(folder):
    """Name of each page and where it is."""
    run, sweep = REFERENCE / "matmul.jsonl", folder / "sweep.jsonl"
    drive("null", "-b", 6, "-e", "serial,threads,processes", "-n", "1,2", "-q",
          "-o", sweep)
    rewrite(run, folder / "hostile.jsonl", hostile)
    rewrite(run, folder / "empty.jsonl", empty)
    pages = {"run": (run, "en"), "sweep": (sweep, "en"),
             "hostile": (folder / "hostile.jsonl", "en"),
             "empty": (folder / "empty.jsonl", "en"), "zh": (sweep, "zh"),
             "kernels": (REFERENCE, "en")}
    for name, (record, language) in pages.items():
        drive("report", record, "-o", folder / (name + ".html"), "--lang",
              language)
    return {name: folder / (name + ".html") for name in pages}
