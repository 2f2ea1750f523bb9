#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The article's facts fit together, and its pages tell all of them.

    pages.py ARTICLE PAGE...

Ids are not given twice, claims name experiments that there are, and in every
page each experiment has a heading "N. " and its command, each figure stands as
"148.33 s", each claim as "(a)". What a page has beyond that is not looked at.
"""
import json
import pathlib
import sys


def unlike(values):
    return len(set(values)) == len(values)


def problems_of(article):
    ids = [each["id"] for each in article["experiments"]]
    if not unlike(ids) or not unlike([e["name"] for e in
                                      article["experiments"]]):
        yield "two experiments with one id or name"
    if not unlike([each["id"] for each in article["claims"]]):
        yield "two claims with one id"
    for each in article["claims"]:
        for unknown in set(each["experiments"]) - set(ids):
            yield f"claim {each['id']}: there is no experiment {unknown}"
    for each in article["experiments"]:
        if not unlike([(figure["model"], figure["workers"], figure["what"])
                       for figure in each["figures"]]):
            yield f"experiment {each['id']}: one thing has two figures"


def wanted(article):
    for each in article["experiments"]:
        yield f"## {each['id']}. "
        yield f"drive {each['name']}"
        for figure in each["figures"]:
            yield f" {figure['seconds']} s"
    for each in article["claims"]:
        yield f"({each['id']})"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    article = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    problems = list(problems_of(article))
    for page in sys.argv[2:]:
        text = pathlib.Path(page).read_text(encoding="utf-8")
        text = " ".join(text.split())  # wherever lines are broken
        problems += [f"{page}: lacks '{fact.strip()}'"
                     for fact in wanted(article) if fact not in text]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
