#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pages of `drive report` in a real browser.

    DRIVE=build/release/drive test_browser.py AXE_FOLDER

By day and by night, on paper, at 400 % and in a narrow window: there is
something to be seen, no label lies over another, nothing is cut off, contrast
and the rest are as WCAG 2.2 AA wants them (axe-core, and our own sum for the
pictures' labels, which axe does not look at), contents are reached by keys,
nothing is asked of a network and nothing complains. Exits 77 where there is no
Chromium, but under CI=true, where it must be.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import pages  # noqa: E402

CI = os.environ.get("CI") == "true"
A4 = (595, 842)
PAPER = 680  # pixels between margins of 15 mm


def absent():
    """What is missing, or None."""
    for word, package in (("chromium", "chromium"), ("pdfinfo", "poppler-utils"),
                          ("chromedriver", "chromium-driver"),
                          ("gnuplot", "gnuplot-nox")):
        if not shutil.which(word):
            return "%s (Debian: %s)" % (word, package)
    try:
        import PIL
        import selenium
    except ImportError as error:
        return "%s (Debian: python3-selenium, python3-pil)" % error.name
    return None


def fetch_axe(folder):
    """axe-core as package-lock.json pins it; None: it cannot be had."""
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(pages.HERE / name, folder)
        try:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                            "--no-fund"], cwd=folder, timeout=60,
                           stdout=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass
    return script.read_text() if script.exists() else None


def inked(picture):
    """Pixels that are not the paper, which the most are."""
    counts = picture.convert("L").histogram()
    paper = max(range(256), key=counts.__getitem__)
    return sum(counts) - sum(counts[max(0, paper - 24):paper + 25])


def kinds():
    """Names of the plots that there are."""
    table = pages.ROOT / "results" / "report" / "plots.def"
    return set(re.findall(r"^PLOT\((\w+)\)", table.read_text(), re.M))


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from browser import Browser

        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = pathlib.Path(cls.scratch.name)
        os.environ["TMPDIR"] = str(cls.folder)  # Chromium leaves things there
        cls.pages = pages.make(cls.folder)
        cls.folders = [n for n in cls.pages if not n.startswith("kernel-")]
        cls.browser = Browser(shutil.which("chromium"),
                              shutil.which("chromedriver"))
        cls.addClassCleanup(cls.browser.close)

    def each(self, *names, **look):
        """Shows one after another, with a subtest to be asked in. Those of the
        kernels are shown where they are named."""
        for name in names or [n for n in self.pages if "kernel" not in n]:
            self.browser.show(self.pages[name], **look)
            yield name, self.subTest(page=name, **look)

    def nothing(self, wrong):
        self.assertFalse(wrong, "\n" + "\n".join(wrong[:20]))

    # -- what is to be seen --------------------------------------------------

    def test_something_is_seen(self):
        paper = {}
        for scheme in ("light", "dark"):
            for name, asked in self.each(scheme=scheme):
                with asked:
                    shades = self.browser.picture().convert("L").resize((320, 225))
                    counts = shades.histogram()
                    most = max(range(256), key=counts.__getitem__)
                    paper[scheme] = most
                    self.assertGreater(sum(counts) - sum(counts[max(0, most - 8):
                                                                most + 9]),
                                       0.01 * sum(counts), "an empty page")
        self.assertGreater(paper["light"], 200)
        self.assertLess(paper["dark"], 60)

    def test_each_picture_is_drawn(self):
        """Each has something inside its axes, once labels, grid and axes are
        hidden, by day and by night; all kinds of pictures are looked at."""
        seen = set()
        for scheme in ("light", "dark"):
            some = self.pages if scheme == "light" else self.folders
            for name, asked in self.each(*some, scheme=scheme):
                with asked:
                    drawings = self.browser.check("drawings")
                    self.browser.run("""
                        for (const part of document.querySelectorAll(
                                'svg text, svg path[stroke="var(--faint)"]'))
                            part.style.visibility = 'hidden';""")
                    for figure, *box in drawings:
                        seen.add(figure.split("-")[1])
                        part = self.browser.picture_of(*box)
                        self.assertGreater(inked(part), 20,
                                           figure + " is empty")
        self.assertEqual(seen, kinds())

    def test_labels_do_not_overlap(self):
        for name, asked in self.each(*self.pages):
            with asked:
                self.nothing(self.browser.check("overlap"))

    def test_narrow_window(self):
        for name, asked in self.each(*self.folders, width=320, height=700):
            with asked:
                self.nothing(self.browser.check("overflow", False))

    def test_four_times_as_large(self):
        for name, asked in self.each(width=320, height=225, scale=4):
            with asked:
                self.nothing(self.browser.check("overflow", False))
                self.nothing(self.browser.check("overlap"))

    # -- paper ---------------------------------------------------------------

    def test_paper_cuts_nothing(self):
        for name, asked in self.each(*self.pages, width=PAPER, media="print"):
            with asked:
                self.nothing(self.browser.check("overflow", True))
                self.nothing(self.browser.check("overlap"))
                self.nothing(self.browser.check("stacked"))

    def test_prints_on_a4(self):
        for name, asked in self.each(scheme="dark"):
            with asked:
                path = self.folder / (name + ".pdf")
                path.write_bytes(self.browser.pdf())
                info = subprocess.run(["pdfinfo", path], capture_output=True,
                                      text=True, check=True).stdout
                size = re.search(r"Page size: *([\d.]+) x ([\d.]+)", info)
                for found, wanted in zip(size.groups(), A4):
                    self.assertAlmostEqual(float(found), wanted, delta=1)
                self.words_are_on(path)

    def words_are_on(self, path):
        """All that the page says stands inside the sheets' edges."""
        found = subprocess.run(["pdftotext", "-bbox", path, "-"], text=True,
                               capture_output=True, check=True).stdout
        words = re.findall(r'xMin="([-\d.]+)" yMin="([-\d.]+)" '
                           r'xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)', found)
        self.assertGreater(len(words), 40)
        for x, y, right, low, word in words:
            self.assertTrue(0 < float(x) and float(right) < A4[0] and
                            0 < float(y) and float(low) < A4[1], word)
        printed = "".join(re.sub(r"\s", "", word[4]) for word in words)
        self.browser.ask("Emulation.setEmulatedMedia", media="print")
        for heading in self.browser.run(
                "return [...document.querySelectorAll('h1,h2,h3')]"
                ".map(h => h.innerText)"):
            if re.fullmatch(r"[\x20-\x7e]*", heading) and "&" not in heading:
                self.assertIn(re.sub(r"[\s<>]", "", heading),
                              re.sub(r"&[lg]t;", "", printed))

    # -- everybody -----------------------------------------------------------

    def test_contrast(self):
        for media, scheme in (("screen", "light"), ("screen", "dark"),
                              ("print", "dark")):
            for name, asked in self.each(*self.folders, media=media, scheme=scheme):
                with asked:
                    self.nothing(self.browser.check("contrast"))
                    self.nothing(self.browser.check("marks"))

    def test_axe(self):
        axe = fetch_axe(AXE)
        if not axe:
            self.skipTest("no npm that brings axe-core; contrast, names of "
                          "figures and the keyboard are checked without it")
        for scheme in ("light", "dark"):
            for name, asked in self.each(scheme=scheme):
                with asked:
                    self.browser.ask("Runtime.evaluate", expression=axe)
                    found = self.browser.ask(
                        "Runtime.evaluate", awaitPromise=True, returnByValue=True,
                        expression="""axe.run({runOnly: ['wcag2a', 'wcag2aa',
                            'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
                            .then(r => [r.passes.length, r.violations.flatMap(v =>
                                v.nodes.map(n => v.id + ': ' + n.html.slice(0, 150)
                                    + ' ' + n.failureSummary))])""")
                    passes, wrong = found["result"]["value"]
                    self.nothing(wrong)
                    self.assertGreater(passes, 10)

    def test_pictures_are_told(self):
        for name, asked in self.each("run", "sweep", "hostile", "zh"):
            with asked:
                drawn = self.browser.run(
                    "return document.querySelectorAll('svg').length")
                told = self.browser.pictures_named()
                self.assertEqual(len(told), drawn)
                self.assertTrue(all(len(text) > 30 for text in told), told)

    def test_contents_are_reached_by_keys(self):
        for name, asked in self.each():
            with asked:
                wanted = self.browser.run("return [...document.querySelectorAll("
                                          "'nav a')].map(a => a.hash)")
                reached = []
                for _ in range(len(wanted) + 1):  # and the link that skips them
                    self.browser.press("Tab", 9)
                    hash_, seen = self.browser.run("""
                        const a = document.activeElement, box = a.getBoundingClientRect(),
                              style = getComputedStyle(a);
                        return [a.hash, style.outlineStyle != 'none' &&
                            parseFloat(style.outlineWidth) >= 2 && box.left >= 0 &&
                            box.top >= 0 && box.bottom <= innerHeight]""")
                    self.assertTrue(seen, "focus on %s is not seen" % hash_)
                    reached.append(hash_)
                self.assertEqual(reached, ["#main"] + wanted)
                self.browser.press("Enter", 13)
                self.assertTrue(self.browser.run("""
                    const at = document.querySelector(location.hash), last = arguments[0];
                    const top = at.getBoundingClientRect().top;
                    return top >= -1 && top < innerHeight"""), wanted[-1])

    # -- to itself -----------------------------------------------------------

    def test_asks_nobody_and_complains_of_nothing(self):
        self.browser.requests()
        self.browser.complaints()
        for name, asked in self.each():
            with asked:
                self.assertEqual(self.browser.requests(),
                                 [self.pages[name].as_uri()])
                self.assertEqual(self.browser.complaints(), [])
                self.assertEqual(self.browser.run("return document.scripts.length"), 0)
        for name, asked in self.each("hostile"):
            with asked:
                self.assertEqual(self.browser.run(
                    "return document.querySelectorAll('img, iframe, object, base')"
                    ".length"), 0)


if __name__ == "__main__":
    AXE = pathlib.Path(sys.argv.pop(1))
    why = absent()
    if why and not CI:
        print("skipped: no", why)
        sys.exit(77)
    if why:
        sys.exit("CI is to have a browser, and there is no " + why)
    unittest.main(verbosity=2)
