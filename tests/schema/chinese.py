#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""English that is left in a Chinese report.

    chinese.py page|text REPORT RECORD...

Prints each piece of text that has an English word which is no name, and ends
with 1 if there is any. Names are what the records hold as such (kernel,
parameters, executors, metrics, host, environment, command) and those listed
here. What a page marks as lang="en" is printed too, unless ENGLISH=ok: it is
what the program could not say. ALSO lists more names.
"""
import html.parser
import json
import os
import re
import sys

# Proper names, units, commands and options: the same in both languages.
NAMES = """
drive explain compare report seed SHA hash
Williams Waterman Patterson CPU NUMA MPI BLAS BLIS SMT TLB IPC METG Hz Markdown
Amdahl USL Gustafson
ms us ns KiB MiB GiB TiB GB GFLOP Gflop Gbyte flop byte pts
gnuplot gnuplot-nox PATH
rank ranks serial threads processes hybrid
GHz LD_PRELOAD cgroup cpuset cpu.max doctor jsonl results JSON Lines
""".split()

# In one line of a record, these say something; all else are names and values.
SENTENCES = {"why", "text", "verdict", "uncounted", "placement"}

WORD = re.compile(r"[A-Za-z][A-Za-z'_.-]*[A-Za-z]")

# Bars that are drawn of letters.
BAR = re.compile(r"[#=.]*(?<![a-z])[Lswo]{2,}(?![a-z])[#=.]*")


def strings(value, key=""):
    """All names and texts in a line of a record but its sentences."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings(inner, name)
    elif isinstance(value, list):
        if len(value) > 1:
            yield json.dumps(value, separators=(",", ":"))
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str) and key not in SENTENCES:
        yield value


def names_of(paths):
    found = set()
    for path in paths:
        found |= {path, os.path.basename(path)}
        with open(path, errors="replace") as lines:
            for line in lines:
                if '"t":"trial"' in line[:20]:
                    continue
                try:
                    line = json.loads(line)
                except ValueError:
                    continue
                # Words of these lines are no names anywhere else.
                if line.get("t") == "event" and line.get("what") == "mpi":
                    found.add(line["text"])
                elif line.get("t") not in ("trial", "event", "end"):
                    found |= set(strings(line))
    found |= set(os.environ.get("ALSO", "").split())
    found -= {"true", "false", "not known", "divide", "replicate", "data"}
    # Long ones are cut on a page.
    found |= {name[:480] for name in found if len(name) > 480}
    return sorted((name for name in found if re.search("[A-Za-z]", name)),
                  key=len, reverse=True)


class Page(html.parser.HTMLParser):
    """The texts of a page, with those of attributes that are read out."""

    def __init__(self):
        super().__init__()
        self.texts, self.english, self.stack = [], [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("meta", "br", "link", "hr", "img", "input"):
            return
        self.stack.append((tag, given.get("lang") == "en"))
        self.texts += [given[name] for name in ("aria-label", "title", "alt")
                       if given.get(name)]

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(tag in ("style", "code") for tag, _ in self.stack):
            return
        if any(english for _, english in self.stack):
            self.english.append(data)
        elif data.strip():
            self.texts.append(data.strip())


def left_in(text, names):
    """The words of a text that are no names."""
    if text.startswith(("[{", "{")):
        return []
    for name in names:
        if name in text:
            edges = r"(?<![A-Za-z])%s(?![A-Za-z])" % re.escape(name)
            text = re.sub(edges, " ", text)
    text = re.sub(r"[\w./-]*\.(html|jsonl|json|gp)\b|--lang zh|--?[a-z][a-z-]*",
                  " ", text)
    text = re.sub(r"[0-9a-f]{12,}|[\w-]*[0-9][\w.:-]*", " ", text)
    return [word for word in WORD.findall(text) if word not in NAMES]


def texts_of(kind, path):
    with open(path) as file:
        content = file.read()
    if kind == "page":
        page = Page()
        page.feed(content)
        return page.texts, page.english
    content = re.sub(r"```.*?```|`[^`\n]*`", " ", content, flags=re.S)
    return BAR.sub(" ", content).split("\n"), []


def main():
    kind, report, records = sys.argv[1], sys.argv[2], sys.argv[3:]
    names = names_of(records)
    texts, english = texts_of(kind, report)
    bad = 0
    for text in dict.fromkeys(texts):
        words = left_in(text, names)
        if words:
            bad = 1
            print("%s: %s: %s" % (report, " ".join(words), text[:200]))
    if os.environ.get("ENGLISH") != "ok":
        for text in english:
            bad = 1
            print("%s: in English: %s" % (report, text[:200]))
    if not any(re.search("[\u4e00-\u9fff]", text) for text in texts):
        bad = 1
        print("%s: no Chinese at all" % report)
    return bad


if __name__ == "__main__":
    sys.exit(main())
