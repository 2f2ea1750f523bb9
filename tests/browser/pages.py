# SPDX-License-Identifier: Apache-2.0
"""The pages that are looked at: of an ordinary run, of a sweep, of strings that
mean harm, of a record with nothing in it, of a sweep in Chinese, and of all
reference records, a comparison of each kernel, on one page and on one each;
and of a study, a sweep of tasks, and cores over time."""
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
    if done.returncode not in (0, 5):  # 5: not precise
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


def scaled(line):
    """A study that follows a law, on a machine with room for all workers."""
    if line["t"] == "trial":
        share = 1 if line["executor"] == "threads" else 1.1
        noise = 1 + 0.01 * (7 * line["seq"] % 5)
        line["ns"] = round(1e7 * (1 / line["workers"] + 0.02 * share) * noise)
        line["repeats"], first = 1, line["start_ns"][0]
        line["start_ns"] = [first] * line["workers"]
        line["end_ns"] = [first + line["ns"]] * line["workers"]
        line["cpu_ns"] = line["ns"] * line["workers"]
    elif line["t"] == "plan":
        line["crowded"] = False
    return line


def make_records(folder):
    """Kinds of pictures that no reference record has."""
    drive("null", "-b", 6, "-n", "1,2,3,4,5", "-e", "serial,threads,processes",
          "-q", "--margin", 50, "-o", folder / "counts.jsonl")
    rewrite(folder / "counts.jsonl", folder / "study.jsonl", scaled)
    drive("metg", "-P", "pattern=none", "-P", "grain=16,64,256,1024", "-b", 6,
          "-e", "serial,threads", "-n", 2, "-q", "-o", folder / "tasks.jsonl")
    drive("io", "-P", "bytes=2^16", "-P", "hold=0.1", "-b", 6, "-n", 2, "-e",
          "threads,processes", "--utilisation", "-q", "-o",
          folder / "cores.jsonl")


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
    make_records(folder)
    for name in ("study", "tasks", "cores"):
        pages[name] = (folder / (name + ".jsonl"), "en")
    for record in sorted(REFERENCE.glob("*.jsonl")):
        pages["kernel-" + record.stem] = (record, "en")
    for name, (record, language) in pages.items():
        drive("report", record, "-o", folder / (name + ".html"), "--lang",
              language)
    return {name: folder / (name + ".html") for name in pages}
