"""Opens a report in Chromium and holds it against the rules: axe-core, no request, no sideways scroll, no script.

    python accessibility/check.py AXE.JS REPORT.html [REPORT.html ...] [--shots DIR]

Needs chromium and chromium-driver on the path, selenium, and axe-core's axe.min.js; `make accessibility` brings the
last two.
Exits with 1 and a list where a rule is broken. `--shots` keeps pictures of each width and theme.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import shutil
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

WIDTHS, THEMES = (390, 1280), ("light", "dark")
NARROWEST = 320
TALLEST = 8000
"""px of a picture."""


def driver() -> webdriver.Chrome:
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    # Named here, so that selenium looks for neither on the network.
    options.binary_location = found("chromium", "chromium-browser", "google-chrome")
    return webdriver.Chrome(options=options, service=Service(found("chromedriver")))


def found(*names: str) -> str:
    path = next((path for name in names if (path := shutil.which(name))), None)
    if path is None:
        sys.exit(f"There is no {names[0]} here. On Debian: apt-get install chromium chromium-driver")
    return path


def show(browser: webdriver.Chrome, path: Path, width: int, theme: str, opened: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(path.resolve().as_uri())
    if opened:
        browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")


def picture(browser: webdriver.Chrome, path: Path) -> None:
    size = browser.execute_script("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], TALLEST), "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
    path.write_bytes(base64.b64decode(shot["data"]))


def requests(browser: webdriver.Chrome) -> list[str]:
    """The addresses that were asked for since the last call, files and data left out."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = message["params"]["request"]["url"]
            if not address.startswith(("file:", "data:", "chrome")):
                found.append(address)
    return found


def faults(browser: webdriver.Chrome, axe: str, path: Path, shots: Path | None) -> list[str]:
    told = []
    for width, theme in itertools.product(WIDTHS, THEMES):
        where = f"{path}, {width} px, {theme}"
        show(browser, path, width, theme, opened=False)
        if shots is not None:
            picture(browser, shots / f"{path.parent.name}-{path.stem}-{width}-{theme}.png")
        show(browser, path, width, theme, opened=True)
        browser.execute_script(axe)
        result = browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, "
            "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(done)"
        )
        for violation in result["violations"]:
            nodes = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
            told.append(f"{where}: {violation['id']} ({violation['impact']}), {len(violation['nodes'])} places: {nodes}")
    show(browser, path, NARROWEST, "light", opened=True)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    if wide > NARROWEST:
        told.append(f"{path}: {wide} px wide at {NARROWEST} px")
    told += [f"{path}: asks for {address}" for address in requests(browser)]
    if browser.execute_script("return document.querySelectorAll('script, link, iframe, img').length"):
        told.append(f"{path}: has a script, a link, a frame or an image of its own")
    return told


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("axe", type=Path)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--shots", type=Path)
    arguments = parser.parse_args()
    if arguments.shots is not None:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    axe = arguments.axe.read_text("utf-8")
    browser = driver()
    browser.set_script_timeout(300)
    try:
        told = [fault for path in arguments.reports for fault in faults(browser, axe, path, arguments.shots)]
    finally:
        browser.quit()
    for fault in told:
        print(fault)
    count = len(arguments.reports)
    print(f"{count} report{'s' if count > 1 else ''}, {len(told)} fault{'' if len(told) == 1 else 's'}")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
