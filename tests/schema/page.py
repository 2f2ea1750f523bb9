# SPDX-License-Identifier: Apache-2.0
"""Is a page of `drive report` in order, and does it need nothing but itself?

    page.py PAGE...

Tags are balanced, ids occur once and are words, links lead somewhere inside
the page, nothing is asked of a network, nothing can run, headings go down one
level at a time, every picture has a name and every table heads. Prints what is
wrong and exits 1.
"""
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr", "input", "col", "wbr"}
FORBIDDEN = {"script", "img", "iframe", "link", "object", "embed", "base",
             "form", "audio", "video", "image", "foreignobject"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.wrong = [], set(), [], []
        self.references, self.level, self.text = [], 0, []
        self.language = self.title = self.viewport = False

    def say(self, what):
        self.wrong.append("line %d: %s" % (self.getpos()[0], what))

    def handle_starttag(self, tag, attributes):
        self.look(tag, dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, dict(attributes))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.say("</%s> closes %s" % (tag, self.open[-1:]))
        elif self.open:
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)
        self.title = self.title or (self.open[-1:] == ["title"]
                                    and bool(data.strip()))

    def look(self, tag, attributes):
        if tag in FORBIDDEN:
            self.say("<%s>" % tag)
        if tag == "html":
            self.language = bool(attributes.get("lang"))
        if tag == "svg" and not (attributes.get("role") == "img"
                                 and "aria-labelledby" in attributes):
            self.say("a picture without a name")
        if re.fullmatch("h[1-6]", tag):
            if int(tag[1]) > self.level + 1:
                self.say("<%s> below level %d" % (tag, self.level))
            self.level = int(tag[1])
        for name, value in attributes.items():
            self.look_attribute(tag, name, value or "")

    def look_attribute(self, tag, name, value):
        if name.startswith("on") or name in ("src", "srcset", "action"):
            self.say("%s of <%s>" % (name, tag))
        if name in ("href", "xlink:href"):
            self.links.append(value)
        if name in ("aria-labelledby", "aria-describedby"):
            self.references += value.split()
        if name == "id":
            if value in self.ids:
                self.say("a second id %s" % value)
            if not re.fullmatch("[a-z][a-z0-9-]*", value):
                self.say("id %s" % value)
            self.ids.add(value)


def check(path):
    with open(path, encoding="utf-8", errors="strict") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        page.say("never closed: %s" % page.open)
    for link in page.links:
        if not (link.startswith("#") and link[1:] in page.ids):
            page.say("a link to %s" % link)
    for name in page.references:
        if name not in page.ids:
            page.say("no text %s" % name)
    for pattern in (r"@import", r"url\(", r"https?://(?!www\.w3\.org)"):
        if re.search(pattern, text.split("<body>")[0]):
            page.say("%s in the head" % pattern)
    if not page.language or not page.title:
        page.say("no language or no title")
    if re.search("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-"
                 "\u2069]", text):
        page.say("characters that hide")
    return page.wrong


def main():
    status = 0
    for path in sys.argv[1:]:
        for line in check(path):
            print("%s: %s" % (path, line))
            status = 1
    return status


sys.exit(main())
