#!/usr/bin/env python3
"""Opens reports in a real browser and checks what a reader would stumble over.

    .build/browser/bin/python Scripts/browser/check.py REPORT.html…

Each report is opened at desktop and phone width, light and dark, and as it prints. Checked: no message on the
console, no request but for the page itself, no sideways scrolling, no text in a picture that is cut off or lies
on another one, marks in every picture, names and descriptions of pictures, headings in order, text with a
contrast of at least 4.5 : 1, and a link to the content as the first stop of the keyboard.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTHS = {"desktop": 1280, "tablet": 800, "phone": 375}
CONTRAST = 4.5

# Everything that needs the page's own geometry and styles runs in the page; it returns sentences.
CHECKS = (Path(__file__).parent / "checks.js").read_text()


def problems_of(page, contrast):
    return page.evaluate(CHECKS, {"contrast": contrast})


def check(browser, path):
    """All problems of one report, each with the circumstances it was found in."""
    found = []
    for scheme in ("light", "dark"):
        for name, width in WIDTHS.items():
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            place = f"{path}: {name}, {scheme}"
            page.on("console", lambda message: found.append(f"{place}: console: {message.text}"))
            page.on("pageerror", lambda error: found.append(f"{place}: error: {error}"))
            address = path.resolve().as_uri()
            page.on(
                "request",
                lambda request: request.url == address
                or request.url.startswith(address + "#")
                or found.append(f"{place}: request: {request.url}"),
            )
            page.goto(address)
            for details in page.locator("details").all():
                details.evaluate("element => { element.open = true }")
            found += [f"{place}: {text}" for text in problems_of(page, CONTRAST)]
            page.keyboard.press("Tab")
            first = page.evaluate("document.activeElement.className")
            if first != "skip":
                found.append(f"{place}: the first stop of the keyboard is not the link to the content")
            if name == "desktop" and scheme == "light":
                page.emulate_media(media="print")
                found += [f"{place}, print: {text}" for text in problems_of(page, CONTRAST)]
            page.close()
    return found


def main():
    reports = [Path(name) for name in sys.argv[1:]]
    if not reports:
        sys.exit("usage: check.py REPORT.html…")
    for report in reports:
        if not report.is_file():
            sys.exit(f"browser: {report}: expected a report")
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("browser: found no chromium; run Scripts/browser/setup.sh")
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for report in reports:
            found += check(browser, report)
        browser.close()
    for line in found:
        print(line, file=sys.stderr)
    if found:
        sys.exit(1)
    print(f"browser: {len(reports)} reports at {len(WIDTHS)} widths, light and dark: sound")


if __name__ == "__main__":
    main()
