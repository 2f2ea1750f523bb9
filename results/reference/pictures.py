#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pictures of the documents, from the reference records.

    pictures.py DRIVE RECORDS OUT

Writes OUT/KERNEL-FIGURE.svg, a picture of the record's page with the page's
colours for day and night, and OUT/KERNEL-FIGURE.dat, the numbers behind it.
"""
import html
import pathlib
import re
import subprocess
import sys
import tempfile

PICTURES = {"matmul": ("ecdf", "ratio", "parts")}


def page_of(program, record, folder):
    """The page of a record, with scripts and numbers in the folder."""
    page = pathlib.Path(folder) / "page.html"
    subprocess.run([program, "report", record, "-o", page, "--plots", folder],
                   check=True)
    text = page.read_text()
    page.unlink()
    return text


def colours(page):
    """Variables by day and by night, as the page has them."""
    day, night = re.search(r":root\{color-scheme:light dark;([^}]*)\}@media\("
                           r"prefers-color-scheme:dark\)\{:root\{([^}]*)\}",
                           page).groups()
    return ("<style>:root{%s}@media(prefers-color-scheme:dark){:root{%s}}"
            "svg{background:var(--paper)}"
            "text{font:14px system-ui,sans-serif;fill:var(--ink);stroke:none}"
            "</style>" % (day, night))


def picture(page, name):
    figure = re.search(r'<figure id="c1-%s">.*?</figure>' % name, page, re.S)[0]
    svg = re.search(r"<svg.*?</svg>", figure, re.S)[0]
    title = re.search(r"<h3[^>]*>(.*?)</h3>", figure)[1]
    told = re.search(r"<p hidden[^>]*>(.*?)</p>", figure, re.S)[1]
    head, rest = svg.split(">", 1)
    head = re.sub(r' aria-labelledby="[^"]*"', "", head)
    if "xmlns=" not in head:
        head += ' xmlns="http://www.w3.org/2000/svg"'
    return "%s><title>%s</title><desc>%s</desc>%s%s\n" % (
        head, html.escape(html.unescape(title)),
        html.escape(html.unescape(told)), colours(page), rest)


def main(program, records, out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for kernel, figures in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            page = page_of(program, "%s/%s.jsonl" % (records, kernel), folder)
            for name in figures:
                base = out / ("%s-%s" % (kernel, name))
                numbers = pathlib.Path(folder) / ("c1-%s.dat" % name)
                base.with_suffix(".dat").write_text(numbers.read_text())
                base.with_suffix(".svg").write_text(picture(page, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
