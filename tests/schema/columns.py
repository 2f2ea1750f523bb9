#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether no line of a text takes more than so many columns of a terminal, wide
characters as two, and none ends in a space: columns.py MOST <TEXT"""
import sys
import unicodedata


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


wrong = 0
for number, line in enumerate(sys.stdin.buffer, 1):
    line = line.decode("utf-8").rstrip("\n")
    if columns(line) > int(sys.argv[1]) or line.endswith(" "):
        print(f"line {number}, {columns(line)} columns: {line}")
        wrong = 1
sys.exit(wrong)
