# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, led by Debian's chromedriver, that shows one page at a
time as a reader would see it."""
import base64
import io
import json
import os
import pathlib

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

HERE = pathlib.Path(__file__).resolve().parent


class Browser:
    def __init__(self, chromium, chromedriver):
        options = Options()
        options.binary_location = chromium
        for word in ("headless=new", "disable-dev-shm-usage", "disable-gpu",
                     "disable-background-networking", "no-first-run",
                     "disable-component-update", "hide-scrollbars",
                     "host-resolver-rules=MAP * ~NOTFOUND"):
            options.add_argument("--" + word)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # it refuses root otherwise
        options.set_capability("goog:loggingPrefs",
                               {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(chromedriver),
                                       options=options)

    def close(self):
        self.driver.quit()

    def ask(self, command, **words):
        return self.driver.execute_cdp_cmd(command, words)

    def show(self, path, width=1280, height=900, scale=1, scheme="light",
             media="screen"):
        """A width of 320 and a scale of 4 is a window of 1280 at 400 %."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=scale, mobile=False)
        self.ask("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        self.driver.get(path.as_uri())
        self.run((HERE / "checks.js").read_text())

    def run(self, script):
        return self.driver.execute_script(script)

    def check(self, name, *words):
        return self.run("return checks.%s(%s)" % (name, json.dumps(words)[1:-1]))

    def picture(self):
        shot = self.ask("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(shot["data"])))

    def picture_of(self, x, y, width, height):
        """A part of the page, also of what lies below the window."""
        shot = self.ask("Page.captureScreenshot", format="png",
                        captureBeyondViewport=True,
                        clip=dict(x=x, y=y, width=width, height=height, scale=1))
        return Image.open(io.BytesIO(base64.b64decode(shot["data"])))

    def pdf(self):
        self.ask("Emulation.setEmulatedMedia", media="print")
        made = self.ask("Page.printToPDF", preferCSSPageSize=True,
                        printBackground=True)
        return base64.b64decode(made["data"])

    def press(self, key, code):
        for kind in ("rawKeyDown", "char" if key == "Enter" else None, "keyUp"):
            if kind:
                self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                         windowsVirtualKeyCode=code,
                         text="\r" if kind == "char" else "")

    def requests(self):
        """What was asked for since the last call."""
        urls = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def pictures_named(self):
        """Pictures as they are told to who does not see them."""
        told = []
        for node in self.ask("Accessibility.getFullAXTree")["nodes"]:
            if node.get("role", {}).get("value") in ("image", "img"):
                told.append(node.get("name", {}).get("value", ""))
        return told
