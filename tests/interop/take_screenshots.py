# SPDX-License-Identifier: Apache-2.0
"""Saves what TensorBoard's pages look like: PAGE.png in FOLDER.

    take_screenshots.py LOGDIR FOLDER [PAGE…]      through scripts/screenshot
"""

import argparse
import os

import browser


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logdir")
    parser.add_argument("folder", help="where PAGE.png go")
    parser.add_argument(
        "pages", nargs="*", metavar="page", help=", ".join(browser.DRAWINGS)
    )
    parser.add_argument("--size", default="1400x900", help="WIDTHxHEIGHT, pixels")
    asked = parser.parse_args()
    width, height = (int(pixels) for pixels in asked.size.split("x"))
    os.makedirs(asked.folder, exist_ok=True)
    with browser.tensorboard(os.path.abspath(asked.logdir)) as address:
        with browser.browser(address, width, height) as window:
            for page in asked.pages or browser.DRAWINGS:
                window.open(page)
                path = os.path.join(asked.folder, page + ".png")
                window.screenshot(path)
                print(path)


if __name__ == "__main__":
    main()
