#!/usr/bin/env python3
"""Takes a picture of a part of a report as a browser shows it.

    .build/browser/bin/python Scripts/browser/picture.py REPORT.html PICTURE.png [light|dark] [WIDTH] [SELECTOR]

With a selector the picture ends where the first element it names ends.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: picture.py REPORT.html PICTURE.png [light|dark] [WIDTH] [SELECTOR]")
    report, picture = Path(sys.argv[1]), sys.argv[2]
    scheme = sys.argv[3] if len(sys.argv) > 3 else "light"
    width = int(sys.argv[4]) if len(sys.argv) > 4 else 1280
    selector = sys.argv[5] if len(sys.argv) > 5 else None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(report.resolve().as_uri())
        if selector:
            box = page.locator(selector).first.bounding_box()
            clip = {"x": 0, "y": max(0, box["y"] - 24), "width": width, "height": box["height"] + 48}
            page.screenshot(path=picture, full_page=True, clip=clip)
        else:
            page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
